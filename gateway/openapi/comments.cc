#include "gateway/openapi/comments.h"

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
constexpr char kSampleId[] = "01j8x4mz5k7q2v9t3w6y8a0b1c";

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
  return out;
}

std::string FirstSentence(absl::string_view comment) {
  const absl::string_view paragraph = comment.substr(0, comment.find('\n'));
  for (size_t i = 0; i < paragraph.size(); ++i) {
    if (paragraph[i] != '.') continue;
    const bool at_end = i + 1 == paragraph.size();
    // A full stop, not that of "e.g." or of a number.
    const bool next_is_upper = !at_end && i + 2 < paragraph.size() && paragraph[i + 1] == ' ' &&
                               absl::ascii_isupper(paragraph[i + 2]);
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
  bool in_name = false;
  for (char c : comment.substr(quote, end - quote)) {
    if (c == '{') example += kSampleId;
    if (c == '{' || c == '}') {
      in_name = c == '{';
    } else if (!in_name) {
      example += c;
    }
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
