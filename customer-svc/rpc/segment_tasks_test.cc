// What happens between the steps of segments' and scores' tasks.
#include "customer-svc/rpc/segment_tasks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/testing/status_matchers.h"
#include "customer-svc/domain/purchases.h"
#include "customer-svc/rpc/memberships.h"
#include "customer-svc/rpc/rfm_task.h"
#include "customer-svc/rpc/segment_writes.h"
#include "customer-svc/store/attributes.h"
#include "customer-svc/store/customers.h"
#include "customer-svc/store/rfm.h"
#include "customer-svc/store/segments.h"
#include "customer-svc/store/settings.h"
#include "customer-svc/testing/segment_world.h"

namespace regulars::customer {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

Customer From(const std::string& country) {
  Customer customer;
  customer.country = country;
  return customer;
}

class SegmentTasksTest : public ::testing::Test {
 protected:
  Segment Find(const std::string& id) {
    Segment segment;
    world_.Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const auto found, segments::Find(db, id));
      segment = found.value();
      return absl::OkStatus();
    });
    return segment;
  }
  int64_t Count(const std::string& what) {
    int64_t count = -1;
    world_.Read([&](Snapshot& db) -> absl::Status {
      const std::string sql = "SELECT COUNT(*) FROM " + what;
      ABSL_ASSIGN_OR_RETURN(const auto got, db.Sql(sql).First<int64_t>());
      count = got.value();
      return absl::OkStatus();
    });
    return count;
  }
  std::optional<ScoreFacts> Score(const Customer& customer) {
    std::optional<ScoreFacts> score;
    world_.Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const auto found, rfm::Load(db, customer.key));
      if (found) score = found->score;
      return absl::OkStatus();
    });
    return score;
  }

  SegmentWorld world_;
};

TEST_F(SegmentTasksTest, TheFilterBeforeServesWhileTheNewOneIsComputed) {
  const Customer ann = world_.Create(From("GB"));
  for (int i = 0; i < 100; ++i) world_.Create(From("FR"));
  ASSERT_OK(world_.CreateSegment("s", "country = GB"));
  world_.RunTasks();
  ASSERT_OK(world_.UpdateSegment("s", "country = FR"));
  ASSERT_TRUE(world_.StepTask("segment_scan"));
  EXPECT_EQ(Find("s").state, SegmentState::kComputing);
  EXPECT_GT(Find("s").scanned_count, 0);
  EXPECT_EQ(Find("s").scan_total, 101);
  EXPECT_EQ(Find("s").member_count, 1);
  EXPECT_THAT(world_.Members("s"), UnorderedElementsAre(ann.id));
  // Facts go on to move the members of the filter before.
  const Customer bea = world_.Create(From("GB"));
  EXPECT_THAT(world_.Members("s"), UnorderedElementsAre(ann.id, bea.id));
  world_.RunTasks();
  EXPECT_EQ(world_.Members("s").size(), 100u);
  EXPECT_EQ(Find("s").state, SegmentState::kReady);
}

TEST_F(SegmentTasksTest, AFilterThatComesWhileAnotherIsComputedTakesItsPlace) {
  for (int i = 0; i < 100; ++i) world_.Create(From(i < 10 ? "GB" : "FR"));
  ASSERT_OK(world_.CreateSegment("s", "country = FR"));
  ASSERT_TRUE(world_.StepTask("segment_scan"));
  ASSERT_OK(world_.UpdateSegment("s", "country = GB"));
  world_.RunTasks();
  EXPECT_EQ(world_.Members("s").size(), 10u);
  EXPECT_EQ(Count("segment_set"), 1);
  EXPECT_EQ(Count("segment_member"), 10);
  EXPECT_EQ(Count("feed WHERE type LIKE '%segment_entered%'"), 10);
  EXPECT_EQ(Count("feed WHERE type LIKE '%segment_ready%'"), 1);
}

