#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "campaign-svc/store/templates.h"
#include "campaign-svc/testing/campaign_server.h"

namespace regulars::campaign {
namespace {

using ::regulars::testing::HasReason;
using ::testing::HasSubstr;
using Templates = CampaignServer::Templates;

class TemplatesTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::Template> Update(const std::string& text,
                                      const std::vector<std::string>& paths = {}) {
    v1::UpdateTemplateRequest request;
    *request.mutable_template_() = Parse<v1::Template>(text);
    for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
    return server_.Call(&Templates::UpdateTemplate, request);
  }

  absl::StatusOr<v1::PreviewTemplateResponse> Preview(const std::string& text) {
    return server_.Call(&Templates::PreviewTemplate, Parse<v1::PreviewTemplateRequest>(text));
  }

  CampaignServer server_;
};

TEST_F(TemplatesTest, ContentsMakeVersions) {
  const auto made = server_.MakeTemplate("hello", kHello);
  ASSERT_OK(made);
  EXPECT_EQ(made->name(), "templates/hello");
  EXPECT_EQ(made->version(), 1);
  EXPECT_EQ(made->topic(), "newsletter");
  EXPECT_EQ(made->purpose(), v1::Template::PURPOSE_MARKETING);
  EXPECT_THAT(server_.MakeTemplate("hello", kHello), HasReason("TEMPLATE_EXISTS"));
  // Another name makes none.
  const auto renamed = Update("name: 'templates/hello' display_name: 'Hi'");
  ASSERT_OK(renamed);
  EXPECT_EQ(renamed->version(), 1);
  EXPECT_EQ(renamed->content().html(), made->content().html());
  const auto rewritten =
      Update("name: 'templates/hello' content { subject: 'Hi' text: 'Hi' }", {"content"});
  ASSERT_OK(rewritten);
  EXPECT_EQ(rewritten->version(), 2);
  EXPECT_EQ(rewritten->display_name(), "Hi");
  const auto same = Update("name: 'templates/hello' content { subject: 'Hi' text: 'Hi' }");
  ASSERT_OK(same);
  EXPECT_EQ(same->version(), 2);
  EXPECT_EQ(same->etag(), rewritten->etag());
  v1::GetTemplateVersionRequest get;
  get.set_name("templates/hello/versions/1");
  const auto first = server_.Call(&Templates::GetTemplateVersion, get);
  ASSERT_OK(first);
  EXPECT_EQ(first->content().subject(), "Hello {{customer.given_name}}");
  get.set_name("templates/hello/versions/3");
  EXPECT_THAT(server_.Call(&Templates::GetTemplateVersion, get),
              HasReason("TEMPLATE_VERSION_NOT_FOUND"));
  v1::ListTemplateVersionsRequest list;
  list.set_parent("templates/hello");
  list.set_page_size(1);
  const auto page = server_.Call(&Templates::ListTemplateVersions, list);
  ASSERT_OK(page);
  EXPECT_EQ(page->versions(0).version(), 2);
  list.set_page_token(page->next_page_token());
  const auto rest = server_.Call(&Templates::ListTemplateVersions, list);
  ASSERT_OK(rest);
  EXPECT_EQ(rest->versions(0).version(), 1);
  EXPECT_EQ(rest->next_page_token(), "");
}

// Compiled, a content takes many times what it has bytes: it is those that are bounded.
TEST_F(TemplatesTest, CompiledContentsAreKeptByTheirSize) {
  const std::string text(99'000, 'a');
  for (const char* id : {"a", "b", "c", "d", "e", "f"}) {
    ASSERT_OK(
        server_.MakeTemplate(id, absl::StrCat("content { subject: 's' text: '", text, "' }")));
  }
  TemplateCache cache;
  ASSERT_OK(server_.server().store().Read([&](Snapshot& db) -> absl::Status {
    for (int64_t key = 1; key <= 6; ++key) {
      ABSL_ASSIGN_OR_RETURN(const auto first, cache.Get(db, key, 1));
      ABSL_ASSIGN_OR_RETURN(const auto again, cache.Get(db, key, 1));
      EXPECT_EQ(first, again);
      EXPECT_EQ(cache.size(), std::min<size_t>(key, 4));
    }
    return absl::OkStatus();
  }));
}

// A version that a change has made may never be committed, and its number then be given to another.
TEST_F(TemplatesTest, CompiledContentsOfAChangeAreNotKept) {
  ASSERT_OK(server_.MakeTemplate("hello", kHello));
  TemplateCache cache;
  std::shared_ptr<const CompiledTemplate> lost;
  const auto write = [&](const std::string& subject, bool kept) {
    return server_.Write([&](Transaction& tx) -> absl::Status {
      ABSL_RETURN_IF_ERROR(
          templates::InsertVersion(tx, 1, {2, {subject, "x", "", {}}, "newsletter", tx.now()}));
      ABSL_ASSIGN_OR_RETURN(lost, cache.Get(tx, 1, 2));
      return kept ? absl::OkStatus() : absl::AbortedError("not committed");
    });
  };
  EXPECT_FALSE(write("first", false).ok());
  EXPECT_EQ(cache.size(), 0);
  EXPECT_EQ(lost->Render(Values::object())->subject, "first");
  EXPECT_OK(write("second", true));
  EXPECT_OK(server_.server().store().Read([&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const auto compiled, cache.Get(db, 1, 2));
    EXPECT_EQ(compiled->Render(Values::object())->subject, "second");
    return absl::OkStatus();
  }));
  // What is kept serves changes too.
  EXPECT_EQ(cache.size(), 1);
  EXPECT_OK(server_.Write([&](Transaction& tx) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const auto compiled, cache.Get(tx, 1, 2));
    EXPECT_EQ(compiled->Render(Values::object())->subject, "second");
    return absl::OkStatus();
  }));
}

