#include "customer-svc/rpc/personal_data.h"

#include <optional>
#include <vector>

#include "absl/strings/strip.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/timestamps.h"
#include "customer-svc/domain/settings.h"
#include "customer-svc/rpc/consent_messages.h"
#include "customer-svc/rpc/customer_messages.h"
#include "customer-svc/rpc/order_messages.h"
#include "customer-svc/rpc/timeline.h"
#include "customer-svc/store/consents.h"
#include "customer-svc/store/customers.h"
#include "customer-svc/store/orders.h"
#include "customer-svc/store/segment_sets.h"
#include "customer-svc/store/segments.h"
#include "customer-svc/store/settings.h"
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

// Behaviour, and what other services told.
absl::Status TellTimeline(Snapshot& db, const Customer& customer, PersonalData& data) {
  TimelineQuery query{.customer = customer.key,
                      .kinds = {v1::TimelineEvent::KIND_BEHAVIOUR, v1::TimelineEvent::KIND_SEGMENT,
                                v1::TimelineEvent::KIND_POINTS, v1::TimelineEvent::KIND_TIER,
                                v1::TimelineEvent::KIND_MESSAGE},
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
  return TellTimeline(db, *customer, data);
}

}  // namespace regulars::customer
