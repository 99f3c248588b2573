#include "campaign-svc/domain/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <nlohmann/json.hpp>

#include "chassis/testing/status_matchers.h"

namespace regulars::campaign {
namespace {

using ::regulars::testing::HasReason;
using ::testing::ElementsAre;

// The most memory that the process had so far.
size_t PeakBytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<size_t>(usage.ru_maxrss) * 1024;
}

const std::vector<TemplateVariable>& Declared() {
  static const auto& declared =
      *new std::vector<TemplateVariable>{{"customer.given_name", "there", ""},
                                         {"order_number", {}, ""},
                                         {"note", "none", ""},
                                         {"lines", "", ""}};
  return declared;
}

Rendered Render(const std::string& subject, const std::string& text, const std::string& html,
                const std::string& json) {
  const auto compiled = CompiledTemplate::Compile({subject, text, html, Declared()});
  EXPECT_OK(compiled);
  if (!compiled.ok()) return {};
  const auto rendered = (*compiled)->Render(Values::parse(json));
  EXPECT_OK(rendered);
  return rendered.value_or(Rendered());
}

TEST(Render, ValuesFallbacksSections) {
  const struct {
    const char* text;
    const char* json;
    const char* expected;
  } rows[] = {
      {"Hi {{customer.given_name}}!", R"({"customer":{"given_name":"Ann"}})", "Hi Ann!"},
      {"Hi {{customer.given_name}}!", "{}", "Hi there!"},
      {"Hi {{customer.given_name}}!", R"({"customer":{"given_name":""}})", "Hi there!"},
      {"Hi {{customer.given_name}}!", R"({"customer":{"given_name":null}})", "Hi there!"},
      {"{{customer.family_name}}.", "{}", "."},
      {"{{#customer.family_name}}Ms {{customer.family_name}}{{/customer.family_name}}"
       "{{^customer.family_name}}friend{{/customer.family_name}}",
       R"({"customer":{"family_name":"Lee"}})", "Ms Lee"},
      {"{{#customer.family_name}}Ms {{customer.family_name}}{{/customer.family_name}}"
       "{{^customer.family_name}}friend{{/customer.family_name}}",
       R"({"customer":{"family_name":""}})", "friend"},
      {"{{#recommendations}}{{title}}, {{/recommendations}}{{^recommendations}}nothing"
       "{{/recommendations}}",
       R"({"recommendations":[{"title":"Pot"},{"title":"Pan"}]})", "Pot, Pan, "},
      {"{{#recommendations}}{{title}}{{/recommendations}}{{^recommendations}}nothing"
       "{{/recommendations}}",
       R"({"recommendations":[]})", "nothing"},
      {"{{#lines}}{{.}};{{/lines}}", R"({"lines":["a","b"]})", "a;b;"},
      {"{{order_number}}", R"({"order_number":17})", "17"},
      {"{{#order_number}}yes{{/order_number}}", R"({"order_number":false})", ""},
      // Text is not HTML: nothing is escaped.
      {"{{note}}", R"({"note":"<b>&\"'"})", "<b>&\"'"},
      // What a value holds is no template.
      {"{{note}}", R"({"note":"{{order_number}}"})", "{{order_number}}"},
  };
  for (const auto& row : rows) EXPECT_EQ(Render("s", row.text, "", row.json).text, row.expected);
}

TEST(Render, HtmlIsEscapedAndSubjectsAreOneLine) {
  const Rendered rendered = Render("Hi {{note}}", "", "<p title=\"{{note}}\">{{note}}</p>",
                                   R"({"note":"<script>\"x\" & 'y'\r\nBcc: eve@evil.example"})");
  EXPECT_EQ(rendered.subject, "Hi <script>\"x\" & 'y' Bcc: eve@evil.example");
  EXPECT_EQ(rendered.html.find("<script>"), std::string::npos);
  EXPECT_THAT(rendered.html,
              ::testing::StartsWith("<p title=\"&lt;script&gt;&quot;x&quot; &amp; &apos;y&apos;"));
}

TEST(Render, TextIsMadeFromHtml) {
  const Rendered rendered = Render("s", "", "<h1>Hi {{customer.given_name}}</h1><p>a &amp; b</p>",
                                   R"({"customer":{"given_name":"<Ann>"}})");
  EXPECT_EQ(rendered.text, "Hi <Ann>\n\na & b\n");
}