TEST_F(TemplatesTest, AnotherTopicMakesAVersion) {
  ASSERT_OK(server_.MakeTemplate("hello", kHello));
  const auto moved = Update("name: 'templates/hello' topic: 'offers'");
  ASSERT_OK(moved);
  EXPECT_EQ(moved->version(), 2);
  v1::GetTemplateVersionRequest get;
  for (const auto& [number, topic] : {std::pair("1", "newsletter"), std::pair("2", "offers")}) {
    get.set_name(absl::StrCat("templates/hello/versions/", number));
    const auto version = server_.Call(&Templates::GetTemplateVersion, get);
    ASSERT_OK(version);
    EXPECT_EQ(version->topic(), topic);
    EXPECT_EQ(version->content().subject(), "Hello {{customer.given_name}}");
  }
}

TEST_F(TemplatesTest, WhatIsRefused) {
  ASSERT_OK(server_.MakeTemplate("hello", kHello));
  const struct {
    const char* id;
    const char* text;
    const char* reason;
  } rows[] = {
      {"A", kHello, "INVALID_ID"},
      {"a", "content { subject: 'x' text: '{{nobody}}' }", "INVALID_TEMPLATE"},
      {"a", "name: 'templates/a' content { subject: 'x' text: 'x' }", "INVALID_NAME"},
      {"a", "topic: 'Up' content { subject: 'x' text: 'x' }", "INVALID_TOPIC"},
      {"a", "channel: 7 content { subject: 'x' text: 'x' }", "INVALID_CHANNEL"},
      {"a", "purpose: 7 content { subject: 'x' text: 'x' }", "INVALID_PURPOSE"},
      {"a", "", "INVALID_TEMPLATE"},
  };
  for (const auto& row : rows) {
    EXPECT_THAT(server_.MakeTemplate(row.id, row.text), HasReason(row.reason)) << row.text;
  }
  EXPECT_THAT(Update("name: 'templates/nosuch' display_name: 'x'"),
              HasReason("TEMPLATE_NOT_FOUND"));
  EXPECT_THAT(Update("name: 'templates/hello' etag: '\"x\"' display_name: 'x'"),
              HasReason("ETAG_MISMATCH"));
  for (const char* path : {"nosuch", "content.subject", "content.text", "display_name.x"}) {
    EXPECT_THAT(Update("name: 'templates/hello' content { subject: 'x' }", {path}),
                HasReason("INVALID_UPDATE_MASK"))
        << path;
  }
  EXPECT_THAT(Update("name: 'templates/hello' content { subject: 'x' text: '{{x' }"),
              HasReason("INVALID_TEMPLATE"));
}

