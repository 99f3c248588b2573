#include "customer-svc/rpc/personal_data.h"

#include <google/protobuf/struct.pb.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/timestamps.h"
#include "customer-svc/domain/settings.h"
#include "customer-svc/rpc/consent_messages.h"
#include "customer-svc/rpc/customer_messages.h"
#include "customer-svc/rpc/order_messages.h"
#include "customer-svc/rpc/timeline.h"
#include "customer-svc/store/behaviour.h"
#include "customer-svc/store/consents.h"
#include "customer-svc/store/customers.h"
#include "customer-svc/store/followed.h"
#include "customer-svc/store/orders.h"
#include "customer-svc/store/segment_sets.h"
#include "customer-svc/store/segments.h"
#include "customer-svc/store/settings.h"
#include "regulars/customer/v1/behaviour.pb.h"
#include "regulars/customer/v1/segment_service.pb.h"

namespace regulars::customer {
namespace {

// Rows that are read at once.
constexpr int64_t kPage = 200;

absl::Status TellOrders(Snapshot& db, const CompanySettings& settings, int64_t customer,
                        PersonalData& data) {
  absl::Time before = absl::InfiniteFuture();
  int64_t before_key = INT64_MAX;
  while (true) {
    ABSL_ASSIGN_OR_RETURN(const auto heads,
                          orders::LatestOf(db, customer, before, before_key, kPage));
    if (heads.empty()) return absl::OkStatus();
    before = heads.back().order_time;
    before_key = heads.back().key;
    for (const orders::OrderHead& head : heads) {
      ABSL_ASSIGN_OR_RETURN(const auto stored, orders::FindByKey(db, head.key));
      if (!stored) continue;
      v1::Order message;
      ABSL_RETURN_IF_ERROR(WriteOrder(db, settings, *stored, message));
      ABSL_RETURN_IF_ERROR(data.Add("Orders", message));
    }
  }
}

absl::Status TellSegments(Snapshot& db, const Customer& customer, PersonalData& data) {
  ABSL_ASSIGN_OR_RETURN(const auto memberships, segment_sets::MembershipsOf(db, customer.id));
  for (const segment_sets::Membership& membership : memberships) {
    ABSL_ASSIGN_OR_RETURN(const auto set, segment_sets::Find(db, membership.set));
    if (!set || set->role != SetRole::kLive) continue;
    ABSL_ASSIGN_OR_RETURN(const auto segment, segments::FindByKey(db, set->segment_key));
    if (!segment) continue;
    v1::Segment message;
    message.set_name(rpc::Name("segments", segment->id));
    message.set_display_name(segment->display_name);
    ABSL_RETURN_IF_ERROR(data.Add("Segments", message));
  }
  return absl::OkStatus();
}

v1::BehaviourEvent ToMessage(const BehaviourEvent& event) {
  v1::BehaviourEvent message;
  message.set_source(event.source);
  message.set_event_name(event.event_name);
  *message.mutable_event_time() = rpc::ToTimestamp(event.event_time);
  message.set_item(event.item);
  message.set_quantity_micros(event.quantity_micros);
  if (!event.value_currency.empty()) {
    message.mutable_value()->set_currency_code(event.value_currency);
    message.mutable_value()->set_micros(event.value_micros);
  }
  message.set_store(event.store);
  return message;
}

absl::Status TellBehaviour(Snapshot& db, int64_t customer, PersonalData& data) {
  absl::Time before = absl::InfiniteFuture();
  int64_t before_key = INT64_MAX;
  while (true) {
    ABSL_ASSIGN_OR_RETURN(const auto events,
                          behaviour::List(db, customer, before, before_key, kPage));
    if (events.empty()) return absl::OkStatus();
    for (const behaviour::StoredEvent& stored : events) {
      ABSL_RETURN_IF_ERROR(data.Add("Behaviour", ToMessage(stored.event)));
    }
    before = events.back().event.event_time;
    before_key = events.back().key;
  }
}

// A row of a section that no message of the interface stands for.
class Row {
 public:
  void Add(const std::string& name, const std::string& text) {
    if (!text.empty()) (*row_.mutable_fields())[name].set_string_value(text);
  }
  void Add(const std::string& name, int64_t number) { Add(name, absl::StrCat(number)); }
  void Add(const std::string& name, const std::optional<absl::Time>& time) {
    if (time) Add(name, absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", *time, absl::UTCTimeZone()));
  }
  const google::protobuf::Struct& get() const { return row_; }

 private:
  google::protobuf::Struct row_;
};

// What other services told, as it stands.
absl::Status TellFollowed(Snapshot& db, int64_t customer, PersonalData& data) {
  ABSL_ASSIGN_OR_RETURN(const auto loyalty, followed::LoadLoyalty(db, customer));
  if (loyalty) {
    Row row;
    row.Add("member", loyalty->member);
    row.Add("tier", loyalty->tier);
    row.Add("balance", loyalty->balance);
    ABSL_RETURN_IF_ERROR(data.Add("Loyalty", row.get()));
  }
  ABSL_ASSIGN_OR_RETURN(const EngagementFacts engagement, followed::LoadEngagement(db, customer));
  if (engagement == EngagementFacts()) return absl::OkStatus();
  Row row;
  row.Add("sends", engagement.sends);
  row.Add("opens", engagement.opens);
  row.Add("clicks", engagement.clicks);
  row.Add("bounces", engagement.bounces);
  row.Add("lastSendTime", engagement.last_send_time);
  row.Add("lastOpenTime", engagement.last_open_time);
  row.Add("lastClickTime", engagement.last_click_time);
  return data.Add("Engagement", row.get());
}

// What stands in no other table.
absl::Status TellTimeline(Snapshot& db, const Customer& customer, PersonalData& data) {
  TimelineQuery query{.customer = customer.key,
                      .kinds = {v1::TimelineEvent::KIND_SEGMENT, v1::TimelineEvent::KIND_POINTS,
                                v1::TimelineEvent::KIND_TIER, v1::TimelineEvent::KIND_MESSAGE},
                      .limit = kPage};
  while (true) {
    ABSL_ASSIGN_OR_RETURN(const TimelinePage page, ReadTimeline(db, query));
    for (const v1::TimelineEvent& event : page.events) {
      ABSL_RETURN_IF_ERROR(data.Add("Timeline", event));
    }
    if (!page.next) return absl::OkStatus();
    query.after = *page.next;
  }
}

}  // namespace

absl::Status TellPersonalData(Snapshot& db, const std::string& name, PersonalData& data) {
  ABSL_ASSIGN_OR_RETURN(
      const auto customer,
      customers::Load(db, absl::StripPrefix(absl::string_view(name), "customers/")));
  if (!customer) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const CompanySettings settings, settings::Load(db));
  ABSL_ASSIGN_OR_RETURN(const v1::Customer message, WriteCustomer(db, settings, *customer));
  ABSL_RETURN_IF_ERROR(data.Add("Customer", message));
  ABSL_RETURN_IF_ERROR(TellOrders(db, settings, customer->key, data));
  ABSL_ASSIGN_OR_RETURN(const auto said, consents::Load(db, customer->key));
  for (const ConsentRecord& word : said) {
    ABSL_RETURN_IF_ERROR(data.Add("Consents", WriteConsent(customer->id, word)));
  }
  ABSL_RETURN_IF_ERROR(TellSegments(db, *customer, data));
  ABSL_RETURN_IF_ERROR(TellBehaviour(db, customer->key, data));
  ABSL_RETURN_IF_ERROR(TellFollowed(db, customer->key, data));
  return TellTimeline(db, *customer, data);
}

}  // namespace regulars::customer
