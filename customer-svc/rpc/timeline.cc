#include "customer-svc/rpc/timeline.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/page_token.h"
#include "chassis/rpc/timestamps.h"
#include "customer-svc/rpc/order_buyers.h"
#include "customer-svc/store/behaviour.h"
#include "customer-svc/store/consents.h"
#include "customer-svc/store/followed.h"
#include "customer-svc/store/orders.h"
#include "regulars/customer/v1/timeline_service.grpc.pb.h"

namespace regulars::customer {
namespace {

using v1::TimelineEvent;

constexpr rpc::PageRules kPages = {.default_size = 50, .max_size = 500, .parts = 3};

// Rows of one place of keeping that a page looks at, where few of them are shown.
constexpr int64_t kMaxScanned = 2'000;
// A page ends before more lines of orders are read.
constexpr int64_t kMaxLines = 20'000;

// Where things are kept; in this order where times are equal.
enum Source { kOrderSource, kBehaviourSource, kConsentSource, kEntrySource };

struct Found {
  TimelinePlace place;
  // Numbers are compared as such.
  int64_t number = 0;
  TimelineEvent event;
};

bool ComesBefore(const Found& a, const Found& b) {
  if (a.place.time != b.place.time) return a.place.time > b.place.time;
  return std::make_tuple(a.place.source, -a.number) < std::make_tuple(b.place.source, -b.number) ||
         (a.place.source == b.place.source && a.number == b.number && a.place.id > b.place.id);
}

// Gathers up to `limit` things of each kind that lie behind the query's place, and keeps the
// newest. What lies behind a place up to which a kind was only looked at waits for the next page.
class Gathering {
 public:
  Gathering(Snapshot& db, const TimelineQuery& query) : db_(db), query_(query) {
    if (query.after && query.after->source != kEntrySource) {
      if (!absl::SimpleAtoi(query.after->id, &after_number_)) after_number_ = 0;
    }
  }

  absl::StatusOr<TimelinePage> Run() {
    if (Wants(TimelineEvent::KIND_ORDER)) ABSL_RETURN_IF_ERROR(AddOrders());
    if (Wants(TimelineEvent::KIND_BEHAVIOUR)) ABSL_RETURN_IF_ERROR(AddBehaviour());
    if (Wants(TimelineEvent::KIND_CONSENT)) ABSL_RETURN_IF_ERROR(AddConsents());
    if (WantsEntries()) ABSL_RETURN_IF_ERROR(AddEntries());
    std::sort(found_.begin(), found_.end(), ComesBefore);
    if (looked_at_) {
      std::erase_if(found_, [&](const Found& found) { return ComesBefore(*looked_at_, found); });
    }
    TimelinePage page;
    const auto limit = static_cast<size_t>(query_.limit);
    const size_t shown = std::min(found_.size(), limit);
    for (size_t i = 0; i < shown; ++i) page.events.push_back(std::move(found_[i].event));
    if (found_.size() > limit) {
      page.next = found_[shown - 1].place;
    } else if (looked_at_) {
      page.next = looked_at_->place;
    }
    return page;
  }

 private:
  bool Wants(int kind) const { return query_.kinds.empty() || query_.kinds.contains(kind); }

  // Whether anything that is kept as an entry is asked for.
  bool WantsEntries() const {
    return Wants(TimelineEvent::KIND_SEGMENT) || Wants(TimelineEvent::KIND_POINTS) ||
           Wants(TimelineEvent::KIND_TIER) || Wants(TimelineEvent::KIND_MESSAGE);
  }

  // Notes that a source has been read as far as this place, and no further.
  void StopAt(TimelinePlace place, int64_t number) {
    Found stop{.place = std::move(place), .number = number};
    if (!looked_at_ || ComesBefore(stop, *looked_at_)) looked_at_ = std::move(stop);
  }

  // The time and number behind which things of a source are to be read.
  std::pair<absl::Time, int64_t> Behind(Source source) const {
    if (!query_.after) return {absl::InfiniteFuture(), INT64_MAX};
    const absl::Time time = query_.after->time;
    if (source == query_.after->source) return {time, after_number_};
    // At this very time, sources before that of the place have been shown, later ones not yet.
    return source < query_.after->source ? std::make_pair(time, INT64_MIN)
                                         : std::make_pair(time, INT64_MAX);
  }

  TimelineEvent& Add(Source source, absl::Time time, int64_t number, std::string id,
                     TimelineEvent::Kind kind) {
    Found& found = found_.emplace_back();
    found.place = {time, source, std::move(id)};
    found.number = number;
    *found.event.mutable_event_time() = rpc::ToTimestamp(time);
    found.event.set_kind(kind);
    return found.event;
  }

  // Of orders and behaviour; those of other stores are left out.
  int64_t RowsToRead() const {
    return db_.caller().realms.empty() ? query_.limit + 1 : kMaxScanned;
  }