TEST_F(TemplatesTest, WhatItIsForStaysAsItWasMade) {
  ASSERT_OK(server_.MakeTemplate("hello", kHello));
  const auto order = server_.MakeTemplate(
      "order", "purpose: PURPOSE_TRANSACTIONAL content { subject: 'x' text: 'x' }");
  ASSERT_OK(order);
  const std::string hello = "name: 'templates/hello' display_name: 'Other' ";
  const std::string transactional = hello + "purpose: PURPOSE_TRANSACTIONAL ";
  EXPECT_THAT(Update(transactional), HasReason("FIELD_IMMUTABLE"));
  EXPECT_THAT(Update(transactional, {"purpose"}), HasReason("FIELD_IMMUTABLE"));
  EXPECT_THAT(Update(transactional + "content { subject: 'x' text: 'x' }", {"*"}),
              HasReason("FIELD_IMMUTABLE"));
  // Left out, it means marketing where it is named, and what it was where all is replaced.
  EXPECT_THAT(Update("name: 'templates/order'", {"purpose"}), HasReason("FIELD_IMMUTABLE"));
  const auto replaced = Update("name: 'templates/order' content { subject: 'y' text: 'x' }", {"*"});
  ASSERT_OK(replaced);
  EXPECT_EQ(replaced->purpose(), v1::Template::PURPOSE_TRANSACTIONAL);
  EXPECT_THAT(Update(hello + "purpose: 7"), HasReason("INVALID_PURPOSE"));
  EXPECT_THAT(Update(hello + "channel: 7"), HasReason("INVALID_CHANNEL"));
  ASSERT_OK(Update(transactional, {"display_name"}));
  const auto same = Update(hello + "purpose: PURPOSE_MARKETING channel: CHANNEL_EMAIL");
  ASSERT_OK(same);
  EXPECT_EQ(same->version(), 1);
}

TEST_F(TemplatesTest, TakenAwayOnlyWhileNobodyNamesIt) {
  ASSERT_OK(server_.MakeTemplate("hello", kHello));
  ASSERT_OK(server_.MakeTemplate("other", kHello));
  ASSERT_OK(server_.MakeCampaign(
      "c", "template: 'templates/hello' audience { segment: 'segments/best' }"));
  v1::DeleteTemplateRequest request;
  request.set_name("templates/hello");
  EXPECT_THAT(server_.Call(&Templates::DeleteTemplate, request), HasReason("TEMPLATE_IN_USE"));
  request.set_name("templates/other");
  ASSERT_OK(server_.Call(&Templates::DeleteTemplate, request));
  EXPECT_THAT(server_.Call(&Templates::DeleteTemplate, request), HasReason("TEMPLATE_NOT_FOUND"));
  request.set_allow_missing(true);
  ASSERT_OK(server_.Call(&Templates::DeleteTemplate, request));
}

// What was sent stays, and says no more what.
TEST_F(TemplatesTest, TakenAwayOnceAllIsSent) {
  server_.SetUpSender();
  server_.customers().AddMembers("best", 1);
  ASSERT_OK(server_.MakeTemplate("hello", kHello));
  ASSERT_OK(server_.MakeTemplate("other", kHello));
  const auto take = [&](const std::string& name) {
    v1::DeleteTemplateRequest request;
    request.set_name(name);
    return server_.Call(&Templates::DeleteTemplate, request).status();
  };
  server_.sink().Greet("421 not now");
  ASSERT_OK(server_.Start("hello", "best"));
  server_.customers().Put(kMadeCustomer, "ann@x.example");
  v1::SendMessageRequest send;
  send.set_template_("templates/other");
  send.set_customer(absl::StrCat("customers/", kMadeCustomer));
  const auto single = server_.Call(&CampaignServer::Messages::SendMessage, send);
  ASSERT_OK(single);
  for (const char* name : {"templates/hello", "templates/other"}) {
    EXPECT_THAT(take(name), HasReason("TEMPLATE_IN_USE"));
  }
  ASSERT_TRUE(server_.WaitFor(
      [&] { return server_.Count("message WHERE reason = 'SMTP_UNREACHABLE'") > 0; }));
  server_.sink().Greet("");
  server_.Advance(absl::Hours(1));
  ASSERT_TRUE(server_.WaitForState(single->name(), v1::Message::STATE_SENT));
  ASSERT_TRUE(
      server_.WaitFor([&] { return server_.Get().state() == v1::Campaign::STATE_FINISHED; }));
  EXPECT_EQ(server_.GetMessage(single->name()).topic(), "newsletter");
  for (const char* name : {"templates/hello", "templates/other"}) EXPECT_OK(take(name));
  const v1::Message sent = server_.GetMessage(single->name());
  EXPECT_EQ(sent.template_version() + sent.topic(), "");
  EXPECT_EQ(sent.channel(), v1::CHANNEL_EMAIL);
  EXPECT_EQ(server_.Get().template_() + server_.Get().template_version(), "");
  EXPECT_EQ(server_.Get().counts().sent(), 1);
  // Another one of its name is another one.
  ASSERT_OK(server_.MakeTemplate("hello", kHello));
  EXPECT_EQ(server_.Get().template_(), "");
}

