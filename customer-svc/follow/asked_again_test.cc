// Erasures are asked for again where the confirmations of a service may have been missed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "chassis/testing/fake_upstream.h"
#include "chassis/testing/status_matchers.h"
#include "customer-svc/follow/campaign.h"
#include "customer-svc/follow/loyalty.h"
#include "customer-svc/follow/recommend.h"
#include "customer-svc/rpc/erasure_changes.h"
#include "customer-svc/store/customers.h"
#include "customer-svc/testing/segment_world.h"

namespace regulars::customer {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class AskedAgainTest : public ::testing::Test {
 protected:
  // Erases somebody; whom.
  erasures::Erasure Erase() {
    erasures::Erasure erasure;
    const Customer customer = world_.Create({});
    world_.Write([&](Transaction& tx) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(erasure,
                            ApplyErasure(tx, customer, {"campaign", "loyalty", "recommend"}));
      return absl::OkStatus();
    });
    return erasure;
  }
  void Confirm(const erasures::Erasure& erasure, const std::string& service) {
    world_.Write([&](Transaction& tx) { return ConfirmErasure(tx, erasure.id, service); });
  }

  // Ends a reading of another service's state; the customers of whom it is asked again.
  std::vector<std::string> EndReading(const FeedHandlers& handlers, int64_t generation) {
    const int64_t before = Position();
    bool done = false;
    for (int i = 0; i < 100 && !done; ++i) {
      world_.Write([&](Transaction& tx) -> absl::Status {
        ABSL_ASSIGN_OR_RETURN(done, handlers.plan()->finish(tx, generation));
        return absl::OkStatus();
      });
    }
    EXPECT_TRUE(done);
    std::vector<std::string> asked;
    world_.Read([&](Snapshot& db) {
      return db
          .Sql(
              "SELECT subject FROM feed WHERE position > ? AND "
              "type = 'regulars.customer.erasure_requested.v1'",
              before)
          .Each<std::string>([&](const std::string& subject) {
            asked.push_back(subject.substr(std::string("customers/").size()));
          });
    });
    return asked;
  }

 private:
  int64_t Position() {
    int64_t position = 0;
    world_.Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const auto newest,
                            db.Sql("SELECT MAX(position) FROM feed").First<int64_t>());
      position = newest.value();
      return absl::OkStatus();
    });
    return position;
  }

 protected:
  SegmentWorld world_;
};

TEST_F(AskedAgainTest, OnceInEachReadingForWhatIsNotConfirmed) {
  const erasures::Erasure first = Erase();
  const erasures::Erasure second = Erase();
  Confirm(second, "loyalty");
  ::regulars::testing::FakeUpstream loyalty("loyalty", "customer");
  const FeedHandlers handlers = LoyaltyHandlers(&loyalty.peer());
  EXPECT_THAT(EndReading(handlers, 1), UnorderedElementsAre(first.customer));
  EXPECT_THAT(EndReading(handlers, 1), IsEmpty());
  EXPECT_THAT(EndReading(handlers, 2), UnorderedElementsAre(first.customer));
  Confirm(first, "loyalty");
  EXPECT_THAT(EndReading(handlers, 3), IsEmpty());
}

TEST_F(AskedAgainTest, ByEveryServiceThatIsAwaited) {
  const erasures::Erasure erasure = Erase();
  ::regulars::testing::FakeUpstream campaign("campaign", "customer");
  for (const FeedHandlers& handlers : {CampaignHandlers(&campaign.peer()), RecommendHandlers()}) {
    EXPECT_THAT(EndReading(handlers, 1), UnorderedElementsAre(erasure.customer));
  }
  Confirm(erasure, "recommend");
  EXPECT_THAT(EndReading(RecommendHandlers(), 2), IsEmpty());
}

TEST_F(AskedAgainTest, NothingOfRecommendationsIsRead) {
  const FeedHandlers handlers = RecommendHandlers();
  const auto page = handlers.plan()->fetch(Origin(), "");
  ASSERT_OK(page);
  EXPECT_EQ(page->size, 0);
  EXPECT_EQ(page->next, "");
}

}  // namespace
}  // namespace regulars::customer
