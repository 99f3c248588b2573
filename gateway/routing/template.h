// A path template as google/api/http.proto defines it, taken apart:
//
//   Template = "/" Segments [ Verb ] ;
//   Segments = Segment { "/" Segment } ;
//   Segment  = "*" | "**" | LITERAL | Variable ;
//   Variable = "{" FieldPath [ "=" Segments ] "}" ;
//   FieldPath = IDENT { "." IDENT } ;
//   Verb     = ":" LITERAL ;
//
// with verbs of letters, digits, '-' and '_' only.
//
//   ABSL_ASSIGN_OR_RETURN(Template t, ParseTemplate("/v1/{name=shelves/*/books/**}:read"));
//   t.segments  // "v1", "shelves", *, "books", **
//   t.variables // "name" over segments 1 to 5
//   t.verb      // "read"
#ifndef GATEWAY_ROUTING_TEMPLATE_H_
#define GATEWAY_ROUTING_TEMPLATE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace regulars::gateway {

// More segments than any sensible path has; it also bounds the matcher's recursion.
inline constexpr size_t kMaxTemplateSegments = 64;

struct Segment {
  enum class Kind {
    kLiteral,
    kOne,   // "*": one segment.
    kRest,  // "**": all that are left, maybe none. Only at the end.
  };
  Kind kind;
  // Percent-decoded; only for kLiteral.
  std::string literal;
};

struct Variable {
  // "customer.name".
  std::string field_path;
  // The segments that it captures, [begin, end).
  size_t begin;
  size_t end;
  // Whether it is one segment by its template ("{var}", "{var=*}"), which decides its decoding.
  bool single_segment;
};

struct Template {
  // As it was given.
  std::string text;
  std::vector<Segment> segments;
  std::vector<Variable> variables;
  // Without the colon; empty if there is none.
  std::string verb;
};

// INVALID_ARGUMENT that says what is wrong and at which byte.
absl::StatusOr<Template> ParseTemplate(absl::string_view text);

// The template with its variables' names forgotten: "/v1/shelves/*/books/**:read". Two templates
// match the same paths exactly if their shapes are equal.
std::string Shape(const Template& path);

}  // namespace regulars::gateway

#endif  // GATEWAY_ROUTING_TEMPLATE_H_
