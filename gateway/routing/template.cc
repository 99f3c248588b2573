#include "gateway/routing/template.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "gateway/routing/percent.h"

namespace regulars::gateway {
namespace {

// What a segment of a URL may hold (RFC 3986's pchar) but for '*' and ':', which mean something.
bool IsLiteralChar(char c) {
  return absl::ascii_isalnum(c) ||
         absl::string_view("-._~!$&'()+,;=@%").find(c) != absl::string_view::npos;
}

// Recursive descent in miniature: variables do not nest, so one level suffices.
class Parser {
 public:
  explicit Parser(absl::string_view text) : text_(text) { out_.text = std::string(text); }

  absl::StatusOr<Template> Parse() {
    if (!Take('/')) return Fail("a template begins with '/'");
    ABSL_RETURN_IF_ERROR(Segments(/*in_variable=*/false));
    if (Take(':')) {
      ABSL_ASSIGN_OR_RETURN(out_.verb, Verb());
    }
    if (at_ != text_.size()) return Fail("unexpected character");
    for (size_t i = 0; i + 1 < out_.segments.size(); ++i) {
      if (out_.segments[i].kind == Segment::Kind::kRest)
        return Fail("'**' is only allowed at the end");
    }
    return std::move(out_);
  }

 private:
  absl::Status Segments(bool in_variable) {
    do {
      if (out_.segments.size() >= kMaxTemplateSegments) return Fail("too many segments");
      if (Peek() != '{') {
        ABSL_RETURN_IF_ERROR(PlainSegment());
      } else if (in_variable) {
        return Fail("a variable cannot hold another variable");
      } else {
        ABSL_RETURN_IF_ERROR(VariableSegments());
      }
    } while (Take('/'));
    return absl::OkStatus();
  }

  absl::Status PlainSegment() {
    if (Take('*')) {
      const bool rest = Take('*');
      out_.segments.push_back({rest ? Segment::Kind::kRest : Segment::Kind::kOne, ""});
      return absl::OkStatus();
    }
    ABSL_ASSIGN_OR_RETURN(std::string literal, Literal());
    out_.segments.push_back({Segment::Kind::kLiteral, std::move(literal)});
    return absl::OkStatus();
  }

  absl::Status VariableSegments() {
    Take('{');
    Variable variable{.begin = out_.segments.size()};
    ABSL_ASSIGN_OR_RETURN(variable.field_path, FieldPath());
    for (const Variable& other : out_.variables) {
      if (other.field_path == variable.field_path) return Fail("the same variable twice");
    }
    if (Take('=')) {
      ABSL_RETURN_IF_ERROR(Segments(/*in_variable=*/true));
    } else {
      out_.segments.push_back({Segment::Kind::kOne, ""});
    }
    if (!Take('}')) return Fail("expected '}'");
    variable.end = out_.segments.size();
    variable.single_segment =
        variable.end - variable.begin == 1 && out_.segments.back().kind != Segment::Kind::kRest;
    out_.variables.push_back(std::move(variable));
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> FieldPath() {
    const size_t start = at_;
    do {
      if (!absl::ascii_isalpha(Peek()) && Peek() != '_') return Fail("expected a field name");
      while (absl::ascii_isalnum(Peek()) || Peek() == '_') ++at_;
    } while (Take('.'));
    return std::string(text_.substr(start, at_ - start));
  }

  absl::StatusOr<std::string> Literal() {
    const size_t start = at_;
    while (at_ < text_.size() && IsLiteralChar(text_[at_])) ++at_;
    if (at_ == start) return Fail("expected a path segment");
    auto decoded = PercentDecode(text_.substr(start, at_ - start), Decode::kAll);
    if (!decoded) return Fail("'%' needs two hexadecimal digits");
    return *std::move(decoded);
  }

  // A verb is compared as it is sent, so it has no character that a client might encode.
  absl::StatusOr<std::string> Verb() {
    const size_t start = at_;
    while (absl::ascii_isalnum(Peek()) || Peek() == '-' || Peek() == '_') ++at_;
    if (at_ == start) return Fail("expected a verb");
    return std::string(text_.substr(start, at_ - start));
  }

  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool Take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  absl::Status Fail(absl::string_view what) const {
    return InvalidArgument("BAD_PATH_TEMPLATE",
                           absl::StrCat("path template \"", text_, "\", byte ", at_, ": ", what));
  }

  absl::string_view text_;
  size_t at_ = 0;
  Template out_;
};

}  // namespace

absl::StatusOr<Template> ParseTemplate(absl::string_view text) { return Parser(text).Parse(); }

std::string Shape(const Template& path) {
  std::string shape;
  for (const Segment& segment : path.segments) {
    shape += '/';
    switch (segment.kind) {
      case Segment::Kind::kLiteral:
        shape += segment.literal;
        break;
      case Segment::Kind::kOne:
        shape += '*';
        break;
      case Segment::Kind::kRest:
        shape += "**";
        break;
    }
  }
  if (!path.verb.empty()) absl::StrAppend(&shape, ":", path.verb);
  return shape;
}

}  // namespace regulars::gateway
