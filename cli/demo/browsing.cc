#include "cli/demo/browsing.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "cli/demo/catalogue.h"
#include "cli/demo/dice.h"
#include "cli/demo/shop.h"

namespace regulars::demo {
namespace {

// Beside those of shop.cc.
enum Purpose : uint64_t { kVisits = 20, kConsents = 21 };

// Of a thousand.
constexpr int64_t kLookedBefore = 600;
constexpr int64_t kIdleLookers = 250;
constexpr int64_t kUnsubscribed = 80;
constexpr int64_t kSmsToo = 150;
// Lines of a receipt that were looked at before.
constexpr size_t kLinesLookedAt = 2;
constexpr int64_t kMinutesBefore = 5 * 24 * 60;
constexpr int64_t kIdleDays = 60;

// Collects the visits of one customer.
class Visits {
 public:
  Visits(Dice& dice, const Buyer& buyer, absl::Time now) : dice_(dice), buyer_(buyer), now_(now) {}

  void Add(const char* event_name, const std::string& item, absl::Time time) {
    if (time > now_) return;
    visits_.push_back({MessageId(), buyer_.external_id, event_name, item, time});
  }

  std::vector<Visit> Take() { return std::move(visits_); }

 private:
  // It says nothing of who it was.
  std::string MessageId() {
    constexpr int64_t kPart = (int64_t{1} << 32) - 1;
    std::string id;
    for (int i = 0; i < 4; ++i) absl::StrAppendFormat(&id, "%08x", dice_.Below(kPart));
    return id;
  }

  Dice& dice_;
  const Buyer& buyer_;
  const absl::Time now_;
  std::vector<Visit> visits_;
};

void LookBeforeBuying(Dice& dice, const Receipt& receipt, Visits& visits) {
  const size_t lines = std::min(receipt.lines.size(), kLinesLookedAt);
  for (size_t i = 0; i < lines; ++i) {
    const Line& line = receipt.lines[i];
    if (line.is_charge || line.returns) continue;
    for (int64_t looks = 1 + dice.Below(2); looks > 0; --looks) {
      visits.Add("product_viewed", line.item,
                 receipt.time - absl::Minutes(10 + dice.Below(kMinutesBefore)));
    }
    visits.Add("product_added", line.item, receipt.time - absl::Minutes(1 + dice.Below(8)));
  }
}

}  // namespace

std::vector<Visit> MakeVisits(uint64_t seed, int64_t index, const Buyer& buyer,
                              const std::vector<Receipt>& receipts, absl::Time now) {
  Dice dice(seed, kVisits, static_cast<uint64_t>(index));
  Visits visits(dice, buyer, now);
  for (const Receipt& receipt : receipts) {
    const bool is_theirs = receipt.buyer == buyer.external_id && receipt.store.empty();
    if (is_theirs && dice.Chance(kLookedBefore)) LookBeforeBuying(dice, receipt, visits);
  }
  if (dice.Chance(kIdleLookers)) {
    for (int64_t looks = 1 + dice.Below(4); looks > 0; --looks) {
      const absl::Time time = now - absl::Minutes(dice.Below(kIdleDays * 24 * 60));
      visits.Add("product_viewed", PickItem(dice, PickCategory(dice, 4)).code, time);
    }
  }
  return visits.Take();
}

std::vector<ConsentWord> MakeConsents(uint64_t seed, int64_t index, const Buyer& buyer,
                                      absl::Time now) {
  std::vector<ConsentWord> words;
  const bool reads =
      std::find(buyer.tags.begin(), buyer.tags.end(), "newsletter") != buyer.tags.end();
  if (!reads) return words;
  Dice dice(seed, kConsents, static_cast<uint64_t>(index));
  const absl::Time begin = now - absl::Hours(24 * (100 + dice.Below(600)));
  words.push_back({buyer.external_id, "email", "newsletter", true, begin});
  if (!buyer.phone.empty() && dice.Chance(kSmsToo)) {
    words.push_back({buyer.external_id, "sms", "", true, begin});
  }
  if (dice.Chance(kUnsubscribed)) {
    words.push_back({buyer.external_id, "email", "newsletter", false,
                     begin + absl::Hours(24 * (1 + dice.Below(99)))});
  }
  return words;
}

}  // namespace regulars::demo
