// What filters see of a customer: the facts, and the record that answers for them in memory. The
// fields' names, types and SQL stand in store/customer_filter.h.
#ifndef CUSTOMER_SVC_DOMAIN_CUSTOMER_RECORD_H_
#define CUSTOMER_SVC_DOMAIN_CUSTOMER_RECORD_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "chassis/filter/evaluate.h"
#include "chassis/filter/expression.h"
#include "customer-svc/domain/customer.h"
#include "customer-svc/domain/facts.h"
#include "customer-svc/domain/purchases.h"
#include "customer-svc/domain/rfm.h"

namespace regulars::customer {

struct PurchaseDay {
  // Since 1970-01-01, in the company's zone.
  int64_t day = 0;
  PurchaseFigures figures;
};

// Events of one name on one day of the company.
struct EventDay {
  int64_t day = 0;
  int64_t count = 0;
};

// What loyalty-svc has told of a customer.
struct LoyaltyFacts {
  std::string member;  // Its name there.
  std::string tier;    // "" for none.
  int64_t balance = 0;
  friend bool operator==(const LoyaltyFacts&, const LoyaltyFacts&) = default;
};

// What campaign-svc has told of a customer.
struct EngagementFacts {
  int64_t sends = 0;
  int64_t opens = 0;
  int64_t clicks = 0;
  int64_t bounces = 0;
  std::optional<absl::Time> last_send_time;
  std::optional<absl::Time> last_open_time;
  std::optional<absl::Time> last_click_time;
  friend bool operator==(const EngagementFacts&, const EngagementFacts&) = default;
};

struct ScoreFacts {
  RfmScores scores;
  RfmFigures figures;

  friend bool operator==(const ScoreFacts&, const ScoreFacts&) = default;
};

// As much of a customer as was asked for; the rest is as of nobody.
struct CustomerFacts {
  Customer customer;
  PurchaseSummary purchases;
  // Ascending; those of the windows asked for.
  std::vector<PurchaseDay> days;
  std::optional<ScoreFacts> score;
  // By name of the event; each as far back as the windows asked for.
  std::map<std::string, std::vector<EventDay>> events;
  // Unset for who is no member.
  std::optional<LoyaltyFacts> loyalty;
  EngagementFacts engagement;
};

// Handles of the fields that filters have.
enum CustomerField : int64_t {
  kDisplayName = 1,
  kGivenName,
  kFamilyName,
  kCompany,
  kKind,
  kLanguage,
  kCountry,
  kTimeZone,
  kHomeStore,
  kBirthday,
  kBirthdayYear,
  kBirthdayMonth,
  kBirthdayDay,
  kCreateTime,
  kUpdateTime,
  kEmails,
  kPhones,
  kExternalIds,
  kTags,
  kAttributes,
  kAddressCountries,
  kAddressRegions,
  kAddressLocalities,
  kAddressPostalCodes,
  kFirstOrderTime,
  kLastOrderTime,
  kOrderCount,
  kOrderDays,
  kReturnCount,
  kSalesAmount,
  kReturnedAmount,
  kRevenue,
  kAverageOrderAmount,
  kUnitsSold,
  kUnitsReturned,
  kRfmRecency,
  kRfmFrequency,
  kRfmMonetary,
  kRfmRecencyDays,
  kRfmOrderDays,
  kRfmRevenue,
  kEventCount,
  kEventDays,
  kLoyaltyMember,
  kLoyaltyTier,
  kLoyaltyBalance,
  kEngagementSends,
  kEngagementOpens,
  kEngagementClicks,
  kEngagementBounces,
  kEngagementLastSendTime,
  kEngagementLastOpenTime,
  kEngagementLastClickTime,
};

// What a score says in one of the fields kRfmRecency to kRfmRevenue.
int64_t ScoreField(const ScoreFacts& score, int64_t field);

// The facts that a field is read from.
FactGroups GroupOf(int64_t handle);

// What of a customer must be at hand to answer a filter.
struct FactNeeds {
  FactGroups groups = 0;
  // Longest window over orders, in days; 0 if there is none.
  int64_t window_days = 0;
  // Longest window over events, by their name.
  std::map<std::string, int64_t> event_days;

  FactNeeds& operator|=(const FactNeeds& other);
};

FactNeeds NeedsOf(const filter::Expression& expression);

// Days in a window of `orders("…")` or `events("…", "…")`: windows are whole numbers of days.
int64_t WindowDays(absl::Duration length);

class CustomerRecord : public filter::Record {
 public:
  // `facts` must outlive it.
  explicit CustomerRecord(const CustomerFacts& facts) : facts_(facts) {}

  filter::Value Get(const filter::FieldRef& field) const override;
  std::vector<std::string> GetList(const filter::FieldRef& field) const override;
  // The last `n` days of the company, today included.
  filter::WindowValue GetOver(const filter::FieldRef& field,
                              const filter::Window& window) const override;

 private:
  filter::Value GetPurchase(CustomerField field) const;
  filter::Value GetScore(CustomerField field) const;
  filter::Value GetAttribute(const std::string& id) const;
  filter::Value GetLoyalty(CustomerField field) const;
  filter::Value GetEngagement(CustomerField field) const;

  const CustomerFacts& facts_;
};

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_CUSTOMER_RECORD_H_