TEST_F(TemplatesTest, Previews) {
  server_.SetUpSender();
  server_.customers().Put("ann", "ann@x.example");
  ASSERT_OK(server_.MakeTemplate("hello", kHello));
  const auto shown = Preview("template: 'templates/hello' customer: 'customers/ann'");
  ASSERT_OK(shown);
  EXPECT_EQ(shown->subject(), "Hello Name ann");
  // Links lead where they say, and the way out is there.
  EXPECT_THAT(shown->html(), HasSubstr("href=\"https://shop.example/pots?a=1&amp;b=2\""));
  EXPECT_THAT(shown->html(), HasSubstr("Unsubscribe</a>"));
  EXPECT_EQ(shown->missing_size(), 0);
  EXPECT_EQ(shown->reason(), "");
  const auto nobody = Preview("template: 'templates/hello/versions/1'");
  ASSERT_OK(nobody);
  EXPECT_EQ(nobody->subject(), "Hello");
  EXPECT_EQ(nobody->missing(0), "customer.given_name");
  // A content that is still being written; a block whose service is not there.
  const auto unsaved = Preview(R"pb(
    customer: 'customers/ann'
    content {
      subject: "You have {{loyalty.balance}}"
      text: "x"
      variables { name: "loyalty.balance" fallback: "some points" }
    })pb");
  ASSERT_OK(unsaved);
  EXPECT_EQ(unsaved->subject(), "You have some points");
  EXPECT_EQ(unsaved->unavailable(0), "loyalty");
  EXPECT_THAT(Preview("template: 'templates/hello' customer: 'customers/nosuch'"),
              HasReason("CUSTOMER_NOT_FOUND"));
  EXPECT_THAT(Preview("template: 'templates/nosuch'"), HasReason("TEMPLATE_NOT_FOUND"));
  EXPECT_THAT(Preview("content { subject: 'x' text: '{{x' }"), HasReason("INVALID_TEMPLATE"));
  // Values are looked at as SendMessage does; what lacks is listed instead.
  EXPECT_THAT(Preview("template: 'templates/hello' variables { fields { key: 'customer' value { "
                      "string_value: 'x' } } }"),
              HasReason("UNKNOWN_VARIABLE"));
  // What is shown is the customer's: the audit says whose, and their data needs its own scope.
  EXPECT_EQ(server_.Count("audit WHERE method LIKE '%.PreviewTemplate' AND resource = "
                          "'customers/ann' AND result = 'OK'"),
            2);
  v1::PreviewTemplateRequest preview;
  preview.set_template_("templates/hello");
  const char* writer = "users/writer campaign.write";
  EXPECT_OK(server_.Call(&Templates::PreviewTemplate, preview, writer));
  preview.set_customer("customers/ann");
  EXPECT_THAT(server_.Call(&Templates::PreviewTemplate, preview, writer),
              HasReason("SCOPE_MISSING"));
  v1::SendTestMessageRequest test;
  test.set_template_("templates/hello");
  test.set_address("me@shop.example");
  test.set_customer("customers/ann");
  EXPECT_THAT(server_.Call(&Templates::SendTestMessage, test, writer), HasReason("SCOPE_MISSING"));
  server_.customers().Fail({grpc::StatusCode::UNAVAILABLE, "down"});
  EXPECT_THAT(Preview("template: 'templates/hello' customer: 'customers/ann'"),
              HasReason("CUSTOMERS_UNAVAILABLE"));
}

TEST_F(TemplatesTest, TheWayOutIsSeen) {
  server_.SetUpSender();
  const struct {
    const char* html;
    // How often it stands in what is sent.
    size_t links;
    bool added;
  } rows[] = {
      {"<a href='{{links.unsubscribe}}'>out</a>", 1, false},
      {"<p>Hi <!-- {{links.unsubscribe}} --> there</p>", 2, true},
      {"<head><title>{{links.unsubscribe}}</title></head>Hi", 2, true},
  };
  for (const auto& row : rows) {
    v1::PreviewTemplateRequest request;
    request.mutable_content()->set_subject("x");
    request.mutable_content()->set_html(row.html);
    const auto shown = server_.Call(&Templates::PreviewTemplate, request);
    ASSERT_OK(shown);
    EXPECT_EQ(shown->html().find("Unsubscribe</a>") != std::string::npos, row.added) << row.html;
    size_t links = 0;
    for (size_t at = 0; (at = shown->html().find("/unsubscribe", at)) != std::string::npos; ++at) {
      ++links;
    }
    EXPECT_EQ(links, row.links) << row.html;
  }
  // Closed as a whole, and not for those without a name.
  v1::PreviewTemplateRequest request;
  request.mutable_content()->set_subject("x");
  request.mutable_content()->set_html(
      "{{^customer.given_name}}<!--{{/customer.given_name}}Hi"
      "{{#customer.given_name}}-->{{/customer.given_name}}");
  EXPECT_THAT(server_.Call(&Templates::PreviewTemplate, request), HasReason("RENDERING_FAILED"));
}

