#include "chassis/filter/parse.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/filter/source.h"

namespace regulars::filter {
namespace {

class Parser {
 public:
  Parser(absl::string_view text, std::vector<Token> tokens)
      : text_(text), tokens_(std::move(tokens)) {}

  absl::StatusOr<Syntax> Filter() {
    if (At(TokenKind::kEnd)) return Syntax{};
    ABSL_ASSIGN_OR_RETURN(Syntax syntax, Expression(0));
    if (At(TokenKind::kEnd)) return syntax;
    return Unexpected();
  }

 private:
  const Token& Peek() const { return tokens_[next_]; }
  bool At(TokenKind kind) const { return Peek().kind == kind; }
  bool AtKeyword(absl::string_view word) const {
    return At(TokenKind::kWord) && Peek().text == word;
  }
  // Never called at kEnd, so that kEnd always remains to peek at.
  Token& Take() { return tokens_[next_++]; }

  absl::Status Fail(size_t offset, absl::string_view message) const {
    return ErrorAt(text_, offset, "INVALID_FILTER", message);
  }

  absl::StatusOr<Syntax> Expression(int depth) { return List(Syntax::Kind::kAnd, depth); }

  // A list of factors joined by AND or by nothing, or a list of terms joined by OR.
  absl::StatusOr<Syntax> List(Syntax::Kind kind, int depth) {
    const bool is_and = kind == Syntax::Kind::kAnd;
    Syntax list{.kind = kind};
    while (true) {
      ABSL_ASSIGN_OR_RETURN(Syntax child, is_and ? List(Syntax::Kind::kOr, depth) : Term(depth));
      list.children.push_back(std::move(child));
      if (AtKeyword(is_and ? "AND" : "OR")) {
        Take();
      } else if (!is_and || !StartsFactor()) {
        break;
      } else {
        ABSL_RETURN_IF_ERROR(CheckGap());
      }
    }
    if (list.children.size() > 1) return list;
    return std::move(list.children[0]);
  }

  bool StartsFactor() const {
    return At(TokenKind::kWord) || At(TokenKind::kString) || At(TokenKind::kLeftParen) ||
           At(TokenKind::kMinus);
  }

  // Two conditions side by side need a space or a parenthesis between them.
  absl::Status CheckGap() const {
    const Token& before = tokens_[next_ - 1];
    if (before.end < Peek().begin || before.kind == TokenKind::kRightParen) return absl::OkStatus();
    return Fail(Peek().begin, "put a space, AND or OR between two conditions");
  }

  absl::StatusOr<Syntax> Term(int depth) {
    // NOT NOT a is a: an even number of them cancels.
    bool negated = false;
    while (AtKeyword("NOT") || At(TokenKind::kMinus)) {
      Take();
      negated = !negated;
    }
    ABSL_ASSIGN_OR_RETURN(Syntax simple, At(TokenKind::kLeftParen) ? Group(depth) : Simple());
    if (!negated) return simple;
    Syntax negation{.kind = Syntax::Kind::kNot};
    negation.children.push_back(std::move(simple));
    return negation;
  }

  absl::StatusOr<Syntax> Group(int depth) {
    const size_t opening = Take().begin;
    if (depth == kMaxFilterDepth) {
      return ErrorAt(
          text_, opening, "FILTER_TOO_DEEP",
          absl::StrCat("parentheses can nest at most ", kMaxFilterDepth, " levels deep"));
    }
    ABSL_ASSIGN_OR_RETURN(Syntax inside, Expression(depth + 1));
    if (At(TokenKind::kEnd)) return Fail(opening, "this parenthesis is never closed; add a ')'");
    if (!At(TokenKind::kRightParen)) return Unexpected();
    Take();
    return inside;
  }

  absl::StatusOr<Syntax> Simple() {
    if (!At(TokenKind::kString) && !(At(TokenKind::kWord) && !IsKeyword(Peek().text))) {
      return ExpectedCondition();
    }
    Syntax syntax{.kind = Syntax::Kind::kRestriction};
    Restriction& restriction = syntax.restriction;
    restriction.offset = Peek().begin;
    ABSL_RETURN_IF_ERROR(Comparable(restriction));
    if (!At(TokenKind::kComparator)) return syntax;
    restriction.comparator = Take().comparator;
    ABSL_ASSIGN_OR_RETURN(restriction.value, ParseValue());
    return syntax;
  }

