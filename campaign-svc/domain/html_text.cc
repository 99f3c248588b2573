#include "campaign-svc/domain/html_text.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "campaign-svc/domain/html_entities.h"
#include "campaign-svc/domain/html_walk.h"

namespace regulars::campaign {
namespace {

// One piece of HTML: text, a comment (or declaration), a tag, or an element whose content holds no
// tags.
struct Piece {
  enum Kind { kText, kComment, kTag };
  Kind kind = kText;
  absl::string_view whole;
  // Lower case, with its '/': "a", "/p".
  std::string name;
};

bool IsLink(const Piece& piece) { return piece.name == "a" || piece.name == "area"; }

// Where the value of an attribute stands in a tag.
struct Span {
  size_t begin = 0;
  size_t size = 0;
};

bool IsSpaceOrSlash(char c) { return absl::ascii_isspace(c) || c == '/'; }

// Reads the tag that `html` begins with as browsers do, and returns where it ends: behind its '>',
// or with the page. Tells `each` the name of every attribute that has a value, and where that
// stands.
template <typename Each>
size_t ReadTag(absl::string_view html, Each each) {
  const auto skip = [html](size_t i, auto while_true) {
    while (i < html.size() && while_true(html[i])) ++i;
    return i;
  };
  size_t i = skip(2, [](char c) { return !IsSpaceOrSlash(c) && c != '>'; });
  for (;;) {
    i = skip(i, IsSpaceOrSlash);
    if (i >= html.size()) return html.size();
    if (html[i] == '>') return i + 1;
    const size_t name = i;
    // A '=' that nothing stands before is a name.
    i = skip(i + 1, [](char c) { return !IsSpaceOrSlash(c) && c != '=' && c != '>'; });
    const size_t name_end = i;
    i = skip(i, absl::ascii_isspace);
    if (i >= html.size() || html[i] != '=') continue;
    i = skip(i + 1, absl::ascii_isspace);
    if (i >= html.size()) return html.size();
    const char quote = html[i] == '"' || html[i] == '\'' ? html[i] : '\0';
    const size_t begin = quote != 0 ? i + 1 : i;
    i = skip(begin, [quote](char c) {
      return quote != 0 ? c != quote : !absl::ascii_isspace(c) && c != '>';
    });
    each(html.substr(name, name_end - name), Span{begin, i - begin});
    if (quote != 0 && i < html.size()) ++i;
  }
}

template <typename Each>
void ForEachAttribute(absl::string_view tag, Each each) {
  ReadTag(tag, each);
}

// Where the comment or declaration that `html` begins with ends.
size_t EndOfComment(absl::string_view html) {
  if (!absl::StartsWith(html, "<!--")) return std::min(html.find('>'), html.size() - 1) + 1;
  // "<!-->" is a whole one.
  const size_t close = html.find("-->", 2);
  const size_t other = html.substr(0, close).find("--!>", 4);
  if (close == absl::string_view::npos && other == absl::string_view::npos) return html.size();
  return close < other ? close + 3 : other + 4;
}

// Where the end tag of `name` ends, looked for from `begin`.
size_t EndOfElement(absl::string_view html, size_t begin, absl::string_view name) {
  for (size_t at = begin; (at = html.find("</", at)) != absl::string_view::npos; at += 2) {
    const absl::string_view rest = html.substr(at + 2);
    if (!absl::StartsWithIgnoreCase(rest, name) || rest.size() == name.size()) continue;
    const char next = rest[name.size()];
    if (!IsSpaceOrSlash(next) && next != '>') continue;
    return at + ReadTag(html.substr(at), [](absl::string_view, Span) {});
  }
  return html.size();
}

// The next piece, taken off `html`, which is not empty. An element whose content holds no tags is
// one piece, with its end tag.
Piece Next(absl::string_view& html) {
  Piece piece;
  size_t end = 0;
  const char second = html.size() > 1 ? html[1] : '\0';
  const char letter = second == '/' && html.size() > 2 ? html[2] : second;
  if (html[0] == '<' && absl::ascii_isalpha(letter)) {
    piece.kind = Piece::kTag;
    end = ReadTag(html, [](absl::string_view, Span) {});
    size_t name_end = 2;
    while (name_end < end && !IsSpaceOrSlash(html[name_end]) && html[name_end] != '>') ++name_end;
    piece.name = absl::AsciiStrToLower(html.substr(1, name_end - 1));
    if (HoldsNoTags(piece.name)) end = EndOfElement(html, end, piece.name);
  } else if (html[0] == '<' && (second == '!' || second == '?' || second == '/')) {
    piece.kind = Piece::kComment;
    end = EndOfComment(html);
  } else {
    end = std::min(html.find('<', 1), html.size());
  }
  piece.whole = html.substr(0, end);
  html.remove_prefix(end);
  return piece;
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
  const bool link = IsLink(tag) && name == "href";
  const std::string scheme = SchemeOf(url);
  if (link && (scheme == "http" || scheme == "https")) return EscapeHtml(replace(url));
  // A picture is one where pictures are shown, not where one goes.
  if (RunsSomething(url) || (link && scheme == "data")) return "#";
  return std::nullopt;
}

constexpr std::array<absl::string_view, 21> kBlocks = {
    "br", "/p", "/div", "/tr", "/li", "/h1", "/h2", "/h3",    "/h4",     "/h5",        "/h6",
    "hr", "p",  "div",  "tr",  "ul",  "ol",  "/ul", "/table", "/center", "/blockquote"};
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

// The address that an attribute holds, as browsers take it: white space and controls around it do
// not count, nor do line ends and tabs within.
std::string UrlOf(absl::string_view tag, Span value) {
  const std::string written = UnescapeHtml(tag.substr(value.begin, value.size));
  std::string url;
  for (const char c : written) {
    if (c == '\t' || c == '\n' || c == '\r') continue;
    if (url.empty() && static_cast<unsigned char>(c) <= 0x20) continue;
    url += c;
  }
  while (!url.empty() && static_cast<unsigned char>(url.back()) <= 0x20) url.pop_back();
  return url;
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
        const auto other = AnotherUrl(piece, name, UrlOf(piece.whole, value), replace);
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

bool ShowsLink(absl::string_view html, absl::string_view url) {
  while (!html.empty()) {
    const Piece piece = Next(html);
    if (piece.kind == Piece::kText) {
      if (absl::StrContains(UnescapeHtml(piece.whole), url)) return true;
    } else if (piece.kind == Piece::kTag && IsLink(piece)) {
      const auto href = FindAttribute(piece.whole, "href");
      if (href && absl::StartsWith(UrlOf(piece.whole, *href), url)) return true;
    }
  }
  return false;
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
    if (piece.kind == Piece::kComment || HoldsNoTags(piece.name)) continue;
    if (piece.name == "a") {
      const auto href = FindAttribute(piece.whole, "href");
      links.push_back(href ? UrlOf(piece.whole, *href) : "");
    } else if (piece.name == "/a" && !links.empty()) {
      const std::string scheme = SchemeOf(links.back());
      if (scheme == "http" || scheme == "https") absl::StrAppend(&text, " (", links.back(), ")");
      links.pop_back();
    } else if (piece.name == "td" || piece.name == "th") {
      text += ' ';
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
  std::string out;
  while (!text.empty()) {
    const size_t begin = text.find('&');
    absl::StrAppend(&out, text.substr(0, begin));
    if (begin == absl::string_view::npos) break;
    text.remove_prefix(begin);
    if (ConsumeReference(text, out)) continue;
    out += '&';
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace regulars::campaign