  absl::Status AddOrders() {
    const auto [time, key] = Behind(kOrderSource);
    const int64_t limit = RowsToRead();
    ABSL_ASSIGN_OR_RETURN(const auto heads,
                          orders::LatestOf(db_, query_.customer, time, key, limit));
    int64_t shown = 0;
    int64_t lines = 0;
    const orders::OrderHead* last = nullptr;
    const auto stop = [&] {
      StopAt({last->order_time, kOrderSource, absl::StrCat(last->key)}, last->key);
    };
    for (const orders::OrderHead& head : heads) {
      if (shown > query_.limit) return absl::OkStatus();
      if (auth::MaySee(db_.caller(), head.store)) {
        lines += head.lines;
        if (lines > kMaxLines && shown > 0) {
          stop();
          return absl::OkStatus();
        }
        ABSL_RETURN_IF_ERROR(AddOrder(head.key));
        ++shown;
      }
      last = &head;
    }
    if (shown <= query_.limit && static_cast<int64_t>(heads.size()) == limit) stop();
    return absl::OkStatus();
  }

  absl::Status AddOrder(int64_t key) {
    ABSL_ASSIGN_OR_RETURN(const auto stored, orders::FindByKey(db_, key));
    if (!stored) return absl::OkStatus();
    const Order& order = stored->order;
    auto& entry =
        *Add(kOrderSource, order.order_time, key, absl::StrCat(key), TimelineEvent::KIND_ORDER)
             .mutable_order();
    entry.set_order(rpc::Name("orders", order.id));
    entry.set_source(order.source);
    entry.set_receipt_number(order.receipt_number);
    entry.set_store(order.store);
    entry.mutable_amount()->set_currency_code(order.currency);
    entry.mutable_amount()->set_micros(stored->figures.totals.amount_micros());
    entry.set_cancelled(order.state == OrderState::kCancelled);
    return absl::OkStatus();
  }

  absl::Status AddBehaviour() {
    const auto [time, key] = Behind(kBehaviourSource);
    const int64_t limit = RowsToRead();
    ABSL_ASSIGN_OR_RETURN(const auto events,
                          behaviour::List(db_, query_.customer, time, key, limit));
    int64_t shown = 0;
    for (const behaviour::StoredEvent& stored : events) {
      if (shown > query_.limit) return absl::OkStatus();
      if (!auth::MaySee(db_.caller(), stored.event.store)) continue;
      ++shown;
      auto& entry = *Add(kBehaviourSource, stored.event.event_time, stored.key,
                         absl::StrCat(stored.key), TimelineEvent::KIND_BEHAVIOUR)
                         .mutable_behaviour();
      entry.set_event_name(stored.event.event_name);
      entry.set_item(stored.event.item);
      entry.set_source(stored.event.source);
    }
    if (shown <= query_.limit && static_cast<int64_t>(events.size()) == limit) {
      const behaviour::StoredEvent& last = events.back();
      StopAt({last.event.event_time, kBehaviourSource, absl::StrCat(last.key)}, last.key);
    }
    return absl::OkStatus();
  }

  absl::Status AddConsents() {
    const auto [time, number] = Behind(kConsentSource);
    ABSL_ASSIGN_OR_RETURN(const auto said, consents::Load(db_, query_.customer));
    for (const ConsentRecord& word : said) {
      if (std::tie(word.change_time, word.number) >= std::tie(time, number)) continue;
      auto& entry = *Add(kConsentSource, word.change_time, word.number, absl::StrCat(word.number),
                         TimelineEvent::KIND_CONSENT)
                         .mutable_consent();
      entry.set_channel(word.channel);
      entry.set_topic(word.topic);
      entry.set_state(static_cast<v1::Consent::State>(word.state));
      entry.set_source(word.source);
    }
    return absl::OkStatus();
  }

  absl::Status AddEntries() {
    const bool same = query_.after && query_.after->source == kEntrySource;
    absl::Time time = query_.after ? query_.after->time : absl::InfiniteFuture();
    // References are ASCII: this one is behind all.
    std::string reference = same ? query_.after->id : "\x7f";
    const size_t wanted = found_.size() + static_cast<size_t>(query_.limit) + 1;
    for (int64_t scanned = 0; found_.size() < wanted;) {
      if (scanned >= kMaxScanned) {
        StopAt({time, kEntrySource, reference}, 0);
        break;
      }
      ABSL_ASSIGN_OR_RETURN(const auto entries, followed::ListEntries(db_, query_.customer, time,
                                                                      reference, query_.limit + 1));
      for (const followed::TimelineEntry& stored : entries) {
        if (Wants(static_cast<int>(stored.kind))) ABSL_RETURN_IF_ERROR(AddEntry(stored));
      }
      if (static_cast<int64_t>(entries.size()) <= query_.limit) break;
      scanned += static_cast<int64_t>(entries.size());
      time = entries.back().event_time;
      reference = entries.back().reference;
    }
    return absl::OkStatus();
  }

