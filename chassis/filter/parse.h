// Reads a filter's text into a syntax tree: what was written, before any schema is asked.
//
//   filter      = [ expression ]
//   expression  = factor { [ AND ] factor }          a AND b;  a b means the same
//   factor      = term { OR term }                   OR binds tighter than AND
//   term        = { NOT | "-" } ( restriction | "(" expression ")" )
//   restriction = comparable [ comparator value ]    without: a literal to search for
//   comparable  = name { "." name } | call { "." name }
//   comparator  = "=" | "!=" | "<" | "<=" | ">" | ">=" | ":"
//   value       = word | string | call
//   call        = word "(" [ literal { "," literal } ] ")"
//
// This is AIP-160's grammar, with a field after a call as an extension. Internal to this folder,
// but for the limits.
#ifndef CHASSIS_FILTER_PARSE_H_
#define CHASSIS_FILTER_PARSE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/filter/lexer.h"

namespace regulars::filter {

// The longest filter, and how deep its parentheses may nest.
inline constexpr size_t kMaxFilterBytes = 8 * 1024;
inline constexpr int kMaxFilterDepth = 50;

struct Literal {
  std::string text;
  // Where in `text` a '*' stands that was written without an escape.
  std::vector<size_t> stars;
  bool quoted = false;
  size_t offset = 0;  // Of its first byte in the filter's text.
};

struct Call {
  Literal name;
  std::vector<Literal> arguments;
};

struct Restriction {
  // `orders("90d")` in `orders("90d").revenue > 100`.
  std::optional<Call> call;
  // The names between the dots; after a call, those behind it.
  std::vector<Literal> path;
  std::optional<Comparator> comparator;
  // Right of the comparator.
  std::variant<Literal, Call> value;
  size_t offset = 0;
};

struct Syntax {
  enum class Kind { kAnd, kOr, kNot, kRestriction };
  Kind kind = Kind::kAnd;
  // An AND of nothing is the empty filter. A NOT has one child.
  std::vector<Syntax> children;
  Restriction restriction;
};

// Errors: INVALID_FILTER, FILTER_TOO_LONG, FILTER_TOO_DEEP.
absl::StatusOr<Syntax> Parse(absl::string_view text);

}  // namespace regulars::filter

#endif  // CHASSIS_FILTER_PARSE_H_
