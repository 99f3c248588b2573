// The comments of protos as documentation text (Markdown, as OpenAPI has it). Pure functions; safe
// from any thread.
#ifndef GATEWAY_OPENAPI_COMMENTS_H_
#define GATEWAY_OPENAPI_COMMENTS_H_

#include <google/protobuf/descriptor.h>

#include <optional>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace regulars::gateway {

// A raw comment ("// " taken off by protoc): lines of a paragraph joined, paragraphs and indented
// or listed lines kept, notes to linters left out, of links "[Book][library.v1.Book]" the words
// alone.
std::string CleanComment(absl::string_view raw);

// The comment before a message, field, enum, value, service or method, and the one after it.
template <typename Descriptor>
std::string CommentOf(const Descriptor& descriptor) {
  google::protobuf::SourceLocation location;
  if (!descriptor.GetSourceLocation(&location)) return "";
  const std::string before = CleanComment(location.leading_comments);
  const std::string after = CleanComment(location.trailing_comments);
  return before.empty() || after.empty() ? before + after : before + "\n\n" + after;
}

// The first sentence, without its full stop.
std::string FirstSentence(absl::string_view comment);

// What a comment says of errors behind a `marker` ("Errors:"), to the end of that paragraph.
struct NamedErrors {
  // Codes by their names: "NOT_FOUND with BOOK_NOT_FOUND; …" gives kNotFound.
  std::set<absl::StatusCode> codes;
  // Methods whose errors these are too: "as GetBook".
  std::set<std::string> as_methods;
};
NamedErrors ErrorsOf(absl::string_view comment, absl::string_view marker);

// What a comment gives as an example: the quoted word after a colon or "e.g.", the number after
// "e.g.": `ISO 4217 code, e.g. "GBP".` A "{name}" in it is replaced by an id that such a name may
// have.
std::optional<std::string> QuotedExample(absl::string_view comment);
std::optional<int64_t> NumberExample(absl::string_view comment);

}  // namespace regulars::gateway

#endif  // GATEWAY_OPENAPI_COMMENTS_H_