  absl::Status AddEntry(const followed::TimelineEntry& stored) {
    Found found;
    if (!found.event.ParseFromString(stored.entry)) {
      return Error(absl::StatusCode::kDataLoss, "an entry of the timeline is damaged",
                   {.reason = "STORE_CORRUPT"});
    }
    found.place = {stored.event_time, kEntrySource, stored.reference};
    ABSL_RETURN_IF_ERROR(HideOrder(found.event));
    found_.push_back(std::move(found));
    return absl::OkStatus();
  }

  // Points are the customer's; the order that they are for may be none of the caller's stores'.
  absl::Status HideOrder(TimelineEvent& event) {
    if (db_.caller().realms.empty() || event.points().order().empty()) return absl::OkStatus();
    ABSL_ASSIGN_OR_RETURN(const std::string id,
                          rpc::ParseName("orders", event.points().order(), "order"));
    ABSL_ASSIGN_OR_RETURN(const auto stored, orders::FindById(db_, id));
    if (stored && auth::MaySee(db_.caller(), stored->order.store)) return absl::OkStatus();
    event.mutable_points()->clear_order();
    return absl::OkStatus();
  }

  Snapshot& db_;
  const TimelineQuery& query_;
  int64_t after_number_ = 0;
  std::vector<Found> found_;
  // The first of the places that were looked up to.
  std::optional<Found> looked_at_;
};

absl::StatusOr<followed::TimelineEntry> ToEntry(absl::string_view reference,
                                                const TimelineEvent& event) {
  ABSL_ASSIGN_OR_RETURN(const absl::Time time,
                        rpc::FromTimestamp(event.event_time(), "event_time"));
  return followed::TimelineEntry{.event_time = time,
                                 .reference = std::string(reference),
                                 .kind = event.kind(),
                                 .entry = event.SerializeAsString()};
}

absl::StatusOr<std::optional<TimelinePlace>> ReadPlace(const rpc::Page& page) {
  if (page.after.empty()) return std::nullopt;
  TimelinePlace place;
  int64_t micros = 0;
  if (!absl::SimpleAtoi(page.after[0], &micros) ||
      !absl::SimpleAtoi(page.after[1], &place.source)) {
    return rpc::InvalidPageToken();
  }
  place.time = absl::FromUnixMicros(micros);
  place.id = page.after[2];
  return place;
}

absl::StatusOr<v1::ListTimelineEventsResponse> ListTimelineEvents(
    Snapshot& db, const v1::ListTimelineEventsRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const customers::CustomerRef customer,
                        FindVisible(db, request.customer(), "customer"));
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now(), kPages));
  TimelineQuery query{.customer = customer.key, .limit = page.size};
  for (const int kind : request.kinds()) {
    if (kind == TimelineEvent::KIND_UNSPECIFIED || !TimelineEvent::Kind_IsValid(kind)) {
      return FieldError("kinds", "INVALID_KIND", "holds what is no kind");
    }
    query.kinds.insert(kind);
  }
  ABSL_ASSIGN_OR_RETURN(query.after, ReadPlace(page));
  ABSL_ASSIGN_OR_RETURN(TimelinePage found, ReadTimeline(db, query));
  v1::ListTimelineEventsResponse reply;
  for (TimelineEvent& event : found.events) *reply.add_events() = std::move(event);
  if (found.next) {
    reply.set_next_page_token(
        rpc::NextPageToken(request, db.now(),
                           {absl::StrCat(absl::ToUnixMicros(found.next->time)),
                            absl::StrCat(found.next->source), found.next->id}));
  }
  return reply;
}

}  // namespace

absl::StatusOr<TimelinePage> ReadTimeline(Snapshot& db, const TimelineQuery& query) {
  return Gathering(db, query).Run();
}

absl::StatusOr<bool> RememberInTimeline(Transaction& tx, int64_t customer_key,
                                        absl::string_view reference, const TimelineEvent& event) {
  ABSL_ASSIGN_OR_RETURN(const auto entry, ToEntry(reference, event));
  return followed::AddEntry(tx, customer_key, entry);
}

absl::Status CorrectTimeline(Transaction& tx, int64_t customer_key, absl::string_view reference,
                             const TimelineEvent& event) {
  ABSL_ASSIGN_OR_RETURN(const auto entry, ToEntry(reference, event));
  return followed::PutEntry(tx, customer_key, entry);
}

std::unique_ptr<rpc::Service> RegisterTimeline(const rpc::Environment& environment) {
  auto service =
      std::make_unique<rpc::Service>(environment, v1::TimelineService::service_full_name());
  service->Read("ListTimelineEvents", ListTimelineEvents);
  service->Finish();
  return service;
}

}  // namespace regulars::customer
