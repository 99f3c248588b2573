#include "loyalty-svc/domain/programme.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"

namespace regulars::loyalty {
namespace {

constexpr size_t kMaxTierIdCharacters = 63;

absl::Status CheckDisplayName(absl::string_view field, absl::string_view name) {
  if (!IsValidUtf8(name) || HasControls(name)) {
    return FieldError(field, "INVALID_TEXT", "must be text without control characters");
  }
  if (CodePointCount(name) > kMaxDisplayNameCharacters) {
    return FieldError(field, "TEXT_TOO_LONG", "must have at most 100 characters");
  }
  return absl::OkStatus();
}

absl::Status CheckRange(absl::string_view field, absl::string_view reason, int64_t value,
                        int64_t least, int64_t most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return FieldError(field, reason, absl::StrCat("must be from ", least, " to ", most));
}

absl::Status CheckPayment(const PointsPayment& payment) {
  ABSL_RETURN_IF_ERROR(CheckRange("payment.point_value_micros", "INVALID_POINT_VALUE",
                                  payment.point_value_micros, 1, kMaxPointValueMicros));
  ABSL_RETURN_IF_ERROR(CheckRange("payment.max_basket_percent", "INVALID_PERCENT",
                                  payment.max_basket_percent, 1, 100));
  ABSL_RETURN_IF_ERROR(
      CheckRange("payment.min_points", "INVALID_POINTS", payment.min_points, 1, kMaxPaymentPoints));
  return CheckRange("payment.step_points", "INVALID_POINTS", payment.step_points, 1,
                    kMaxPaymentPoints);
}

// [a-z]([a-z0-9-]{0,61}[a-z0-9])?
bool IsTierId(absl::string_view id) {
  if (id.empty() || id.size() > kMaxTierIdCharacters) return false;
  if (!absl::ascii_islower(id.front()) || id.back() == '-') return false;
  return std::all_of(id.begin(), id.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
  });
}

absl::Status CheckTiers(absl::Span<const Tier> tiers) {
  if (tiers.size() > kMaxTiers) {
    return FieldError("tiers", "TOO_MANY_TIERS", "must be at most 20");
  }
  std::set<absl::string_view> ids;
  for (size_t i = 0; i < tiers.size(); ++i) {
    const Tier& tier = tiers[i];
    const std::string field = absl::StrCat("tiers[", i, "].");
    if (!IsTierId(tier.id)) {
      return FieldError(field + "tier_id", "INVALID_TIER_ID",
                        "must be 1 to 63 of a-z, 0-9 and '-', from a letter on");
    }
    if (!ids.insert(tier.id).second) {
      return FieldError(field + "tier_id", "DUPLICATE_TIER", "is that of another tier");
    }
    ABSL_RETURN_IF_ERROR(CheckDisplayName(field + "display_name", tier.display_name));
    ABSL_RETURN_IF_ERROR(CheckRange(field + "threshold_points", "INVALID_POINTS",
                                    tier.threshold_points, 0, kMaxThresholdPoints));
    if (i > 0 && tier.threshold_points <= tiers[i - 1].threshold_points) {
      return FieldError(field + "threshold_points", "TIERS_NOT_ASCENDING",
                        "must be higher than that of the tier before");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckProgramme(const Programme& programme) {
  ABSL_RETURN_IF_ERROR(CheckDisplayName("display_name", programme.display_name));
  ABSL_RETURN_IF_ERROR(CheckPayment(programme.payment));
  return CheckTiers(programme.tiers);
}

std::string TierOf(absl::Span<const Tier> tiers, int64_t qualifying_points) {
  std::string reached;
  for (const Tier& tier : tiers) {
    if (qualifying_points >= tier.threshold_points) reached = tier.id;
  }
  return reached;
}

}  // namespace regulars::loyalty
