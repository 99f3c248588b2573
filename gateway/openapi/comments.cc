#include "gateway/openapi/comments.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chassis/base/errors.h"

namespace regulars::gateway {
namespace {

// An id as the services make them: 26 characters of base32.
constexpr absl::string_view kSampleId = "01j8x4mz5k7q2v9t3w6y8a0b1c";

// What stands for a placeholder of a resource name where no id is made for it: callers choose some,
// others are numbers, codes, or names of what is there from the start.
constexpr std::pair<absl::string_view, absl::string_view> kSamples[] = {
    {"account", "issued"},
    {"attribute_definition", "shoe_size"},
    {"audit_entry", "00000000000000000000000004"},
    {"backup", "monday"},
    {"campaign", "spring-sale"},
    {"currency_rate", "usd-2026-03-31"},
    {"earning_rule", "base"},
    {"follower", "customer"},
    {"import_profile", "till"},
    {"item", "22423"},
    {"parked_event", "536365"},
    {"posting", "7"},
    {"programme", "main"},
    {"role", "marketer"},
    {"segment", "regulars"},
    {"service", "loyalty"},
    {"template", "welcome"},
    {"version", "3"}};

absl::string_view SampleFor(absl::string_view placeholder) {
  for (const auto& [known, sample] : kSamples) {
    if (placeholder == known) return sample;
  }
  return kSampleId;
}

bool IsLinterNote(absl::string_view line) {
  return absl::StartsWith(line, "buf:lint") || absl::StartsWith(line, "(--") ||
         absl::StartsWith(line, "@ignore");
}

// The canonical codes that are errors.
constexpr int kFirstCode = static_cast<int>(absl::StatusCode::kCancelled);
constexpr int kLastCode = static_cast<int>(absl::StatusCode::kUnauthenticated);

std::optional<absl::StatusCode> CodeByName(absl::string_view name) {
  for (int number = kFirstCode; number <= kLastCode; ++number) {
    const auto code = static_cast<absl::StatusCode>(number);
    if (CodeName(code) == name) return code;
  }
  return std::nullopt;
}

bool IsOfWord(char c) { return absl::ascii_isalnum(c) || c == '_'; }

// Words without what stands between them.
std::vector<absl::string_view> WordsOf(absl::string_view text) {
  std::vector<absl::string_view> words;
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() && IsOfWord(text[end])) ++end;
    if (end > i) words.push_back(text.substr(i, end - i));
    i = end + 1;
  }
  return words;
}

// A full name, "google.longrunning.Operation", not the letters of a pattern, "[a-z][a-z0-9_]".
bool IsFullName(absl::string_view text) {
  return absl::StrContains(text, '.') &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsOfWord(c) || c == '.'; });
}

// Google's links, "[Operation][google.longrunning.Operation]", lead nowhere here: only their words
// are kept.
std::string WithoutLinks(absl::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t between = text.find("][");
    if (between == absl::string_view::npos) break;
    const size_t open = text.rfind('[', between);
    const size_t close = text.find(']', between + 2);
    const bool is_link = open != absl::string_view::npos && close != absl::string_view::npos &&
                         IsFullName(text.substr(between + 2, close - between - 2));
    if (is_link) {
      absl::StrAppend(&out, text.substr(0, open), text.substr(open + 1, between - open - 1));
    } else {
      absl::StrAppend(&out, text.substr(0, between + 1));
    }
    text.remove_prefix(is_link ? close + 1 : between + 1);
  }
  absl::StrAppend(&out, text);
  return out;
}

// Lines that stand by themselves in Markdown.
bool KeepsItsLine(absl::string_view raw) {
  const absl::string_view text = absl::StripLeadingAsciiWhitespace(raw);
  const bool indented = raw.size() - text.size() >= 2;
  return indented || absl::StartsWith(text, "- ") || absl::StartsWith(text, "* ") ||
         absl::StartsWith(text, "|");
}

}  // namespace

std::string CleanComment(absl::string_view raw) {
  std::string out;
  bool paragraph_ended = false;
  bool line_ended = false;  // The last line keeps what follows off it.
  for (absl::string_view line : absl::StrSplit(raw, '\n')) {
    // protoc leaves the space that follows "//".
    if (absl::StartsWith(line, " ")) line.remove_prefix(1);
    line = absl::StripTrailingAsciiWhitespace(line);
    if (line.empty()) {
      paragraph_ended = true;
      continue;
    }
    if (IsLinterNote(line)) continue;
    const bool alone = KeepsItsLine(line);
    if (!out.empty()) out += paragraph_ended ? "\n\n" : alone || line_ended ? "\n" : " ";
    absl::StrAppend(&out, line);
    paragraph_ended = false;
    line_ended = alone;
  }
  return WithoutLinks(out);
}

std::string FirstSentence(absl::string_view comment) {
  const absl::string_view paragraph = comment.substr(0, comment.find('\n'));
  for (size_t i = 0; i < paragraph.size(); ++i) {
    if (paragraph[i] != '.') continue;
    const bool at_end = i + 1 == paragraph.size();
    // A full stop, not that of "e.g." or of a number.
    const size_t next = std::min(paragraph.find_first_not_of(' ', i + 1), paragraph.size());
    const bool next_is_upper =
        next > i + 1 && next < paragraph.size() && absl::ascii_isupper(paragraph[next]);
    if (at_end || next_is_upper) return std::string(paragraph.substr(0, i));
  }
  return std::string(paragraph);
}

NamedErrors ErrorsOf(absl::string_view comment, absl::string_view marker) {
  NamedErrors errors;
  const size_t at = comment.find(marker);
  if (at == absl::string_view::npos) return errors;
  comment.remove_prefix(at + marker.size());
  absl::string_view before;
  for (const absl::string_view word : WordsOf(comment.substr(0, comment.find("\n\n")))) {
    if (const auto code = CodeByName(word)) errors.codes.insert(*code);
    if (before == "as") errors.as_methods.emplace(word);
    before = word;
  }
  return errors;
}

std::optional<std::string> QuotedExample(absl::string_view comment) {
  size_t quote = absl::string_view::npos;
  for (absl::string_view before : {"e.g. \"", "E.g. \"", ": \"", "\""}) {
    const size_t at = comment.find(before);
    // A quote by itself is an example only where the comment begins with it.
    if (at == absl::string_view::npos || (before == "\"" && at != 0)) continue;
    quote = at + before.size();
    break;
  }
  if (quote == absl::string_view::npos) return std::nullopt;
  const size_t end = comment.find('"', quote);
  if (end == absl::string_view::npos || end == quote) return std::nullopt;
  std::string example;
  absl::string_view rest = comment.substr(quote, end - quote);
  while (!rest.empty()) {
    const size_t open = std::min(rest.find('{'), rest.size());
    absl::StrAppend(&example, rest.substr(0, open));
    rest.remove_prefix(open);
    if (rest.empty()) break;
    const size_t close = std::min(rest.find('}'), rest.size() - 1);
    absl::StrAppend(&example, SampleFor(rest.substr(1, close - 1)));
    rest.remove_prefix(close + 1);
  }
  return example;
}

std::optional<int64_t> NumberExample(absl::string_view comment) {
  const size_t at = std::min(comment.find("e.g. "), comment.find("E.g. "));
  if (at == absl::string_view::npos) return std::nullopt;
  const absl::string_view rest = comment.substr(at + 5);
  const size_t end = std::min(rest.find_first_not_of("-0123456789"), rest.size());
  int64_t number = 0;
  if (!absl::SimpleAtoi(rest.substr(0, end), &number)) return std::nullopt;
  return number;
}

}  // namespace regulars::gateway
