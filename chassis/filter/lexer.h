// Cuts a filter's text into tokens. What a character means depends on where it stands: left of a
// comparator '.' and ':' separate, right of one they belong to the word, so that
// `time >= 2024-05-01T12:00:00Z` and `price > 2.50` need no quotes. Internal to this folder.
#ifndef CHASSIS_FILTER_LEXER_H_
#define CHASSIS_FILTER_LEXER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace regulars::filter {

enum class Comparator { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual, kHas };

// "=", "!=", "<", "<=", ">", ">=", ":".
absl::string_view ComparatorText(Comparator comparator);

enum class TokenKind {
  kEnd,
  kWord,       // country, GB, 2.50, and the keywords
  kString,     // "New York"
  kLeftParen,  // opens a group
  kCallParen,  // opens the arguments of the word just before it
  kRightParen,
  kComma,
  kDot,
  kMinus,
  kComparator,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  size_t begin = 0;  // Bytes of the filter's text: [begin, end).
  size_t end = 0;
  // Of words and strings, with escapes resolved.
  std::string text;
  // Where in `text` a '*' stands that was written without an escape.
  std::vector<size_t> stars;
  Comparator comparator = Comparator::kEqual;
};

// The last token is kEnd. `text` must be well-formed UTF-8.
absl::StatusOr<std::vector<Token>> Tokenize(absl::string_view text);

// Whether `word` is one of AND, OR, NOT, in capitals.
bool IsKeyword(absl::string_view word);

}  // namespace regulars::filter

#endif  // CHASSIS_FILTER_LEXER_H_
