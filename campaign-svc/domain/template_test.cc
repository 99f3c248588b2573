#include "campaign-svc/domain/template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"

namespace regulars::campaign {
namespace {

using ::regulars::testing::HasReason;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TemplateContent Text(const std::string& text) {
  return {"Hello", text, "", {{"order_number", {}, ""}, {"lines", {}, ""}}};
}

TEST(Template, NamesThatAreUsed) {
  const struct {
    const char* text;
    std::vector<std::string> names;
  } rows[] = {
      {"Hi", {}},
      {"Hi {{customer.given_name}}", {"customer.given_name"}},
      {"{{ customer.given_name }}", {"customer.given_name"}},
      {"{{#customer.given_name}}Hi{{/customer.given_name}}{{^customer.given_name}}You"
       "{{/customer.given_name}}",
       {"customer.given_name"}},
      {"{{customer.attributes.shoe_size}}", {"customer.attributes.shoe_size"}},
      {"{{order_number}} {{loyalty.balance}}", {"loyalty.balance", "order_number"}},
      {"{{#recommendations}}{{title}} {{price}}{{/recommendations}}", {"recommendations"}},
      {"{{#lines}}{{name}} {{.}} {{#parts}}{{x}}{{/parts}}{{/lines}}", {"lines"}},
      {"{{! a comment }}{{{order_number}}}{{&order_number}}", {"order_number"}},
      {"{ {x} } }}", {}},
  };
  for (const auto& row : rows) {
    ASSERT_OK_AND_ASSIGN(const TemplateUse use, CheckContent(Text(row.text)));
    EXPECT_EQ(std::vector<std::string>(use.names.begin(), use.names.end()), row.names) << row.text;
  }
}

TEST(Template, WhatIsRefusedAndWhere) {
  std::string deep;
  for (int i = 0; i < 11; ++i) deep += "{{#order_number}}";
  for (int i = 0; i < 11; ++i) deep += "{{/order_number}}";
  const struct {
    std::string text;
    const char* why;
  } rows[] = {
      {"{{custmer.name}}", "line 1: nobody fills 'custmer.name'"},
      {"a\nb {{customer.shoe}}", "line 2: nobody fills 'customer.shoe'"},
      {"{{title}}", "nobody fills 'title'"},
      {"{{order_number", "line 1: '{{' is not closed"},
      {"{{{order_number}}", "'{{{' is not closed"},
      {"{{#order_number}}\nx", "line 1: the section 'order_number' is not closed"},
      {"{{/order_number}}", "is not the one to close"},
      {"{{#lines}}{{#order_number}}{{/lines}}{{/order_number}}", "is not the one to close"},
      {"\n\n{{> partial}}", "line 3: partials"},
      {"{{=<% %>=}}", "delimiters cannot be changed"},
      {"{{=}}", "delimiters cannot be changed"},
      {"{{}}", "is no name"},
      {"{{a b}}", "is no name"},
      {"{{a..b}}", "is no name"},
      {"{{recommendations}}", "is a list"},
      {"{{.}}", "nobody fills '.'"},
      {deep, "nested more than 10 deep"},
  };
  for (const auto& row : rows) {
    const auto use = CheckContent(Text(row.text));
    EXPECT_THAT(use, HasReason("INVALID_TEMPLATE")) << row.text;
    EXPECT_THAT(std::string(use.status().message()), HasSubstr(row.why));
  }
}

// Escaping does not keep a value where a space ends it.
TEST(Template, WhereInHtmlValuesMayStand) {
  const struct {
    const char* html;
    const char* why;
  } rows[] = {
      {"<p>{{order_number}}</p>", ""},
      {"<a href=\"{{order_number}}\" title='{{order_number}}'>x</a>", ""},
      {"<a class=x href = \"https://x.example/{{order_number}}\">x</a>{{order_number}}", ""},
      {"<td {{#order_number}}class=\"x\"{{/order_number}}>{{order_number}}</td>", ""},
      {"<!-- a='{{order_number}} --> {{order_number}}", ""},
      {"<!doctype html><br/>1 < 2 {{order_number}} > 1", ""},
      {"<a href={{order_number}}>", "line 1: the attribute that holds 'order_number' needs quotes"},
      {"<a href= {{order_number}}>", "needs quotes"},
      {"\n<a href=https://x.example/{{order_number}}>", "line 2: the attribute that holds"},
      {"<a title=\"a=b\" href={{order_number}}>", "needs quotes"},
      {"<a href={{#order_number}}{{order_number}}{{/order_number}}>", "needs quotes"},
      {"<a {{order_number}}>", "cannot stand for an attribute"},
      {"<a{{order_number}}>", "cannot stand for an attribute"},
      {"<{{order_number}}>", "cannot stand for an attribute"},
      {"<a title=\"x\"{{order_number}}>", "cannot stand for an attribute"},
      {"<!--[if mso]><a href={{order_number}}><![endif]-->", "needs quotes"},
      // Browsers read what was unescaped as code there.
      {"<p>\n<a onclick=\"x({{order_number}})\">",
       "line 2: 'order_number' cannot stand in the attribute 'onclick'"},
      {"<a OnClick='{{#order_number}}{{order_number}}{{/order_number}}'>", "'onclick'"},
      {"<p style=\"color:{{order_number}}\">", "cannot stand in the attribute 'style'"},
      {"<iframe srcdoc=\"{{order_number}}\"></iframe>", "cannot stand in the attribute 'srcdoc'"},
      {"<script>\nvar x=\"{{order_number}}\"</script>",
       "line 2: 'order_number' cannot stand within <script>"},
      {"<style>p{color:{{order_number}}}</style>", "cannot stand within <style>"},
      {"<style>{{#order_number}}p{}{{/order_number}}</style><p>{{order_number}}</p>", ""},
      {"<p style=\"{{#order_number}}color:red{{/order_number}}\">", ""},
      {"<title>{{order_number}}</title>", ""},
      // What is not closed hides what is added at the end.
      {"<p>Hi <!-- oops <b>x</b>", "line 1: a comment is not closed"},
      {"<p>\n{{order_number}}\n<!-- {{order_number}}", "line 3: a comment is not closed"},
      {"<!--[if mso]>\n<table>", "line 1: a comment is not closed"},
      {"<p>x\n<a href=\"", "line 2: the tag <a> is not closed"},
      {"<p>x<a href=\"{{order_number}}", "line 1: the tag <a> is not closed"},
      {"<title>x", "line 1: <title> is not closed"},
      {"<p>1 <", ""},
  };
  for (const auto& row : rows) {
    TemplateContent content = Text("x");
    content.html = row.html;
    const auto use = CheckContent(content);
    if (*row.why == '\0') {
      EXPECT_OK(use) << row.html;
      continue;
    }
    EXPECT_THAT(use, HasReason("INVALID_TEMPLATE")) << row.html;
    EXPECT_THAT(std::string(use.status().message()), HasSubstr(row.why)) << row.html;
  }
}

TEST(Template, ContentsThatAreRefused) {
  const struct {
    const char* what;
    TemplateContent content;
    const char* reason;
  } rows[] = {
      {"no subject", {"", "x", "", {}}, "INVALID_TEMPLATE"},
      {"a subject of spaces", {" ", "x", "", {}}, "INVALID_TEMPLATE"},
      {"a line end in the subject", {"a\r\nBcc: x", "x", "", {}}, "INVALID_TEXT"},
      {"a long subject", {std::string(501, 'a'), "x", "", {}}, "FIELD_TOO_LONG"},
      {"nothing said", {"a", "", "", {}}, "INVALID_TEMPLATE"},
      {"NUL", {"a", std::string("\0", 1), "", {}}, "INVALID_TEXT"},
      {"not UTF-8", {"a", "\xff", "", {}}, "INVALID_TEXT"},
      {"unescaped in HTML", {"a", "", "{{{order}}}", {{"order", {}, ""}}}, "INVALID_TEMPLATE"},
      {"unescaped by &", {"a", "", "{{&order}}", {{"order", {}, ""}}}, "INVALID_TEMPLATE"},
      {"a name that is taken", {"a", "x", "", {{"customer", {}, ""}}}, "INVALID_TEMPLATE"},
      {"a name twice", {"a", "x", "", {{"b", {}, ""}, {"b", {}, ""}}}, "INVALID_TEMPLATE"},
      {"a name in upper case", {"a", "x", "", {{"B", {}, ""}}}, "INVALID_TEMPLATE"},
      {"an unknown built-in", {"a", "x", "", {{"customer.x", "y", ""}}}, "INVALID_TEMPLATE"},
      {"a long fallback", {"a", "x", "", {{"b", std::string(501, 'a'), ""}}}, "FIELD_TOO_LONG"},
      {"too many variables",
       {"a", "x", "", std::vector<TemplateVariable>(101)},
       "INVALID_TEMPLATE"},
  };
  for (const auto& row : rows) {
    EXPECT_THAT(CheckContent(row.content), HasReason(row.reason)) << row.what;
  }
}

TEST(Template, ASourceIsUsedByName) {
  ASSERT_OK_AND_ASSIGN(const TemplateUse use, CheckContent(Text("{{loyalty.tier}}")));
  EXPECT_TRUE(use.Uses("loyalty"));
  EXPECT_FALSE(use.Uses("recommendations"));
  EXPECT_FALSE(use.Uses("loyal"));
}

}  // namespace
}  // namespace regulars::campaign
