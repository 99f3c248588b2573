#include "recommend-svc/domain/reason.h"

#include "absl/strings/str_cat.h"

namespace regulars::recommend {

std::string BoughtTogetherText(Cause cause, absl::string_view item) {
  switch (cause) {
    case Cause::kAsked:
      return absl::StrCat("Often bought together with ", item, ".");
    case Cause::kBought:
      return absl::StrCat("Often bought together with ", item, ", which was bought before.");
    case Cause::kViewed:
      return absl::StrCat("Often bought together with ", item, ", which was looked at.");
  }
  return "";
}

std::string BestSellerText(int64_t orders, int64_t days, absl::CivilDay last_day,
                           absl::CivilDay today) {
  const std::string text =
      absl::StrCat("Among the best sellers: ", orders, orders == 1 ? " order" : " orders",
                   " within ", days, days == 1 ? " day" : " days");
  if (today - last_day <= kRecentDays) return absl::StrCat(text, ".");
  return absl::StrCat(text, ", up to ", absl::FormatCivilTime(last_day), ".");
}

}  // namespace regulars::recommend
