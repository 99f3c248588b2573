#include "customer-svc/domain/customer_record.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/check.h"
#include "chassis/base/money.h"
#include "customer-svc/domain/company_day.h"
#include "customer-svc/domain/search_words.h"
#include "customer-svc/domain/settings.h"

namespace regulars::customer {
namespace {

using filter::Value;

Value Text(const std::string& text) { return text.empty() ? Value() : Value(text); }

// A number written in a birthday: "1985-06-30" or "--06-30".
Value BirthdayPart(const std::string& birthday, size_t from_end, size_t digits) {
  if (birthday.size() < from_end) return Value();
  int64_t number = 0;
  const absl::string_view part(birthday.data() + birthday.size() - from_end, digits);
  return absl::SimpleAtoi(part, &number) ? Value(number) : Value();
}

Value Time(const std::optional<absl::Time>& time) { return time ? Value(*time) : Value(); }

// A figure over a window; nullopt for fields that are none.
std::optional<int64_t> Figure(CustomerField field, const PurchaseFigures& figures) {
  switch (field) {
    case kOrderCount:
      return figures.order_count;
    case kOrderDays:
      return figures.order_count > 0 ? 1 : 0;  // Of one day.
    case kReturnCount:
      return figures.return_count;
    case kSalesAmount:
      return figures.sales_micros;
    case kReturnedAmount:
      return figures.returned_micros;
    case kRevenue:
      return figures.revenue_micros();
    case kUnitsSold:
      return figures.units_sold_micros;
    case kUnitsReturned:
      return figures.units_returned_micros;
    default:
      return std::nullopt;
  }
}

// Adds up what moves into and out of a window of whole days.
class DayCount {
 public:
  // `window` must outlive it.
  explicit DayCount(const filter::Window& window)
      : window_(window),
        today_(ToDayNumber(Today(window.now, window.zone))),
        length_(WindowDays(window.length)) {}

  // Days are added in ascending order.
  void Add(int64_t day, int64_t figure) {
    if (figure == 0 || day <= today_ - length_) return;
    const int64_t moves = day > today_ ? day : day + length_;
    change_ = std::min(change_.value_or(moves), moves);
    if (day <= today_) total_ += figure;
  }

  filter::WindowValue Value() const {
    filter::WindowValue value{.value = NearestInt64(total_)};
    if (change_) value.next_change = DayStart(FromDayNumber(*change_), window_.zone);
    return value;
  }

