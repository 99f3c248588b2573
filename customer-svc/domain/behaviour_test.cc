#include "customer-svc/domain/behaviour.h"

#include <gtest/gtest.h>

#include <vector>

#include "chassis/testing/status_matchers.h"

namespace regulars::customer {
namespace {

using testing::HasReason;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

TEST(EventTimeTest, WrongClocksArePutRight) {
  struct Case {
    const char* name;
    std::optional<int64_t> event;  // Seconds from now, by the sender's clock.
    std::optional<int64_t> sent;
    int64_t expected;
  };
  const std::vector<Case> cases = {
      {"no time", std::nullopt, std::nullopt, 0},
      {"no time, sent late", std::nullopt, -60, 0},
      {"believed", -90, std::nullopt, -90},
      {"believed a little ahead", 3600, std::nullopt, 3600},
      // Worked by hand: received - (sent - event).
      {"right clock", -90, 0, -90},
      {"clock a day ahead", 86400 - 5, 86400, -5},
      {"clock a year behind", -31536000 - 5, -31536000, -5},
      {"on the way for a minute", -90, -60, -30},
      {"sent before it happened", 30, 0, 0},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const auto at = [](std::optional<int64_t> seconds) {
      return seconds ? std::optional<absl::Time>(kNow + absl::Seconds(*seconds)) : std::nullopt;
    };
    const auto time = CorrectedTime(at(c.event), at(c.sent), kNow);
    ASSERT_OK(time);
    EXPECT_EQ(*time, kNow + absl::Seconds(c.expected));
  }
}

TEST(EventTimeTest, TimesOutsideAreRefused) {
  const absl::Time before = absl::UnixEpoch() - absl::Microseconds(1);
  EXPECT_OK(CorrectedTime(absl::UnixEpoch(), std::nullopt, kNow));
  EXPECT_OK(CorrectedTime(kNow + absl::Hours(24), std::nullopt, kNow));
  EXPECT_THAT(CorrectedTime(before, std::nullopt, kNow), HasReason("EVENT_TIME_OUT_OF_RANGE"));
  EXPECT_THAT(CorrectedTime(kNow + absl::Hours(24) + absl::Microseconds(1), std::nullopt, kNow),
              HasReason("EVENT_TIME_OUT_OF_RANGE"));
  // Sixty years from the event to its sending.
  EXPECT_THAT(CorrectedTime(kNow - absl::Hours(24 * 365 * 60), kNow, kNow),
              HasReason("EVENT_TIME_OUT_OF_RANGE"));
}

TEST(EventNameTest, Grammar) {
  for (const std::string& good : {std::string("a"), std::string("product_viewed"),
                                  std::string("x9_"), std::string(64, 'a')}) {
    EXPECT_TRUE(IsEventName(good)) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string("Product"), std::string("9a"), std::string("_a"),
        std::string("a b"), std::string("a-b"), std::string("ä"), std::string(65, 'a')}) {
    EXPECT_FALSE(IsEventName(bad)) << bad;
  }
}

TEST(BehaviourTest, RefusesWhatIsNone) {
  struct Case {
    const char* reason;
    void (*spoil)(BehaviourEvent&);
  };
  const std::vector<Case> cases = {
      {"INVALID_SOURCE", [](BehaviourEvent& e) { e.source = ""; }},
      {"INVALID_SOURCE", [](BehaviourEvent& e) { e.source = "My Shop"; }},
      {"INVALID_MESSAGE_ID", [](BehaviourEvent& e) { e.message_id = ""; }},
      {"INVALID_MESSAGE_ID", [](BehaviourEvent& e) { e.message_id = std::string(101, 'x'); }},
      {"INVALID_MESSAGE_ID", [](BehaviourEvent& e) { e.message_id = "a\nb"; }},
      {"INVALID_EVENT_NAME", [](BehaviourEvent& e) { e.event_name = "Product Viewed"; }},
      {"INVALID_TEXT", [](BehaviourEvent& e) { e.item = std::string(101, 'x'); }},
      {"INVALID_TEXT", [](BehaviourEvent& e) { e.item = "\xc3"; }},
      {"INVALID_STORE", [](BehaviourEvent& e) { e.store = "a b"; }},
      {"INVALID_QUANTITY", [](BehaviourEvent& e) { e.quantity_micros = -1; }},
      {"INVALID_CURRENCY", [](BehaviourEvent& e) { e.value_micros = 1; }},
      {"INVALID_CURRENCY", [](BehaviourEvent& e) { e.value_currency = "eur"; }},
      {"INVALID_AMOUNT",
       [](BehaviourEvent& e) {
         e.value_currency = "EUR";
         e.value_micros = -1;
       }},
  };
  const BehaviourEvent good{.source = "shop", .message_id = "1", .event_name = "product_viewed"};
  EXPECT_OK(CheckBehaviour(good));
  for (size_t i = 0; i < cases.size(); ++i) {
    BehaviourEvent event = good;
    cases[i].spoil(event);
    EXPECT_THAT(CheckBehaviour(event), HasReason(cases[i].reason)) << i;
  }
}

}  // namespace
}  // namespace regulars::customer
