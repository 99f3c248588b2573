#include "campaign-svc/domain/html_text.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace regulars::campaign {
namespace {

// One piece of HTML: text, a comment (or declaration), or a tag.
struct Piece {
  enum Kind { kText, kComment, kTag };
  Kind kind = kText;
  absl::string_view whole;
  // Lower case, with its '/': "a", "/p".
  std::string name;
};

// Where the tag that begins at `begin` ends: behind its '>', quotes in it observed.
size_t EndOfTag(absl::string_view html, size_t begin) {
  char quote = 0;
  for (size_t i = begin; i < html.size(); ++i) {
    const char c = html[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '>') {
      return i + 1;
    }
  }
  return html.size();
}

// The next piece, taken off `html`, which is not empty.
Piece Next(absl::string_view& html) {
  Piece piece;
  size_t end = 0;
  if (absl::StartsWith(html, "<!--")) {
    const size_t close = html.find("-->", 4);
    piece.kind = Piece::kComment;
    end = close == absl::string_view::npos ? html.size() : close + 3;
  } else if (html.size() > 1 && html[0] == '<' &&
             (absl::ascii_isalpha(html[1]) || html[1] == '/')) {
    piece.kind = Piece::kTag;
    end = EndOfTag(html, 1);
    size_t name_end = 2;
    while (name_end < end && absl::ascii_isalnum(html[name_end])) ++name_end;
    piece.name = absl::AsciiStrToLower(html.substr(1, name_end - 1));
  } else if (html[0] == '<' && html.size() > 1 && (html[1] == '!' || html[1] == '?')) {
    piece.kind = Piece::kComment;
    end = EndOfTag(html, 1);
  } else {
    end = std::min(html.find('<', 1), html.size());
  }
  piece.whole = html.substr(0, end);
  html.remove_prefix(end);
  return piece;
}

// Where the value of an attribute stands in a tag.
struct Span {
  size_t begin = 0;
  size_t size = 0;
};

// Tells `each` the name of every attribute that has a value, and where that stands.
template <typename Each>
void ForEachAttribute(absl::string_view tag, Each each) {
  size_t i = 1;
  while (i < tag.size() && absl::ascii_isalnum(tag[i])) ++i;
  while (i < tag.size() && tag[i] != '>') {
    while (i < tag.size() && (absl::ascii_isspace(tag[i]) || tag[i] == '/')) ++i;
    const size_t name = i;
    while (i < tag.size() && !absl::ascii_isspace(tag[i]) && tag[i] != '=' && tag[i] != '>' &&
           tag[i] != '/') {
      ++i;
    }
    const size_t name_end = i;
    while (i < tag.size() && absl::ascii_isspace(tag[i])) ++i;
    if (i >= tag.size() || tag[i] != '=') {
      if (i == name) ++i;  // A character that is no part of anything.
      continue;
    }
    ++i;
    while (i < tag.size() && absl::ascii_isspace(tag[i])) ++i;
    if (i >= tag.size()) break;
    const char quote = tag[i] == '"' || tag[i] == '\'' ? tag[i] : '\0';
    const size_t begin = quote != 0 ? ++i : i;
    while (i < tag.size() &&
           (quote != 0 ? tag[i] != quote : !absl::ascii_isspace(tag[i]) && tag[i] != '>')) {
      ++i;
    }
    each(tag.substr(name, name_end - name), Span{begin, i - begin});
    if (quote != 0 && i < tag.size()) ++i;
  }
}

// The first one counts, as in browsers.
std::optional<Span> FindAttribute(absl::string_view tag, absl::string_view wanted) {
  std::optional<Span> found;
  ForEachAttribute(tag, [&](absl::string_view name, Span value) {
    if (!found && absl::EqualsIgnoreCase(name, wanted)) found = value;
  });
  return found;
}

// The scheme of an address in lower case, as browsers find it: white space and controls within do
// not hide it.
std::string SchemeOf(absl::string_view url) {
  std::string scheme;
  for (const char c : url) {
    if (static_cast<unsigned char>(c) <= 0x20) continue;
    if (c == ':') return scheme;
    if (!absl::ascii_isalnum(c) && c != '+' && c != '-' && c != '.') return "";
    scheme += absl::ascii_tolower(c);
  }
  return "";
}

// Attributes that hold an address.
constexpr std::array<absl::string_view, 9> kUrlAttributes = {
    "action", "background", "cite", "data", "formaction", "href", "poster", "src", "xlink:href"};

bool RunsSomething(const std::string& url) {
  const std::string scheme = SchemeOf(url);
  if (scheme != "data") return scheme == "javascript" || scheme == "vbscript";
  return !absl::StartsWithIgnoreCase(url, "data:image/");
}

// What stands in place of an attribute's value, as HTML; nullopt where it stays.
std::optional<std::string> AnotherUrl(
    const Piece& tag, absl::string_view attribute, const std::string& url,
    const std::function<std::string(const std::string& url)>& replace) {
  const std::string name = absl::AsciiStrToLower(attribute);
  if (std::find(kUrlAttributes.begin(), kUrlAttributes.end(), name) == kUrlAttributes.end()) {
    return std::nullopt;
  }
  const bool link = (tag.name == "a" || tag.name == "area") && name == "href";
  const std::string scheme = SchemeOf(url);
  if (link && (scheme == "http" || scheme == "https")) return EscapeHtml(replace(url));
  // A picture is one where pictures are shown, not where one goes.
  if (RunsSomething(url) || (link && scheme == "data")) return "#";
  return std::nullopt;
}

constexpr std::array<absl::string_view, 22> kBlocks = {
    "br", "/p", "/div", "/tr", "/li", "/h1", "/h2", "/h3",    "/h4",    "/h5",     "/h6",
    "hr", "p",  "div",  "tr",  "ul",  "ol",  "/ul", "/table", "/title", "/center", "/blockquote"};
constexpr std::array<absl::string_view, 4> kHidden = {"style", "script", "head", "title"};

// Skips what stands up to the end tag of `name`.
void SkipElement(absl::string_view& html, absl::string_view name) {
  while (!html.empty()) {
    const Piece piece = Next(html);
    if (piece.kind == Piece::kTag && piece.name == absl::StrCat("/", name)) return;
  }
}

// At most one empty line between lines, none at the ends, no runs of spaces.
std::string TidyLines(absl::string_view text) {
  std::string tidy;
  size_t ends = 2;
  bool space = false;
  for (const char c : text) {
    if (c == '\n') {
      if (ends < 2) tidy += '\n';
      ++ends;
      space = false;
    } else if (absl::ascii_isspace(c)) {
      space = ends == 0;
    } else {
      if (space) tidy += ' ';
      space = false;
      ends = 0;
      tidy += c;
    }
  }
  while (!tidy.empty() && tidy.back() == '\n') tidy.pop_back();
  return tidy.empty() ? tidy : tidy + "\n";
}

void AppendUtf8(uint32_t c, std::string& out) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3f));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

