// The small parts that every method uses: events, version marks; and what the store answers about
// rates.
#include <gmock/gmock.h>
#include <google/protobuf/any.pb.h>
#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"
#include "customer-svc/rpc/events.h"
#include "customer-svc/store/schema.h"
#include "customer-svc/store/settings.h"
#include "regulars/customer/v1/events.pb.h"
#include "regulars/customer/v1/settings_service.pb.h"

namespace regulars::customer {
namespace {

TEST(PackEvent, TypesFollowFromPayloads) {
  v1::CustomerCreated created;
  created.set_customer("customers/1");
  const Event event = PackEvent("customers/1", "bath", created);
  EXPECT_EQ(event.type, "regulars.customer.customer_created.v1");
  EXPECT_EQ(event.subject, "customers/1");
  EXPECT_EQ(event.realm, "bath");
  google::protobuf::Any any;
  v1::CustomerCreated unpacked;
  ASSERT_TRUE(any.ParseFromString(event.payload) && any.UnpackTo(&unpacked));
  EXPECT_EQ(unpacked.customer(), "customers/1");
  EXPECT_EQ(PackEvent("x", "", v1::CompanySettingsUpdated()).type,
            "regulars.customer.company_settings_updated.v1");
}

TEST(Settings, ARateServesUntilItIsTooOld) {
  testing::TempStore store(CustomerMigrations());
  const absl::CivilDay day(2026, 3, 31);
  const auto find = [&](absl::CivilDay on, int64_t max_age) {
    std::string found = "none";
    EXPECT_OK(store.Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const auto rate, settings::FindRate(db, "USD", on, max_age));
      if (rate) found = rate->ToText();
      return absl::OkStatus();
    }));
    return found;
  };
  ASSERT_OK(store.Write([&](Transaction& tx) -> absl::Status {
    ABSL_RETURN_IF_ERROR(settings::PutRate(tx, {"USD", day, *Rate::Parse("0.85"), tx.now()}));
    ABSL_RETURN_IF_ERROR(settings::PutRate(tx, {"USD", day - 10, *Rate::Parse("0.80"), tx.now()}));
    return settings::PutRate(tx, {"GBP", day, *Rate::Parse("1.2"), tx.now()});
  }));
  EXPECT_EQ(find(day, 31), "0.85");
  EXPECT_EQ(find(day + 31, 31), "0.85");
  EXPECT_EQ(find(day + 32, 31), "none");
  EXPECT_EQ(find(day - 1, 31), "0.8");
  EXPECT_EQ(find(day - 10, 1), "0.8");
  EXPECT_EQ(find(day - 11, 31), "none");
  EXPECT_EQ(find(day + 1, 1), "0.85");
  EXPECT_EQ(find(day + 2, 1), "none");
}

}  // namespace
}  // namespace regulars::customer