  absl::Status Comparable(Restriction& restriction) {
    Literal first = TakeLiteral();
    if (At(TokenKind::kCallParen)) {
      ABSL_ASSIGN_OR_RETURN(restriction.call, Arguments(std::move(first)));
    } else {
      restriction.path.push_back(std::move(first));
    }
    while (At(TokenKind::kDot)) {
      const size_t end = Take().end;
      if (!At(TokenKind::kWord) && !At(TokenKind::kString)) {
        return Fail(end, "a name is expected after the dot");
      }
      restriction.path.push_back(TakeLiteral());
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::variant<Literal, Call>> ParseValue() {
    const Token& comparator = tokens_[next_ - 1];
    if (At(TokenKind::kLeftParen)) {
      return Fail(Peek().begin,
                  "a single value is expected here; for one of several write "
                  "(field = A OR field = B)");
    }
    if (At(TokenKind::kComparator)) {
      return Fail(Peek().begin,
                  absl::StrCat("a value is expected after '", ComparatorText(comparator.comparator),
                               "'; comparisons are = != < <= > >= and :"));
    }
    if (!At(TokenKind::kWord) && !At(TokenKind::kString)) {
      return Fail(comparator.end, absl::StrCat("a value is expected after '",
                                               ComparatorText(comparator.comparator), "'"));
    }
    if (At(TokenKind::kWord) && IsKeyword(Peek().text)) {
      return Fail(Peek().begin,
                  absl::StrCat("a value is expected before ", Peek().text,
                               "; if you mean the text itself, write \"", Peek().text, "\""));
    }
    Literal literal = TakeLiteral();
    if (!At(TokenKind::kCallParen)) return literal;
    return Arguments(std::move(literal));
  }

  absl::StatusOr<Call> Arguments(Literal name) {
    Call call{.name = std::move(name)};
    const size_t opening = Take().begin;
    while (!At(TokenKind::kRightParen)) {
      if (At(TokenKind::kEnd)) return Fail(opening, "this parenthesis is never closed; add a ')'");
      if (!At(TokenKind::kWord) && !At(TokenKind::kString)) {
        return Fail(Peek().begin, "a plain value such as \"90d\" is expected in these parentheses");
      }
      call.arguments.push_back(TakeLiteral());
      if (At(TokenKind::kComma)) {
        const size_t end = Take().end;
        if (At(TokenKind::kRightParen)) return Fail(end, "a value is expected after the comma");
      } else if (!At(TokenKind::kRightParen) && !At(TokenKind::kEnd)) {
        return Fail(Peek().begin, "a comma or ')' is expected here");
      }
    }
    Take();
    return call;
  }

  Literal TakeLiteral() {
    Token& token = Take();
    return {.text = std::move(token.text),
            .stars = std::move(token.stars),
            .quoted = token.kind == TokenKind::kString,
            .offset = token.begin};
  }

  absl::Status ExpectedCondition() const {
    if (At(TokenKind::kEnd)) {
      // Simple() is asked at the end only after an operator or an opening parenthesis.
      const Token& before = tokens_[next_ - 1];
      return Fail(before.begin,
                  absl::StrCat("a condition is expected after ", Quoted(Written(before))));
    }
    if (At(TokenKind::kWord)) {
      return Fail(Peek().begin,
                  absl::StrCat("a condition is expected before ", Quoted(Peek().text)));
    }
    if (At(TokenKind::kRightParen)) {
      return Fail(Peek().begin, "a condition is expected before this ')'");
    }
    return Fail(Peek().begin,
                absl::StrCat("a condition such as field = value is expected here, not ",
                             Quoted(Written(Peek()))));
  }

  absl::Status Unexpected() const {
    const Token& token = Peek();
    if (token.kind == TokenKind::kRightParen) {
      return Fail(token.begin, "this ')' closes nothing; remove it or add a '(' before it");
    }
    if (token.kind == TokenKind::kComma) {
      return Fail(token.begin,
                  "a comma cannot stand here; put text that holds one in double quotes, write "
                  "numbers without it, and join conditions by AND or OR");
    }
    return Fail(token.begin, absl::StrCat("AND, OR or the end of the filter is expected before ",
                                          Quoted(Written(token))));
  }

  absl::string_view Written(const Token& token) const {
    return text_.substr(token.begin, token.end - token.begin);
  }

  const absl::string_view text_;
  std::vector<Token> tokens_;
  size_t next_ = 0;
};

}  // namespace

absl::StatusOr<Syntax> Parse(absl::string_view text) {
  if (text.size() > kMaxFilterBytes) {
    return FieldError(
        "filter", "FILTER_TOO_LONG",
        absl::StrCat("has ", text.size(), " bytes; at most ", kMaxFilterBytes, " are allowed"));
  }
  if (const size_t bad = FindInvalidUtf8(text); bad != absl::string_view::npos) {
    return ErrorAt(text, bad, "INVALID_FILTER", "this is not UTF-8 text");
  }
  ABSL_ASSIGN_OR_RETURN(std::vector<Token> tokens, Tokenize(text));
  return Parser(text, std::move(tokens)).Filter();
}

}  // namespace regulars::filter