// The code point of "#38" or "#x26"; 0 for what is none.
uint32_t NumberOf(absl::string_view entity) {
  if (!absl::ConsumePrefix(&entity, "#")) return 0;
  uint32_t code = 0;
  const bool hex = !entity.empty() && (entity[0] == 'x' || entity[0] == 'X');
  const bool read =
      hex ? absl::SimpleHexAtoi(entity.substr(1), &code) : absl::SimpleAtoi(entity, &code);
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  return read && code < 0x110000 && !surrogate ? code : 0;
}

}  // namespace

std::string ReplaceLinks(absl::string_view html,
                         const std::function<std::string(const std::string& url)>& replace) {
  std::string out;
  out.reserve(html.size() * 2);
  while (!html.empty()) {
    const Piece piece = Next(html);
    size_t copied = 0;
    if (piece.kind == Piece::kTag) {
      ForEachAttribute(piece.whole, [&](absl::string_view name, Span value) {
        const std::string url =
            UnescapeHtml(absl::StripAsciiWhitespace(piece.whole.substr(value.begin, value.size)));
        const auto other = AnotherUrl(piece, name, url, replace);
        if (!other) return;
        absl::StrAppend(&out, piece.whole.substr(copied, value.begin - copied), *other);
        copied = value.begin + value.size;
      });
    }
    absl::StrAppend(&out, piece.whole.substr(copied));
  }
  return out;
}

std::string AppendToBody(absl::string_view html, absl::string_view piece) {
  size_t end = html.size();
  absl::string_view rest = html;
  while (!rest.empty()) {
    const size_t begin = html.size() - rest.size();
    const Piece next = Next(rest);
    if (next.kind == Piece::kTag && (next.name == "/body" || next.name == "/html")) {
      end = begin;
      break;
    }
  }
  return absl::StrCat(html.substr(0, end), piece, html.substr(end));
}

std::string TextOfHtml(absl::string_view html) {
  std::string text;
  std::vector<std::string> links;
  while (!html.empty()) {
    const Piece piece = Next(html);
    if (piece.kind == Piece::kText) {
      // Line ends of the source are white space to a reader.
      absl::StrAppend(&text, absl::StrReplaceAll(UnescapeHtml(piece.whole),
                                                 {{"\r", " "}, {"\n", " "}, {"\u00a0", " "}}));
      continue;
    }
    if (piece.kind == Piece::kComment) continue;
    if (std::find(kHidden.begin(), kHidden.end(), piece.name) != kHidden.end()) {
      SkipElement(html, piece.name);
    } else if (piece.name == "a") {
      const auto href = FindAttribute(piece.whole, "href");
      links.push_back(href ? UnescapeHtml(piece.whole.substr(href->begin, href->size)) : "");
    } else if (piece.name == "/a" && !links.empty()) {
      const std::string scheme = SchemeOf(links.back());
      if (scheme == "http" || scheme == "https") absl::StrAppend(&text, " (", links.back(), ")");
      links.pop_back();
    } else if (piece.name == "li") {
      absl::StrAppend(&text, "\n- ");
    } else if (std::find(kBlocks.begin(), kBlocks.end(), piece.name) != kBlocks.end()) {
      text += '\n';
    }
  }
  return TidyLines(text);
}

std::string EscapeHtml(absl::string_view text) {
  return absl::StrReplaceAll(
      text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

std::string UnescapeHtml(absl::string_view text) {
  constexpr size_t kLongestEntity = 10;
  static constexpr std::array<std::pair<absl::string_view, absl::string_view>, 6> kNames = {
      {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", "\u00a0"}}};
  std::string out;
  while (!text.empty()) {
    const size_t begin = text.find('&');
    absl::StrAppend(&out, text.substr(0, begin));
    if (begin == absl::string_view::npos) break;
    text.remove_prefix(begin);
    const size_t end = text.substr(0, kLongestEntity + 2).find(';');
    const absl::string_view entity =
        end == absl::string_view::npos ? absl::string_view() : text.substr(1, end - 1);
    const auto named = std::find_if(kNames.begin(), kNames.end(),
                                    [&](const auto& name) { return name.first == entity; });
    if (named != kNames.end()) {
      absl::StrAppend(&out, named->second);
    } else if (const uint32_t code = NumberOf(entity); code != 0) {
      AppendUtf8(code, out);
    } else {
      out += '&';
      text.remove_prefix(1);
      continue;
    }
    text.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace regulars::campaign
