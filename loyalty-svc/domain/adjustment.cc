#include "loyalty-svc/domain/adjustment.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "chassis/base/errors.h"

namespace regulars::loyalty {
namespace {

bool IsReasonCode(absl::string_view code) {
  if (code.empty() || code.size() > kMaxReasonCodeBytes) return false;
  return absl::ascii_isupper(code[0]) && std::all_of(code.begin(), code.end(), [](char c) {
           return absl::ascii_isupper(c) || absl::ascii_isdigit(c) || c == '_';
         });
}

bool IsReference(absl::string_view reference) {
  constexpr absl::string_view kMarks = "-_.:/#";
  return reference.size() <= kMaxReferenceBytes &&
         std::all_of(reference.begin(), reference.end(), [&](char c) {
           return absl::ascii_isalnum(c) || kMarks.find(c) != absl::string_view::npos;
         });
}

}  // namespace

absl::Status CheckAdjustment(const Adjustment& adjustment) {
  if (adjustment.points == 0 || adjustment.points > kMaxAdjustmentPoints ||
      adjustment.points < -kMaxAdjustmentPoints) {
    return FieldError("points", "INVALID_POINTS", "must be -1000000000 to 1000000000, and not 0");
  }
  if (!IsReasonCode(adjustment.reason_code)) {
    return FieldError("reason_code", "INVALID_REASON_CODE",
                      "must be 1 to 64 of A-Z, 0-9 and '_', from a letter on");
  }
  if (!IsReference(adjustment.reference)) {
    return FieldError("reference", "INVALID_REFERENCE",
                      "must be at most 64 letters, digits and '-_.:/#'");
  }
  return absl::OkStatus();
}

absl::Status CheckAdjustable(const Member& member, const Adjustment& adjustment) {
  if (!member.is_active()) {
    return FailedPrecondition("MEMBER_CLOSED", "the membership has ended");
  }
  const int64_t available = std::max<int64_t>(member.balance.points, 0);
  if (adjustment.points < 0 && -adjustment.points > available &&
      !adjustment.allow_negative_balance) {
    return FailedPrecondition("INSUFFICIENT_POINTS",
                              absl::StrCat("the member has ", member.balance.points, " points"));
  }
  return absl::OkStatus();
}

}  // namespace regulars::loyalty