TEST_F(SegmentTasksTest, ASearchThatFailsLeavesTheMembersAndCanBeTriedAgain) {
  DeclareAttribute(world_, "size", AttributeType::kInteger);
  const Customer ann = world_.Create(From("GB"));
  ASSERT_OK(world_.CreateSegment("s", "country = GB"));
  world_.RunTasks();
  ASSERT_OK(world_.UpdateSegment("s", "country = GB AND NOT attributes.size = 1"));
  // What AttributeDefinitionsChanged() keeps from happening.
  world_.Write([](Transaction& tx) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const auto definition, attributes::FindDefinition(tx, "size"));
    return attributes::DeleteDefinition(tx, definition.value());
  });
  world_.RunTasks();
  EXPECT_EQ(Find("s").state, SegmentState::kFailed);
  EXPECT_EQ(Find("s").error_reason, "INVALID_FILTER");
  EXPECT_EQ(Find("s").error_code, absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(world_.Members("s"), UnorderedElementsAre(ann.id));
  const Customer bea = world_.Create(From("GB"));
  EXPECT_THAT(world_.Members("s"), UnorderedElementsAre(ann.id, bea.id)) << "still kept up";
  DeclareAttribute(world_, "size", AttributeType::kInteger);
  ASSERT_OK(world_.UpdateSegment("s", "country = GB AND NOT attributes.size = 1"));
  world_.RunTasks();
  EXPECT_EQ(Find("s").state, SegmentState::kReady);
  EXPECT_EQ(Find("s").error_reason, "");
  EXPECT_EQ(Find("s").error_code, absl::StatusCode::kOk);
}

TEST_F(SegmentTasksTest, AnAttributeThatAFilterNamesCannotGo) {
  DeclareAttribute(world_, "tier", AttributeType::kEnum, {"gold", "silver"});
  DeclareAttribute(world_, "free", AttributeType::kBool);
  ASSERT_OK(world_.CreateSegment("s", "attributes.tier = gold"));
  world_.RunTasks();
  const auto change = [&](const std::string& id, std::vector<std::string> values) {
    return world_.store().Write([&](Transaction& tx) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(auto definition, attributes::FindDefinition(tx, id));
      if (values.empty()) {
        ABSL_RETURN_IF_ERROR(attributes::DeleteDefinition(tx, *definition));
      } else {
        definition->enum_values = values;
        ABSL_RETURN_IF_ERROR(attributes::UpdateDefinition(tx, *definition));
      }
      return AttributeDefinitionsChanged(tx);
    });
  };
  EXPECT_THAT(change("tier", {}), HasReason("ATTRIBUTE_IN_USE"));
  EXPECT_THAT(change("tier", {"silver"}), HasReason("ATTRIBUTE_IN_USE"));
  EXPECT_OK(change("tier", {"gold", "silver", "bronze"}));
  EXPECT_OK(change("free", {}));
  // The filter before is in force until the new one's members are found.
  ASSERT_OK(world_.UpdateSegment("s", "country = GB"));
  EXPECT_THAT(change("tier", {}), HasReason("ATTRIBUTE_IN_USE"));
  world_.RunTasks();
  EXPECT_OK(change("tier", {}));
}

TEST_F(SegmentTasksTest, AChangeThatIsRolledBackLeavesNoPlan) {
  const Customer ann = world_.Create(From("GB"));
  const auto with_segment = [&](const std::string& filter, const absl::Status& end) {
    return world_.store().Write([&](Transaction& tx) -> absl::Status {
      v1::CreateSegmentRequest request;
      request.set_segment_id("s");
      request.mutable_segment()->set_filter(filter);
      ABSL_RETURN_IF_ERROR(CreateSegment(tx, request).status());
      // Compiles the plan with the new segment.
      ABSL_RETURN_IF_ERROR(MoveMemberships(tx, ann.key));
      return end;
    });
  };
  EXPECT_THAT(with_segment("country = GB", absl::AbortedError("not so")),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_OK(with_segment("country = FR", absl::OkStatus()));
  world_.RunTasks();
  EXPECT_THAT(world_.Members("s"), IsEmpty());
  const Customer bea = world_.Create(From("FR"));
  EXPECT_THAT(world_.Members("s"), UnorderedElementsAre(bea.id));
}

TEST_F(SegmentTasksTest, AnotherTimeZoneFindsMembersAnew) {
  // It is 22:13:20 UTC on 14 November: the 15th in Tokyo.
  const Customer ann = world_.Create(From("GB"));
  ASSERT_OK(world_.CreateSegment("s", "create_time = 2023-11-15"));
  world_.RunTasks();
  EXPECT_THAT(world_.Members("s"), IsEmpty());
  world_.Write([](Transaction& tx) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(CompanySettings settings, settings::Load(tx));
    settings.time_zone = "Asia/Tokyo";
    ABSL_RETURN_IF_ERROR(settings::Save(tx, settings));
    return RecomputeSegments(tx);
  });
  world_.RunTasks();
  EXPECT_THAT(world_.Members("s"), UnorderedElementsAre(ann.id));
}

