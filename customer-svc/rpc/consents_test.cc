// ConsentService over gRPC: what is stored, published, answered and refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "customer-svc/testing/customer_fixture.h"
#include "regulars/customer/v1/consent_service.grpc.pb.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::customer {
namespace {

using Consents = v1::ConsentService::Stub;
using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ConsentServiceTest : public CustomerServiceTest {
 protected:
  absl::StatusOr<v1::Consent> Set(const std::string& text,
                                  const std::string& token = CustomerServer::kAdmin) {
    v1::SetConsentRequest request;
    *request.mutable_consent() = Parse<v1::Consent>(text);
    return server_.Call(&Consents::SetConsent, request, token);
  }
  absl::StatusOr<v1::Consent> Grant(const std::string& more = "") {
    return Set("customer: '" + ann_.name() +
               "' channel: 'email' state: STATE_GRANTED source: 'till' " + more);
  }
  v1::MayContactResponse May(const std::string& more = "channel: 'email'") {
    const auto reply =
        server_.Call(&Consents::MayContact,
                     Parse<v1::MayContactRequest>("customer: '" + ann_.name() + "' " + more));
    EXPECT_OK(reply);
    return reply.value_or(v1::MayContactResponse());
  }
  absl::StatusOr<v1::ListConsentsResponse> List(const std::string& more = "") {
    return server_.Call(&Consents::ListConsents,
                        Parse<v1::ListConsentsRequest>("customer: '" + ann_.name() + "' " + more));
  }

  const v1::Customer ann_ = MustCreate(
      R"(given_name: "Ann" emails { address: "Ann@Example.com" } external_ids { system: "shop" id: "1" })");
};

TEST_F(ConsentServiceTest, AWordIsStoredWithItsProofAndPublished) {
  const int64_t before = position();
  ASSERT_OK_AND_ASSIGN(const v1::Consent made,
                       Grant("topic: 'news' proof: 'form 7' change_time { seconds: 1600000000 }"));
  EXPECT_EQ(made.recorded_by(), "users/admin");
  EXPECT_TRUE(made.current());
  EXPECT_EQ(made.proof(), "form 7");
  EXPECT_TRUE(made.has_create_time());
  EXPECT_THAT(server_.EventsAfter(before), ElementsAre("consent_changed " + ann_.name()));
  const auto event = server_.NewestEvent<v1::ConsentChanged>();
  EXPECT_EQ(event.channel(), "email");
  EXPECT_EQ(event.topic(), "news");
  EXPECT_EQ(event.state(), v1::Consent::STATE_GRANTED);
  EXPECT_EQ(event.change_time().seconds(), 1600000000);
  // Said again it moves nothing, and a renewed word is history without an event.
  EXPECT_OK(Grant("topic: 'news' proof: 'form 7' change_time { seconds: 1600000000 }"));
  EXPECT_EQ(server_.Count("consent"), 1);
  EXPECT_OK(Grant("topic: 'news' proof: 'form 8'"));
  EXPECT_EQ(server_.Count("consent"), 2);
  EXPECT_EQ(position(), before + 1);
}

// As where somebody unsubscribed, consented again, and the first is heard of last.
TEST_F(ConsentServiceTest, AConsentThatOutlivesALateWithdrawalIsPublished) {
  EXPECT_OK(Grant("topic: 'news' change_time { seconds: 1600000000 }"));
  EXPECT_OK(Grant("topic: 'news' proof: 'form 8' change_time { seconds: 1600000200 }"));
  const std::string late = "customer: '" + ann_.name() +
                           "' channel: 'email' topic: 'news' state: STATE_WITHDRAWN source: "
                           "'mail' change_time { seconds: 1600000100 }";
  const int64_t before = position();
  EXPECT_OK(Set(late));
  EXPECT_THAT(server_.EventsAfter(before), ElementsAre("consent_changed " + ann_.name()));
  const auto event = server_.NewestEvent<v1::ConsentChanged>();
  EXPECT_EQ(event.topic(), "news");
  EXPECT_EQ(event.state(), v1::Consent::STATE_GRANTED);
  EXPECT_EQ(event.change_time().seconds(), 1600000200);
  EXPECT_TRUE(May("channel: 'email' topic: 'news'").allowed());
  // Heard again it is known.
  EXPECT_OK(Set(late));
  EXPECT_EQ(position(), before + 1);
}

TEST_F(ConsentServiceTest, AWithdrawalCountsAfterAGrantFromAFastClock) {
  const int64_t ahead = absl::ToUnixSeconds(server_.server().clock().Now()) + 2 * 60 * 60;
  const int64_t before = position();
  EXPECT_OK(Grant("change_time { seconds: " + std::to_string(ahead) + " }"));
  EXPECT_LT(server_.NewestEvent<v1::ConsentChanged>().change_time().seconds(), ahead);
  EXPECT_TRUE(May().allowed());
  server_.server().clock().Advance(absl::Minutes(1));
  EXPECT_OK(Set("customer: '" + ann_.name() +
                "' channel: 'email' state: STATE_WITHDRAWN source: 'mail'"));
  EXPECT_EQ(May().verdict(), v1::CONTACT_VERDICT_WITHDRAWN);
  EXPECT_EQ(position(), before + 2);
}

TEST_F(ConsentServiceTest, HistoryIsListedNewestFirstInPages) {
  for (const char* second : {"3", "1", "2", "5", "4"}) {
    EXPECT_OK(Grant(std::string("change_time { seconds: 160000000") + second + " }"));
  }
  EXPECT_OK(Grant("topic: 'news' change_time { seconds: 1500000000 }"));
  ASSERT_OK_AND_ASSIGN(const auto current, List());
  ASSERT_THAT(current.consents(), SizeIs(2));
  EXPECT_EQ(current.consents(0).change_time().seconds(), 1600000005);
  EXPECT_EQ(current.consents(1).topic(), "news");
  std::vector<int64_t> seconds;
  std::string token;
  do {
    ASSERT_OK_AND_ASSIGN(const auto page,
                         List("show_history: true page_size: 2 page_token: '" + token + "'"));
    for (const v1::Consent& word : page.consents()) {
      seconds.push_back(word.change_time().seconds());
    }
    token = page.next_page_token();
  } while (!token.empty());
  EXPECT_THAT(seconds,
              ElementsAre(1600000005, 1600000004, 1600000003, 1600000002, 1600000001, 1500000000));
}

TEST_F(ConsentServiceTest, MayContactTellsWhy) {
  EXPECT_EQ(May().verdict(), v1::CONTACT_VERDICT_NO_CONSENT);
  EXPECT_FALSE(May().has_consent());
  EXPECT_EQ(May("channel: 'email' purpose: CONTACT_PURPOSE_SERVICE").verdict(),
            v1::CONTACT_VERDICT_ALLOWED);
  EXPECT_OK(Grant("change_time { seconds: 1600000000 }"));
  EXPECT_TRUE(May().allowed());
  EXPECT_EQ(May().consent().source(), "till");
  EXPECT_TRUE(May("channel: 'email' topic: 'news'").allowed());
  EXPECT_OK(
      Set("customer: '" + ann_.name() + "' channel: 'sms' state: STATE_GRANTED source: 'till'"));
  EXPECT_EQ(May("channel: 'sms'").verdict(), v1::CONTACT_VERDICT_NO_ADDRESS);
  EXPECT_OK(Set("customer: '" + ann_.name() +
                "' channel: 'email' state: STATE_WITHDRAWN source: 'mail'"));
  EXPECT_EQ(May().verdict(), v1::CONTACT_VERDICT_WITHDRAWN);
  EXPECT_EQ(May("channel: 'email' topic: 'news'").verdict(), v1::CONTACT_VERDICT_WITHDRAWN);
}

TEST_F(ConsentServiceTest, ContactsComeInOrderWithWhatAMessageNeeds) {
  Declare("shoe_size", "type: TYPE_INTEGER");
  EXPECT_OK(Update(ann_.name(),
                   "attributes { key: 'shoe_size' value { integer_value: 39 } } country: 'GB'",
                   {"attributes.shoe_size", "country"}));
  EXPECT_OK(Grant());
  const v1::Customer bob = MustCreate("given_name: 'Bob' emails { address: 'bob@example.com' }");
  v1::BatchGetContactsRequest request;
  request.set_channel("email");
  for (const auto& name : {bob.name(), std::string("customers/none"), ann_.name()}) {
    request.add_customers(name);
  }
  ASSERT_OK_AND_ASSIGN(auto reply, server_.Call(&Consents::BatchGetContacts, request));
  ASSERT_THAT(reply.contacts(), SizeIs(3));
  EXPECT_EQ(reply.contacts(0).verdict(), v1::CONTACT_VERDICT_NO_CONSENT);
  EXPECT_EQ(reply.contacts(0).given_name(), "") << "nothing is told of who may not be written to";
  EXPECT_EQ(reply.contacts(1).verdict(), v1::CONTACT_VERDICT_CUSTOMER_UNKNOWN);
  const v1::Contact& ann = reply.contacts(2);
  EXPECT_TRUE(ann.allowed());
  EXPECT_EQ(ann.address(), "Ann@Example.com");
  EXPECT_EQ(ann.display_name(), "Ann");
  EXPECT_EQ(ann.language(), "en") << "the company's";
  EXPECT_EQ(ann.time_zone(), "UTC");
  EXPECT_EQ(ann.country(), "GB");
  EXPECT_EQ(ann.attributes().at("shoe_size").integer_value(), 39);
  EXPECT_EQ(reply.company_time_zone(), "UTC");
  // Only what is named, and nothing where nothing is.
  request.mutable_attributes()->add_ids("none");
  ASSERT_OK_AND_ASSIGN(reply, server_.Call(&Consents::BatchGetContacts, request));
  EXPECT_THAT(reply.contacts(2).attributes(), IsEmpty());
  request.mutable_attributes()->add_ids("shoe_size");
  ASSERT_OK_AND_ASSIGN(reply, server_.Call(&Consents::BatchGetContacts, request));
  EXPECT_THAT(reply.contacts(2).attributes(), SizeIs(1));
  // Who might be written to and has no address is introduced too.
  request.set_channel("sms");
  request.set_purpose(v1::CONTACT_PURPOSE_SERVICE);
  ASSERT_OK_AND_ASSIGN(reply, server_.Call(&Consents::BatchGetContacts, request));
  EXPECT_EQ(reply.contacts(0).verdict(), v1::CONTACT_VERDICT_NO_ADDRESS);
  EXPECT_FALSE(reply.contacts(0).allowed());
  EXPECT_EQ(reply.contacts(0).address(), "");
  EXPECT_EQ(reply.contacts(0).given_name(), "Bob");
  request.clear_customers();
  EXPECT_THAT(server_.Call(&Consents::BatchGetContacts, request), HasReason("INVALID_BATCH_SIZE"));
}

TEST_F(ConsentServiceTest, BatchesGoOnAfterWhatIsRefused) {
  v1::BatchSetConsentsRequest request = Parse<v1::BatchSetConsentsRequest>(R"(
      consents { customer_identifier { external_id { system: "shop" id: "1" } }
                 channel: "email" state: STATE_GRANTED source: "import" }
      consents { customer_identifier { email: "nobody@example.com" }
                 channel: "email" state: STATE_GRANTED source: "import" }
      consents { channel: "email" state: STATE_GRANTED source: "import" }
      consents { customer_identifier { email: "ann@example.com" }
                 channel: "email" state: STATE_GRANTED source: "import" }
      consents { customer_identifier { email: "ann@example.com" }
                 channel: "email" state: STATE_WITHDRAWN source: "import" })");
  ASSERT_OK_AND_ASSIGN(const auto reply, server_.Call(&Consents::BatchSetConsents, request));
  std::vector<int> outcomes;
  for (const auto& result : reply.results()) outcomes.push_back(result.outcome());
  EXPECT_THAT(outcomes,
              ElementsAre(type::v1::UPSERT_OUTCOME_CREATED, type::v1::UPSERT_OUTCOME_REFUSED,
                          type::v1::UPSERT_OUTCOME_REFUSED, type::v1::UPSERT_OUTCOME_UNCHANGED,
                          type::v1::UPSERT_OUTCOME_UPDATED));
  EXPECT_EQ(FromProto(reply.results(1).error()).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(FromProto(reply.results(2).error()), HasReason("CUSTOMER_MISSING"));
  EXPECT_EQ(reply.results(0).name(), ann_.name());
  EXPECT_EQ(May().verdict(), v1::CONTACT_VERDICT_WITHDRAWN);
}

TEST_F(ConsentServiceTest, RefusalsNameTheField) {
  struct Case {
    std::string text;
    const char* reason;
  };
  const std::string to_ann = "customer: '" + ann_.name() + "' ";
  const std::vector<Case> cases = {
      {"channel: 'email' state: STATE_GRANTED source: 'x'", "CUSTOMER_MISSING"},
      {"customer: 'customers/none' channel: 'email' state: STATE_GRANTED source: 'x'",
       "CUSTOMER_NOT_FOUND"},
      {"customer: 'people/1' channel: 'email'", "INVALID_NAME"},
      {to_ann + "customer_identifier { email: 'ann@example.com' }", "CUSTOMER_NAMED_TWICE"},
      {to_ann + "channel: 'fax' state: STATE_GRANTED source: 'x'", "UNKNOWN_CHANNEL"},
      {to_ann + "channel: 'email' source: 'x'", "INVALID_CONSENT_STATE"},
      {to_ann + "channel: 'email' state: STATE_GRANTED", "INVALID_SOURCE"},
      {to_ann + "channel: 'email' state: STATE_GRANTED source: 'x' "
                "change_time { seconds: 4102444800 }",
       "CONSENT_TIME_OUT_OF_RANGE"},
      {to_ann + "channel: 'email' state: STATE_GRANTED source: 'x' "
                "change_time { seconds: 1 nanos: -1 }",
       "INVALID_TIME"},
  };
  for (const Case& c : cases) EXPECT_THAT(Set(c.text), HasReason(c.reason)) << c.text;
  EXPECT_EQ(server_.Count("consent"), 0);
}

TEST_F(ConsentServiceTest, StoresSeeTheirCustomersOnly) {
  EXPECT_OK(Grant());
  const std::string bath = CustomerServer::Of("bath");
  const std::string to_ann = "customer: '" + ann_.name() + "' ";
  EXPECT_THAT(Set(to_ann + "channel: 'email' state: STATE_GRANTED source: 'x'", bath),
              HasReason("CUSTOMER_NOT_FOUND"));
  const auto may = server_.Call(&Consents::MayContact,
                                Parse<v1::MayContactRequest>(to_ann + "channel: 'email'"), bath);
  ASSERT_OK(may);
  EXPECT_EQ(may->verdict(), v1::CONTACT_VERDICT_CUSTOMER_UNKNOWN);
}

TEST_F(ConsentServiceTest, DeletedCustomersLeaveNothing) {
  EXPECT_OK(Grant());
  EXPECT_OK(Delete("name: '" + ann_.name() + "'"));
  EXPECT_EQ(server_.Count("consent"), 0);
  EXPECT_EQ(May().verdict(), v1::CONTACT_VERDICT_CUSTOMER_UNKNOWN);
}

}  // namespace
}  // namespace regulars::customer
