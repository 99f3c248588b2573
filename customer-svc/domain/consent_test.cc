#include "customer-svc/domain/consent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "chassis/testing/status_matchers.h"

namespace regulars::customer {
namespace {

using testing::HasReason;

constexpr ConsentState kGranted = ConsentState::kGranted;
constexpr ConsentState kWithdrawn = ConsentState::kWithdrawn;
constexpr ConsentState kPending = ConsentState::kPending;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

ConsentRecord Word(ConsentState state, const std::string& topic = "", int64_t second = 0) {
  return {.channel = "email",
          .topic = topic,
          .state = state,
          .change_time = kNow + absl::Seconds(second),
          .source = "till",
          .create_time = kNow + absl::Hours(1)};
}

// Says a word as the store would keep it.
ConsentPlan Say(std::vector<ConsentRecord>& said, ConsentRecord word, bool timed = true) {
  const absl::StatusOr<ConsentPlan> plan = PlanConsent(said, word, timed);
  EXPECT_OK(plan);
  if (!plan.ok() || plan->known) return plan.value_or(ConsentPlan());
  for (ConsentRecord& other : said) {
    if (other.number == plan->superseded) other.current = false;
  }
  std::erase_if(said, [&](const ConsentRecord& other) { return other.number == plan->dropped; });
  word.number = said.empty() ? 1 : said.back().number + 1;
  word.current = plan->counts;
  said.push_back(word);
  return *plan;
}

TEST(ConsentTest, TopicsInheritAndAWithdrawnChannelWins) {
  struct Case {
    const char* name;
    std::vector<ConsentRecord> said;
    const char* topic;
    ContactVerdict verdict;
  };
  const std::vector<Case> cases = {
      {"nothing said", {}, "news", ContactVerdict::kNoConsent},
      {"nothing said of the channel", {}, "", ContactVerdict::kNoConsent},
      {"the topic alone", {Word(kGranted, "news")}, "news", ContactVerdict::kAllowed},
      {"another topic", {Word(kGranted, "sale")}, "news", ContactVerdict::kNoConsent},
      {"a topic does not open its channel",
       {Word(kGranted, "news")},
       "",
       ContactVerdict::kNoConsent},
      {"the channel speaks for its topics", {Word(kGranted)}, "news", ContactVerdict::kAllowed},
      {"a topic is closed in an open channel",
       {Word(kGranted), Word(kWithdrawn, "news")},
       "news",
       ContactVerdict::kWithdrawn},
      {"and only that one",
       {Word(kGranted), Word(kWithdrawn, "news")},
       "sale",
       ContactVerdict::kAllowed},
      {"a closed channel closes topics",
       {Word(kGranted, "news"), Word(kWithdrawn)},
       "news",
       ContactVerdict::kWithdrawn},
      {"even those opened later",
       {Word(kWithdrawn), Word(kGranted, "news", 9)},
       "news",
       ContactVerdict::kWithdrawn},
      {"asked and not confirmed", {Word(kPending)}, "news", ContactVerdict::kPending},
      {"confirmed for one topic",
       {Word(kPending), Word(kGranted, "news")},
       "news",
       ContactVerdict::kAllowed},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    std::vector<ConsentRecord> said;
    for (const ConsentRecord& word : c.said) Say(said, word);
    EXPECT_EQ(AskConsent(said, "email", c.topic).verdict, c.verdict);
    EXPECT_EQ(AskConsent(said, "sms", c.topic).verdict, ContactVerdict::kNoConsent);
  }
}

TEST(ConsentTest, LaterWordsCountAndOfOneTimeTheMoreCautious) {
  struct Case {
    const char* name;
    ConsentRecord first;
    ConsentRecord second;
    ConsentState counts;
    bool moves;
  };
  const std::vector<Case> cases = {
      {"later", Word(kGranted, "", 1), Word(kWithdrawn, "", 2), kWithdrawn, true},
      {"earlier, come late", Word(kGranted, "", 2), Word(kWithdrawn, "", 1), kGranted, false},
      {"granted again", Word(kWithdrawn, "", 1), Word(kGranted, "", 2), kGranted, true},
      {"one time, withdrawn last", Word(kGranted), Word(kWithdrawn), kWithdrawn, true},
      {"one time, withdrawn first", Word(kWithdrawn), Word(kGranted), kWithdrawn, false},
      {"one time, pending first", Word(kPending), Word(kGranted), kPending, false},
      {"renewed", Word(kGranted, "", 1), Word(kGranted, "", 2), kGranted, false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    std::vector<ConsentRecord> said;
    EXPECT_TRUE(Say(said, c.first).moves);
    EXPECT_EQ(Say(said, c.second).moves, c.moves);
    int64_t current = 0;
    for (const ConsentRecord& word : said) {
      if (!word.current) continue;
      ++current;
      EXPECT_EQ(word.state, c.counts);
    }
    EXPECT_EQ(current, 1);
  }
}

TEST(ConsentTest, AFastClockDoesNotOutliveWhatIsSaidNext) {
  // The shop takes its local time for UTC.
  ConsentRecord granted = Word(kGranted, "", 2 * 60 * 60);
  granted.create_time = kNow;
  ConsentRecord withdrawn = Word(kWithdrawn, "", 60);
  withdrawn.create_time = withdrawn.change_time;
  std::vector<ConsentRecord> said;
  Say(said, granted);
  EXPECT_TRUE(Say(said, withdrawn, false).moves);
  EXPECT_EQ(AskConsent(said, "email", "").verdict, ContactVerdict::kWithdrawn);
  // It sends its word again, every night.
  granted.create_time = kNow + absl::Hours(24);
  EXPECT_EQ(Say(said, granted).known, 1);
  EXPECT_EQ(AskConsent(said, "email", "").verdict, ContactVerdict::kWithdrawn);
}

TEST(ConsentTest, TheSameWordIsKnown) {
  std::vector<ConsentRecord> said;
  Say(said, Word(kGranted, "", 1));
  EXPECT_EQ(PlanConsent(said, Word(kGranted, "", 1), true)->known, 1);
  EXPECT_FALSE(PlanConsent(said, Word(kGranted, "", 2), true)->known);
  // Without a time of its own it is known as long as the same counts.
  EXPECT_EQ(PlanConsent(said, Word(kGranted, "", 9), false)->known, 1);
  Say(said, Word(kWithdrawn, "", 2));
  EXPECT_FALSE(PlanConsent(said, Word(kGranted, "", 9), false)->known);
  ConsentRecord other = Word(kGranted, "", 1);
  other.proof = "form 7";
  EXPECT_FALSE(PlanConsent(said, other, true)->known);
}

TEST(ConsentTest, WordsInAnyOrderCountTheSame) {
  // The reference: the greatest by time, then by caution, of each topic.
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<ConsentRecord> words;
    std::map<std::string, std::pair<int64_t, int>> expected;
    for (int i = 0; i < 12; ++i) {
      const auto state = static_cast<ConsentState>(1 + random() % 3);
      const std::string topic = random() % 2 == 0 ? "" : "news";
      const auto second = static_cast<int64_t>(random() % 5);
      words.push_back(Word(state, topic, second));
      const int caution = state == kWithdrawn ? 2 : state == kPending ? 1 : 0;
      auto& best = expected.emplace(topic, std::make_pair(int64_t{-1}, -1)).first->second;
      best = std::max(best, std::make_pair(second, caution));
    }
    std::vector<ConsentRecord> said;
    for (const ConsentRecord& word : words) Say(said, word);
    for (const auto& [topic, best] : expected) {
      std::vector<ConsentState> current;
      for (const ConsentRecord& word : said) {
        if (word.current && word.topic == topic) current.push_back(word.state);
      }
      const ConsentState state = best.second == 2   ? kWithdrawn
                                 : best.second == 1 ? kPending
                                                    : kGranted;
      EXPECT_THAT(current, ::testing::ElementsAre(state)) << round << " " << topic;
    }
  }
}

TEST(ConsentTest, HistoryIsBoundedAndWhatCountsStays) {
  std::vector<ConsentRecord> said;
  Say(said, Word(kGranted, "news", 0));
  for (int i = 1; i <= 2 * static_cast<int>(kMaxConsentRecords); ++i) {
    Say(said, Word(i % 2 == 0 ? kGranted : kWithdrawn, "", i));
    ASSERT_LE(said.size(), kMaxConsentRecords);
  }
  EXPECT_EQ(AskConsent(said, "email", "news").verdict, ContactVerdict::kAllowed);
  EXPECT_EQ(said.front().topic, "news");
  EXPECT_EQ(said.size(), kMaxConsentRecords);
}

TEST(ConsentTest, TopicsAreBounded) {
  std::vector<ConsentRecord> said;
  for (size_t i = 0; i < kMaxTopics; ++i) Say(said, Word(kGranted, "t" + std::to_string(i)));
  EXPECT_THAT(PlanConsent(said, Word(kGranted, "another"), true), HasReason("TOO_MANY_TOPICS"));
  EXPECT_OK(PlanConsent(said, Word(kWithdrawn, "t7", 1), true));
  EXPECT_OK(PlanConsent(said, Word(kWithdrawn), true));
}

TEST(ConsentTest, ATopicCanAlwaysBeClosed) {
  std::vector<ConsentRecord> said;
  Say(said, Word(kGranted));
  for (size_t i = 0; i < kMaxTopics; ++i) Say(said, Word(kGranted, "t" + std::to_string(i)));
  Say(said, Word(kWithdrawn, "another"));
  EXPECT_EQ(AskConsent(said, "email", "another").verdict, ContactVerdict::kWithdrawn);
  EXPECT_THAT(PlanConsent(said, Word(kGranted, "another", 1), true), HasReason("TOO_MANY_TOPICS"));
  Say(said, Word(kWithdrawn, "t7", 1));
  EXPECT_OK(PlanConsent(said, Word(kGranted, "another", 1), true));
  // All that counts is bounded nevertheless.
  for (size_t i = 0; said.size() < kMaxConsentRecords; ++i) {
    Say(said, Word(kWithdrawn, "closed-" + std::to_string(i), 2));
  }
  Say(said, Word(kWithdrawn, "one-more", 2));
  EXPECT_EQ(said.size(), kMaxConsentRecords) << "a past word has gone";
  EXPECT_THAT(PlanConsent(said, Word(kWithdrawn, "and-another", 2), true),
              HasReason("TOO_MANY_TOPICS"));
  EXPECT_OK(PlanConsent(said, Word(kWithdrawn, "", 2), true));
}

TEST(ConsentTest, RefusesWhatIsNone) {
  struct Case {
    const char* reason;
    void (*spoil)(ConsentRecord&);
  };
  const std::vector<Case> cases = {
      {"UNKNOWN_CHANNEL", [](ConsentRecord& w) { w.channel = ""; }},
      {"UNKNOWN_CHANNEL", [](ConsentRecord& w) { w.channel = "e-mail"; }},
      {"UNKNOWN_CHANNEL", [](ConsentRecord& w) { w.channel = "Email"; }},
      {"INVALID_TOPIC", [](ConsentRecord& w) { w.topic = "News"; }},
      {"INVALID_TOPIC", [](ConsentRecord& w) { w.topic = std::string(64, 'a'); }},
      {"INVALID_TOPIC", [](ConsentRecord& w) { w.topic = "a b"; }},
      {"INVALID_CONSENT_STATE", [](ConsentRecord& w) { w.state = ConsentState::kUnspecified; }},
      {"INVALID_CONSENT_STATE", [](ConsentRecord& w) { w.state = static_cast<ConsentState>(9); }},
      {"INVALID_SOURCE", [](ConsentRecord& w) { w.source = ""; }},
      {"INVALID_SOURCE", [](ConsentRecord& w) { w.source = "A"; }},
      {"CONSENT_TIME_OUT_OF_RANGE", [](ConsentRecord& w) { w.change_time += absl::Hours(25); }},
      {"CONSENT_TIME_OUT_OF_RANGE",
       [](ConsentRecord& w) { w.change_time = absl::UnixEpoch() - absl::Seconds(1); }},
      {"INVALID_TEXT", [](ConsentRecord& w) { w.proof = std::string(kMaxProofLength + 1, 'x'); }},
      {"INVALID_TEXT", [](ConsentRecord& w) { w.proof = std::string("a\0b", 3); }},
      {"INVALID_TEXT", [](ConsentRecord& w) { w.proof = "\xff"; }},
  };
  EXPECT_OK(CheckConsent(Word(kGranted), kNow));
  for (size_t i = 0; i < cases.size(); ++i) {
    ConsentRecord word = Word(kGranted);
    cases[i].spoil(word);
    EXPECT_THAT(CheckConsent(word, kNow), HasReason(cases[i].reason)) << i;
  }
}

TEST(PrimaryAddressTest, IsThatOfTheChannel) {
  Customer customer;
  for (const char* channel : {"email", "sms", "phone", "post"}) {
    EXPECT_FALSE(PrimaryAddress(customer, channel)) << channel;
  }
  EXPECT_EQ(PrimaryAddress(customer, "push"), "");
  customer.emails = {{.address = "A@x.example"}, {.address = "B@x.example", .primary = true}};
  customer.phones = {{.number = "+441"}, {.number = "+442"}};
  customer.addresses.emplace_back();
  EXPECT_EQ(PrimaryAddress(customer, "email"), "B@x.example");
  EXPECT_EQ(PrimaryAddress(customer, "sms"), "+441");
  EXPECT_EQ(PrimaryAddress(customer, "phone"), "+441");
  EXPECT_EQ(PrimaryAddress(customer, "post"), "");
}

}  // namespace
}  // namespace regulars::customer