// Dates are kept as their beginning where the company is.
TEST_F(TemplatesTest, TimesAreShownAsDates) {
  const struct {
    const char* company;
    const char* reader;
    const char* time;
    const char* shown;
  } rows[] = {
      {"Europe/Berlin", "Europe/Berlin", "2026-03-01T23:00:00Z", "2026-03-02"},
      {"Europe/Berlin", "America/New_York", "2026-03-01T23:00:00Z", "2026-03-02"},
      {"America/New_York", "Asia/Tokyo", "2026-03-02T05:00:00Z", "2026-03-02"},
      // Half past seven in the evening is the next morning in Tokyo.
      {"America/New_York", "Asia/Tokyo", "2026-03-03T00:30:00Z", "2026-03-03"},
      {"America/New_York", "America/New_York", "2026-03-03T00:30:00Z", "2026-03-02"},
      {"America/New_York", "", "2026-03-03T00:30:00Z", "2026-03-02"},
      // The night of 8 September 2024 begins at one o'clock in Santiago.
      {"America/Santiago", "America/New_York", "2024-09-08T04:00:00Z", "2024-09-08"},
      {"America/Santiago", "Pacific/Honolulu", "2024-09-08T04:00:00Z", "2024-09-08"},
      // As from a customer-svc that does not tell it yet.
      {"", "Europe/Berlin", "2026-03-01T23:00:00Z", "2026-03-02"},
      {"", "", "2026-03-01T23:00:00Z", "2026-03-01"},
  };
  for (const auto& row : rows) {
    server_.customers().SetCompanyZone(row.company);
    server_.customers().Put("ann", "ann@x.example");
    absl::Time time;
    std::string error;
    ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, row.time, &time, &error)) << error;
    server_.customers().Edit("ann", [&](customer::v1::Contact& contact) {
      contact.set_time_zone(row.reader);
      (*contact.mutable_attributes())["renewal"].mutable_time_value()->set_seconds(
          absl::ToUnixSeconds(time));
    });
    const auto shown = Preview(
        "customer: 'customers/ann' content { subject: '{{customer.attributes.renewal}}' text: 'x' "
        "}");
    ASSERT_OK(shown);
    EXPECT_EQ(shown->subject(), row.shown) << row.company << " " << row.reader << " " << row.time;
  }
}

TEST_F(TemplatesTest, WhatNoMailHoldsIsNotShown) {
  const auto shown = Preview(R"pb(
    content {
      subject: "x"
      html: "<a href=\"{{x}}\">x</a><a href=\"https://shop.example/a?b=1&amp;c=2\">y</a>"
      variables { name: "x" fallback: "javascript:alert(1)" }
    })pb");
  ASSERT_OK(shown);
  EXPECT_THAT(shown->html(), HasSubstr("<a href=\"#\">x</a>"));
  EXPECT_THAT(shown->html(), HasSubstr("\"https://shop.example/a?b=1&amp;c=2\""));
}

// Who has no address gets nothing, whatever it would say.
TEST_F(TemplatesTest, CustomersWithoutAnAddressAreShown) {
  server_.SetUpSender();
  ASSERT_OK(server_.MakeTemplate("hello", kHello));
  server_.customers().Refuse("bob", customer::v1::CONTACT_VERDICT_NO_ADDRESS);
  const auto unsent = Preview("template: 'templates/hello' customer: 'customers/bob'");
  ASSERT_OK(unsent);
  EXPECT_EQ(unsent->subject(), "Hello Name bob");
  EXPECT_EQ(unsent->missing_size(), 0);
  EXPECT_EQ(unsent->reason(), "NO_ADDRESS");
}

TEST_F(TemplatesTest, TestMailsAreOfCustomersThatAreThere) {
  server_.SetUpSender();
  ASSERT_OK(server_.MakeTemplate("hello", kHello));
  v1::SendTestMessageRequest test;
  test.set_template_("templates/hello");
  test.set_address("me@shop.example");
  test.set_customer("customers/nosuch");
  EXPECT_THAT(server_.Call(&Templates::SendTestMessage, test), HasReason("CUSTOMER_NOT_FOUND"));
  server_.customers().Fail({grpc::StatusCode::UNAVAILABLE, "down"});
  EXPECT_THAT(server_.Call(&Templates::SendTestMessage, test), HasReason("CUSTOMERS_UNAVAILABLE"));
  EXPECT_EQ(server_.Count("message"), 0);
}

}  // namespace
}  // namespace regulars::campaign