 private:
  const filter::Window& window_;
  const int64_t today_;
  const int64_t length_;
  // Days that come to more than 64 bits hold may have others that outweigh them.
  __int128 total_ = 0;
  // The first day on which something comes in or has gone out.
  std::optional<int64_t> change_;
};

void AddWindow(const filter::BoundField& field, FactNeeds& needs) {
  const bool of_events = GroupOf(field.ref.handle) == kBehaviourFacts;
  int64_t& days = of_events ? needs.event_days[field.ref.key] : needs.window_days;
  days = std::max(days, WindowDays(*field.window));
}

void AddNeeds(const filter::Node& node, FactNeeds& needs) {
  if (node.condition) {
    const filter::BoundField& field = node.condition->field;
    needs.groups |= GroupOf(field.ref.handle);
    if (field.window) AddWindow(field, needs);
  }
  for (const filter::Node& child : node.children) AddNeeds(child, needs);
}

}  // namespace

FactGroups GroupOf(int64_t handle) {
  if (handle >= kEngagementSends) return kEngagementFacts;
  if (handle >= kLoyaltyMember) return kLoyaltyFacts;
  if (handle >= kEventCount) return kBehaviourFacts;
  if (handle >= kRfmRecency) return kScoreFacts;
  if (handle >= kFirstOrderTime) return kPurchaseFacts;
  if (handle >= kAddressCountries) return kProfileFacts;
  if (handle == kAttributes) return kAttributeFacts;
  if (handle == kTags) return kTagFacts;
  if (handle >= kEmails) return kIdentifierFacts;
  return kProfileFacts;
}

FactNeeds& FactNeeds::operator|=(const FactNeeds& other) {
  groups |= other.groups;
  window_days = std::max(window_days, other.window_days);
  for (const auto& [name, days] : other.event_days) {
    event_days[name] = std::max(event_days[name], days);
  }
  return *this;
}

FactNeeds NeedsOf(const filter::Expression& expression) {
  FactNeeds needs;
  AddNeeds(expression.root(), needs);
  return needs;
}

int64_t WindowDays(absl::Duration length) { return length / absl::Hours(24); }

Value CustomerRecord::Get(const filter::FieldRef& field) const {
  const Customer& customer = facts_.customer;
  const auto handle = static_cast<CustomerField>(field.handle);
  switch (handle) {
    case kDisplayName:
      return Text(DisplayName(customer));
    case kGivenName:
      return Text(customer.given_name);
    case kFamilyName:
      return Text(customer.family_name);
    case kCompany:
      return Text(customer.company);
    case kKind:
      return static_cast<int64_t>(customer.kind);
    case kLanguage:
      return Text(customer.language);
    case kCountry:
      return Text(customer.country);
    case kTimeZone:
      return Text(customer.time_zone);
    case kHomeStore:
      return Text(customer.home_store);
    case kBirthday:
      return Text(customer.birthday);
    case kBirthdayYear:
      return BirthdayPart(customer.birthday, 10, 4);
    case kBirthdayMonth:
      return BirthdayPart(customer.birthday, 5, 2);
    case kBirthdayDay:
      return BirthdayPart(customer.birthday, 2, 2);
    case kCreateTime:
      return customer.create_time;
    case kUpdateTime:
      return customer.update_time;
    case kAttributes:
      return GetAttribute(field.key);
    default:
      break;
  }
  switch (GroupOf(handle)) {
    case kEngagementFacts:
      return GetEngagement(handle);
    case kLoyaltyFacts:
      return GetLoyalty(handle);
    case kScoreFacts:
      return GetScore(handle);
    default:
      return GetPurchase(handle);
  }
}

Value CustomerRecord::GetPurchase(CustomerField field) const {
  const PurchaseSummary& purchases = facts_.purchases;
  switch (field) {
    case kFirstOrderTime:
      return Time(purchases.first_order_time);
    case kLastOrderTime:
      return Time(purchases.last_order_time);
    case kOrderDays:
      return purchases.order_days;
    case kAverageOrderAmount: {
      const PurchaseFigures& figures = purchases.figures;
      if (figures.order_count == 0) return Value();
      const auto average = MultiplyDivide(figures.sales_micros, 1, figures.order_count);
      return average ? Value(*average) : Value();
    }
    default: {
      const std::optional<int64_t> figure = Figure(field, purchases.figures);
      CHECK(figure.has_value());  // Every other field of purchases is a figure.
      return *figure;
    }
  }
}

int64_t ScoreField(const ScoreFacts& score, int64_t field) {
  switch (field) {
    case kRfmRecency:
      return score.scores.recency;
    case kRfmFrequency:
      return score.scores.frequency;
    case kRfmMonetary:
      return score.scores.monetary;
    case kRfmRecencyDays:
      return score.figures.recency_days;
    case kRfmOrderDays:
      return score.figures.order_days;
    default:
      CHECK(field == kRfmRevenue);  // The only other score.
      return score.figures.revenue_micros;
  }
}

Value CustomerRecord::GetScore(CustomerField field) const {
  return facts_.score ? Value(ScoreField(*facts_.score, field)) : Value();
}

Value CustomerRecord::GetLoyalty(CustomerField field) const {
  if (!facts_.loyalty) return Value();
  const LoyaltyFacts& loyalty = *facts_.loyalty;
  if (field == kLoyaltyMember) return Text(loyalty.member);
  return field == kLoyaltyTier ? Text(loyalty.tier) : Value(loyalty.balance);
}

Value CustomerRecord::GetEngagement(CustomerField field) const {
  const EngagementFacts& engagement = facts_.engagement;
  switch (field) {
    case kEngagementSends:
      return engagement.sends;
    case kEngagementOpens:
      return engagement.opens;
    case kEngagementClicks:
      return engagement.clicks;
    case kEngagementBounces:
      return engagement.bounces;
    case kEngagementLastSendTime:
      return Time(engagement.last_send_time);
    case kEngagementLastOpenTime:
      return Time(engagement.last_open_time);
    default:
      CHECK(field == kEngagementLastClickTime);  // The only other one.
      return Time(engagement.last_click_time);
  }
}

Value CustomerRecord::GetAttribute(const std::string& id) const {
  const auto found = facts_.customer.attributes.find(id);
  if (found == facts_.customer.attributes.end()) return Value();
  const AttributeValue& value = found->second;
  switch (value.type) {
    case AttributeType::kBool:
      return value.integer != 0;
    case AttributeType::kInteger:
    case AttributeType::kDecimal:
      return value.integer;
    case AttributeType::kTime:
      return absl::FromUnixMicros(value.integer);
    case AttributeType::kText:
    case AttributeType::kEnum:
      return value.text;
    case AttributeType::kUnspecified:
      break;
  }
  return Value();
}

std::vector<std::string> CustomerRecord::GetList(const filter::FieldRef& field) const {
  const Customer& customer = facts_.customer;
  std::vector<std::string> list;
  const auto add_of_addresses = [&](std::string PostalAddress::*part) {
    for (const PostalAddress& address : customer.addresses) {
      if (!(address.*part).empty()) list.push_back(address.*part);
    }
  };
  switch (static_cast<CustomerField>(field.handle)) {
    case kEmails:
      for (const Email& email : customer.emails) list.push_back(email.folded);
      break;
    case kPhones:
      for (const Phone& phone : customer.phones) list.push_back(phone.number);
      break;
    case kExternalIds:
      for (const ExternalId& id : customer.external_ids) {
        list.push_back(absl::StrCat(id.system, ":", id.id));
      }
      break;
    case kTags:
      return customer.tags;
    case kAddressCountries:
      add_of_addresses(&PostalAddress::country);
      break;
    case kAddressRegions:
      add_of_addresses(&PostalAddress::region);
      break;
    case kAddressLocalities:
      add_of_addresses(&PostalAddress::locality);
      break;
    case kAddressPostalCodes:
      add_of_addresses(&PostalAddress::postal_code);
      break;
    default:
      CHECK(false);  // There is no other list.
  }
  return list;
}

filter::WindowValue CustomerRecord::GetOver(const filter::FieldRef& field,
                                            const filter::Window& window) const {
  DayCount count(window);
  const auto handle = static_cast<CustomerField>(field.handle);
  if (GroupOf(handle) == kBehaviourFacts) {
    const auto days = facts_.events.find(field.key);
    if (days == facts_.events.end()) return count.Value();
    for (const EventDay& day : days->second) {
      count.Add(day.day, handle == kEventDays ? int64_t{day.count > 0} : day.count);
    }
    return count.Value();
  }
  for (const PurchaseDay& day : facts_.days) {
    const auto figure = Figure(handle, day.figures);
    CHECK(figure.has_value());  // Windows are declared for figures only.
    count.Add(day.day, *figure);
  }
  return count.Value();
}

}  // namespace regulars::customer