TEST(Render, NothingGrowsWithoutBounds) {
  std::string text;
  for (int i = 0; i < 8; ++i) text += "{{#lines}}";
  text += "x";
  for (int i = 0; i < 8; ++i) text += "{{/lines}}";
  const auto compiled = CompiledTemplate::Compile({"s", text, "", Declared()});
  ASSERT_OK(compiled);
  Values values;
  for (int i = 0; i < 200; ++i) values["lines"].push_back("a");
  EXPECT_THAT((*compiled)->Render(values), HasReason("RENDERING_FAILED"));
  const auto large =
      CompiledTemplate::Compile({"s", "{{#lines}}{{note}}{{/lines}}", "", Declared()});
  ASSERT_OK(large);
  values["note"] = std::string(20'000, 'a');
  EXPECT_THAT((*large)->Render(values), HasReason("RENDERING_FAILED"));
}

// AddressSanitizer keeps for a while what was freed.
#ifdef __SANITIZE_ADDRESS__
constexpr size_t kMostBytes = size_t{400} << 20;
#else
constexpr size_t kMostBytes = size_t{100} << 20;
#endif

// Each of these would take gigabytes if what comes out were looked at only in the end.
TEST(Render, WhatGrowsTooLargeIsStoppedEarly) {
  std::string notes;
  for (int i = 0; i < 9'000; ++i) notes += "{{note}}";
  const std::string texts[] = {
      "{{#lines}}" + notes + "{{/lines}}",
      "{{#lines}}" + notes + "\n{{/lines}}",
      "{{#lines}}{{#lines}}{{note}}{{/lines}}{{/lines}}",
  };
  Values values;
  for (int i = 0; i < 1000; ++i) values["lines"].push_back("a");
  values["note"] = std::string(28'000, '"');
  for (const std::string& text : texts) {
    const auto compiled = CompiledTemplate::Compile({"s", "x", text, Declared()});
    ASSERT_OK(compiled);
    const size_t before = PeakBytes();
    EXPECT_THAT((*compiled)->Render(values), HasReason("RENDERING_FAILED"));
    EXPECT_LT(PeakBytes() - before, kMostBytes);
  }
}

TEST(Render, WhatIsMissing) {
  const auto compiled = CompiledTemplate::Compile(
      {"{{order_number}}", "{{customer.given_name}} {{customer.family_name}} {{note}}", "",
       Declared()});
  ASSERT_OK(compiled);
  EXPECT_THAT((*compiled)->Missing(Values::object()),
              ElementsAre("customer.family_name", "order_number"));
  EXPECT_THAT((*compiled)->Missing(
                  Values::parse(R"({"order_number":"1","customer":{"family_name":"Lee"}})")),
              ElementsAre());
}

TEST(Render, WhatSendersMayFill) {
  const auto compiled = CompiledTemplate::Compile({"{{order_number}}", "{{note}}", "", Declared()});
  ASSERT_OK(compiled);
  const std::string deep = std::string(9, '[') + "1" + std::string(9, ']');
  const struct {
    std::string json;
    const char* reason;
  } rows[] = {
      {R"({"order_number":"17"})", ""},
      {R"({"order_number":17,"note":["a",{"b":true}]})", ""},
      {R"({})", "VARIABLE_MISSING"},
      {R"({"note":"x"})", "VARIABLE_MISSING"},
      {R"({"order_number":null})", "VARIABLE_MISSING"},
      // These say that there is nothing.
      {R"({"order_number":""})", ""},
      {R"({"order_number":[]})", ""},
      {R"({"order_number":"17","note":null})", ""},
      {R"({"order_number":"1","other":"x"})", "UNKNOWN_VARIABLE"},
      {R"({"order_number":"1","customer.given_name":"x"})", "UNKNOWN_VARIABLE"},
      {R"({"order_number":"1","customer":{"email":"x"}})", "UNKNOWN_VARIABLE"},
      {R"({"order_number":"1","links":{"unsubscribe":"x"}})", "UNKNOWN_VARIABLE"},
      {R"({"order_number":"\u0000"})", "INVALID_VARIABLE"},
      {R"({"order_number":)" + deep + "}", "INVALID_VARIABLE"},
  };
  for (const auto& row : rows) {
    const absl::Status status = (*compiled)->CheckVariables(Values::parse(row.json));
    if (*row.reason == '\0') {
      EXPECT_OK(status) << row.json;
    } else {
      EXPECT_THAT(status, HasReason(row.reason)) << row.json;
    }
  }
}

}  // namespace
}  // namespace regulars::campaign
