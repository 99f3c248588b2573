#include "gateway/routing/template.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::HasReason;
using ::testing::HasSubstr;

// "shape; name[begin,end) …", with '!' after a variable that is one segment by its template.
std::string Describe(const Template& t) {
  std::string out = Shape(t);
  for (const Variable& v : t.variables) {
    absl::StrAppend(&out, "; ", v.field_path, "[", v.begin, ",", v.end, ")",
                    v.single_segment ? "!" : "");
  }
  return out;
}

TEST(Template, FollowsTheGrammar) {
  const struct {
    const char* text;
    const char* expected;
  } rows[] = {
      {"/v1", "/v1"},
      {"/v1/shelves/books", "/v1/shelves/books"},
      {"/*", "/*"},
      {"/**", "/**"},
      {"/v1/*/books/**", "/v1/*/books/**"},
      {"/v1/shelves:list", "/v1/shelves:list"},
      {"/v1/messages/{message_id}", "/v1/messages/*; message_id[2,3)!"},
      {"/v1/messages/{message_id=*}", "/v1/messages/*; message_id[2,3)!"},
      {"/v1/{name=messages/*}", "/v1/messages/*; name[1,3)"},
      {"/v1/{name=shelves/*/books/**}:read", "/v1/shelves/*/books/**:read; name[1,5)"},
      {"/v1/{name=**}", "/v1/**; name[1,2)"},
      {"/v1/{a}/b/{c.d_e.f2=g/*}:x", "/v1/*/b/g/*:x; a[1,2)!; c.d_e.f2[3,5)"},
      {"/v1/messages/{message_id}/{sub.subfield}",
       "/v1/messages/*/*; message_id[2,3)!; sub.subfield[3,4)!"},
      {"/{_x=lit}", "/lit; _x[0,1)!"},
      {"/.well-known/a%20b", "/.well-known/a b"},
      {"/a@b,c;d=1", "/a@b,c;d=1"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.text);
    ASSERT_OK_AND_ASSIGN(const Template t, ParseTemplate(row.text));
    EXPECT_EQ(Describe(t), row.expected);
    EXPECT_EQ(t.text, row.text);
  }
}

TEST(Template, RefusesTheRest) {
  const struct {
    const char* text;
    const char* message;
  } rows[] = {
      {"", "byte 0: a template begins with '/'"},
      {"v1/a", "byte 0: a template begins with '/'"},
      {"/", "byte 1: expected a path segment"},
      {"/a/", "byte 3: expected a path segment"},
      {"//a", "byte 1: expected a path segment"},
      {"/a:", "byte 3: expected a verb"},
      {"/a:%62", "byte 3: expected a verb"},
      {"/a:b.c", "byte 4: unexpected character"},
      {"/a:b:c", "byte 4: unexpected character"},
      {"/a:b/c", "byte 4: unexpected character"},
      {"/:b", "byte 1: expected a path segment"},
      {"/a*", "byte 2: unexpected character"},
      {"/***", "byte 3: unexpected character"},
      {"/**/a", "'**' is only allowed at the end"},
      {"/{a=**}/b", "'**' is only allowed at the end"},
      {"/{a=**/b}", "'**' is only allowed at the end"},
      {"/{a}/**/{b}", "'**' is only allowed at the end"},
      {"/{", "expected a field name"},
      {"/{}", "expected a field name"},
      {"/{=a}", "expected a field name"},
      {"/{1a}", "expected a field name"},
      {"/{a.}", "expected a field name"},
      {"/{a..b}", "expected a field name"},
      {"/{a b}", "expected '}'"},
      {"/{a", "expected '}'"},
      {"/{a=", "expected a path segment"},
      {"/{a=}", "expected a path segment"},
      {"/{a=/b}", "expected a path segment"},
      {"/{a=b/}", "expected a path segment"},
      {"/{a=b:c}", "expected '}'"},
      {"/{a={b}}", "a variable cannot hold another variable"},
      {"/{a}/{a}", "the same variable twice"},
      {"/{a}b", "byte 4: unexpected character"},
      {"/a{b}", "byte 2: unexpected character"},
      {"/a}", "byte 2: unexpected character"},
      {"/a%2", "'%' needs two hexadecimal digits"},
      {"/a b", "byte 2: unexpected character"},
      {"/a?b", "byte 2: unexpected character"},
      {"/a#b", "byte 2: unexpected character"},
      {"/\xC3\xA9", "expected a path segment"},
  };
  for (const auto& row : rows) {
    EXPECT_THAT(ParseTemplate(row.text), HasReason("BAD_PATH_TEMPLATE")) << row.text;
    EXPECT_THAT(std::string(ParseTemplate(row.text).status().message()), HasSubstr(row.message))
        << row.text;
  }
}

TEST(Template, BoundsItsSegments) {
  std::string text;
  for (size_t i = 0; i < kMaxTemplateSegments; ++i) text += "/a";
  EXPECT_OK(ParseTemplate(text));
  EXPECT_THAT(ParseTemplate(absl::StrCat(text, "/a")), HasReason("BAD_PATH_TEMPLATE"));
}

}  // namespace
}  // namespace regulars::gateway
