// What holds for all members: how they join, what a point is worth, which tiers there are.
//
// Plain values and pure functions.
#ifndef LOYALTY_SVC_DOMAIN_PROGRAMME_H_
#define LOYALTY_SVC_DOMAIN_PROGRAMME_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace regulars::loyalty {

inline constexpr size_t kMaxTiers = 20;
inline constexpr size_t kMaxDisplayNameCharacters = 100;
inline constexpr int64_t kMaxPointValueMicros = 1'000'000'000'000;
inline constexpr int64_t kMaxPaymentPoints = 1'000'000'000;
inline constexpr int64_t kMaxThresholdPoints = 1'000'000'000'000'000;

// Numbers are stored, and equal those of the public interface.
enum class Enrolment : int64_t { kFirstOrder = 1, kByCall = 2 };

struct PointsPayment {
  int64_t point_value_micros = 10'000;
  int64_t max_basket_percent = 100;
  int64_t min_points = 1;
  int64_t step_points = 1;

  friend bool operator==(const PointsPayment&, const PointsPayment&) = default;
};

struct Tier {
  std::string id;
  std::string display_name;
  int64_t threshold_points = 0;

  friend bool operator==(const Tier&, const Tier&) = default;
};

struct Programme {
  std::string display_name = "Points";
  Enrolment enrolment = Enrolment::kFirstOrder;
  PointsPayment payment;
  // By threshold, which grows.
  std::vector<Tier> tiers;
  // ISO 4217; "" until customer-svc has told.
  std::string base_currency;
  int64_t version = 1;
  // Unset until a caller has changed something.
  std::optional<absl::Time> update_time;
};

// INVALID_ARGUMENT with the field at fault.
absl::Status CheckProgramme(const Programme& programme);

// Id of the highest tier that these points reach; "" for none.
std::string TierOf(absl::Span<const Tier> tiers, int64_t qualifying_points);

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_DOMAIN_PROGRAMME_H_
