#include "gateway/openapi/comments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace regulars::gateway {
namespace {

TEST(Comments, JoinLinesAndKeepParagraphs) {
  const struct {
    const char* raw;
    const char* clean;
  } rows[] = {
      {"", ""},
      {" One line.\n", "One line."},
      {" One\n line.\n", "One line."},
      {" One.\n\n Two\n more.\n", "One.\n\nTwo more."},
      {" See:\n - a\n - b\n After.\n", "See:\n- a\n- b\nAfter."},
      {" Run:\n\n   curl x\n   curl y\n\n Done.", "Run:\n\n  curl x\n  curl y\n\nDone."},
      {" Text.\n buf:lint:ignore X\n", "Text."},
      {" (-- api-linter: x --)\n Text.\n", "Text."},
      {"No space.\n", "No space."},
      {" Use [GetBook][library.v1.Library.GetBook] or\n [all\n books][library.v1.Books].\n",
       "Use GetBook or all books."},
      {" An id: [a-z][a-z0-9_]{0,62}, [0-9] or [x]; e.g. a[i][j.\n",
       "An id: [a-z][a-z0-9_]{0,62}, [0-9] or [x]; e.g. a[i][j."},
  };
  for (const auto& row : rows) EXPECT_EQ(CleanComment(row.raw), row.clean);
}

TEST(Comments, FirstSentence) {
  EXPECT_EQ(FirstSentence("Gets one. Errors: many."), "Gets one");
  EXPECT_EQ(FirstSentence("Gets one, e.g. this, at 2.5 a piece."),
            "Gets one, e.g. this, at 2.5 a piece");
  EXPECT_EQ(FirstSentence("Gets one\n\nMore."), "Gets one");
  EXPECT_EQ(FirstSentence("Cancels one.  It may be too late.  Then nothing happens."),
            "Cancels one");
  EXPECT_EQ(FirstSentence("Gets version 2.Beta. More."), "Gets version 2.Beta");
  EXPECT_EQ(FirstSentence(""), "");
}

TEST(Comments, Errors) {
  using Code = absl::StatusCode;
  const struct {
    const char* comment;
    std::set<Code> codes;
    std::set<std::string> as_methods;
  } rows[] = {
      {"", {}, {}},
      {"Gets one. NOT_FOUND is no error of it.", {}, {}},
      {"Gets one. Errors: NOT_FOUND with BOOK_NOT_FOUND.", {Code::kNotFound}, {}},
      {"Errors: ALREADY_EXISTS with A (b; c), ABORTED\nwith D; INVALID_ARGUMENT.",
       {Code::kAlreadyExists, Code::kAborted, Code::kInvalidArgument},
       {}},
      {"Errors: not_found, NOT_FOUND_YET, BOOK_NOT_FOUND, NOT FOUND, OK.", {}, {}},
      {"Errors: UNAUTHENTICATED.\n\nABORTED is another matter.", {Code::kUnauthenticated}, {}},
      {"Errors: as GetBook, and UNAVAILABLE; else as `ListBooks`.",
       {Code::kUnavailable},
       {"GetBook", "ListBooks"}},
      {"Errors of events: NOT_FOUND.", {}, {}},
  };
  for (const auto& row : rows) {
    const NamedErrors errors = ErrorsOf(row.comment, "Errors:");
    EXPECT_EQ(errors.codes, row.codes) << row.comment;
    EXPECT_EQ(errors.as_methods, row.as_methods) << row.comment;
  }
  EXPECT_EQ(ErrorsOf("Errors of every method: NOT_FOUND.", "Errors ").codes,
            std::set<Code>{Code::kNotFound});
}

TEST(Comments, Examples) {
  const struct {
    const char* comment;
    std::optional<std::string> example;
  } rows[] = {
      {"Code, e.g. \"GBP\".", "GBP"},
      {"E.g. \"ann@example.com\".", "ann@example.com"},
      {"Language tag for messages: \"en-GB\". Empty if unknown.", "en-GB"},
      {"\"customers/{customer}\"; the service makes the id.",
       "customers/01j8x4mz5k7q2v9t3w6y8a0b1c"},
      {"\"templates/{template}/versions/{version}\" to send.", "templates/welcome/versions/3"},
      {"\"users/{user\", cut off.", "users/01j8x4mz5k7q2v9t3w6y8a0b1c"},
      {"As `x`, not \"y\".", std::nullopt},
      {"Ends: \"", std::nullopt},
      {"Empty: \"\"", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& row : rows) EXPECT_EQ(QuotedExample(row.comment), row.example) << row.comment;
  EXPECT_EQ(NumberExample("Pages, e.g. 502."), 502);
  EXPECT_EQ(NumberExample("E.g. -7 or so"), -7);
  EXPECT_EQ(NumberExample("At most 1,000."), std::nullopt);
  EXPECT_EQ(NumberExample("e.g. none"), std::nullopt);
}

}  // namespace
}  // namespace regulars::gateway