TEST_F(SegmentTasksTest, AScoringIsOfOneMoment) {
  std::vector<Customer> customers;
  for (int i = 0; i < 200; ++i) {
    customers.push_back(world_.Create(From("GB")));
    world_.Order(absl::StrCat(i), customers.back().id, world_.now(), 1, 1'000'000 * (i + 1));
  }
  ASSERT_OK(world_.StartRfm());
  ASSERT_TRUE(world_.StepTask("rfm_compute"));
  EXPECT_FALSE(Score(customers[0])) << "nothing counts until all is written";
  // What comes now is not part of it.
  world_.Order("more", customers[199].id, world_.now(), 1, 1'000'000'000);
  world_.Delete(customers[150].id);
  world_.RunTasks();
  // The 200th customer is worse than nobody but better than 199 of 200: 5 × 199 / 200.
  EXPECT_EQ(Score(customers[199])->figures.revenue_micros, 200'000'000);
  EXPECT_EQ(Score(customers[199])->scores.monetary, 5);
  EXPECT_EQ(Score(customers[0])->scores.monetary, 1);
  EXPECT_EQ(Score(customers[0])->scores.recency, 1) << "all equal";
  EXPECT_EQ(Count("rfm_score"), 199) << "the one deleted has no score";
}

TEST_F(SegmentTasksTest, RevenueBeyond64BitsIsTheNearestAmountAndMarked) {
  for (int i = 0; i < 3; ++i) {
    world_.Order(absl::StrCat(i), world_.Create(From("GB")).id, world_.now(), 1, 1'000'000);
  }
  struct {
    int64_t each;
    int64_t together;
    bool capped;
  } const cases[] = {
      {kMaxFiguresMicros, INT64_MAX, true},
      {-kMaxFiguresMicros, INT64_MIN, true},
      {kMaxFiguresMicros / 2, kMaxFiguresMicros / 2 * 3, false},
  };
  for (const auto& c : cases) {
    world_.Write([&](Transaction& tx) {
      return tx.Sql("UPDATE purchase_summary SET sales_micros = ?", c.each).Run();
    });
    ASSERT_OK(world_.StartRfm());
    world_.RunTasks();
    world_.Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const auto table, LoadRfmTable(db));
      EXPECT_EQ(table.value().cells_size(), 1) << "all equal";
      const v1::RfmTable::Cell& cell = table->cells(0);
      EXPECT_EQ(cell.customer_count(), 3);
      EXPECT_EQ(cell.revenue().micros(), c.together);
      EXPECT_EQ(cell.revenue_capped(), c.capped);
      return absl::OkStatus();
    });
  }
}

TEST_F(SegmentTasksTest, AScoringThatWasKilledBeginsAnew) {
  std::vector<Customer> customers;
  for (int i = 0; i < 200; ++i) {
    customers.push_back(world_.Create(From("GB")));
    world_.Order(absl::StrCat(i), customers.back().id, world_.now(), 1, 1'000'000);
  }
  ASSERT_OK(world_.StartRfm());
  ASSERT_TRUE(world_.StepTask("rfm_compute"));
  EXPECT_GT(Count("rfm_score"), 0);
  world_.Restart();
  world_.Order("more", customers[0].id, world_.now(), 1, 1'000'000);
  world_.RunTasks();
  EXPECT_EQ(Score(customers[0])->figures.revenue_micros, 2'000'000);
  EXPECT_EQ(Score(customers[0])->scores.monetary, 5);
  EXPECT_EQ(Count("rfm_score"), 200) << "what the killed one wrote is deleted";
  EXPECT_EQ(Count("feed WHERE type LIKE '%rfm_computed%'"), 1);
}

}  // namespace
}  // namespace regulars::customer
