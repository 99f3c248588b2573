#include "customer-svc/rpc/ingest_events.h"

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/status_proto.h"
#include "chassis/rpc/timestamps.h"
#include "customer-svc/domain/behaviour.h"
#include "customer-svc/domain/settings.h"
#include "customer-svc/rpc/customer_changes.h"
#include "customer-svc/rpc/events.h"
#include "customer-svc/rpc/memberships.h"
#include "customer-svc/rpc/order_buyers.h"
#include "customer-svc/store/behaviour.h"
#include "customer-svc/store/settings.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::customer {
namespace {

constexpr int kMaxItems = 1000;

// What the events of one request have in common.
struct Batch {
  CompanySettings settings;
  std::optional<absl::Time> sent_time;
  // Keys of the customers who did something new.
  std::set<int64_t> moved;
};

absl::StatusOr<BehaviourEvent> ReadEvent(const v1::BehaviourEvent& message, const Batch& batch,
                                         absl::Time now) {
  BehaviourEvent event{.source = message.source(),
                       .message_id = message.message_id(),
                       .event_name = message.event_name(),
                       .item = message.item(),
                       .quantity_micros = message.quantity_micros(),
                       .value_micros = message.value().micros(),
                       .value_currency = message.value().currency_code(),
                       .store = message.store()};
  ABSL_RETURN_IF_ERROR(CheckBehaviour(event));
  std::optional<absl::Time> event_time;
  if (message.has_event_time()) {
    ABSL_ASSIGN_OR_RETURN(event_time, rpc::FromTimestamp(message.event_time(), "event_time"));
  }
  ABSL_ASSIGN_OR_RETURN(event.event_time, CorrectedTime(event_time, batch.sent_time, now));
  return event;
}

absl::Status CheckStore(const Snapshot& db, const std::string& store) {
  if (auth::MaySee(db.caller(), store)) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied,
               "you are limited to stores: the event must be of one of them",
               {.reason = "STORE_NOT_ALLOWED",
                .violations = {{"store", "is none of the stores that you are limited to"}}});
}

void Publish(Transaction& tx, const std::string& customer_id, const BehaviourEvent& event) {
  v1::BehaviourRecorded recorded;
  recorded.set_customer(rpc::Name("customers", customer_id));
  recorded.set_source(event.source);
  recorded.set_message_id(event.message_id);
  recorded.set_event_name(event.event_name);
  *recorded.mutable_event_time() = rpc::ToTimestamp(event.event_time);
  recorded.set_item(event.item);
  recorded.set_quantity_micros(event.quantity_micros);
  if (!event.value_currency.empty()) {
    recorded.mutable_value()->set_currency_code(event.value_currency);
    recorded.mutable_value()->set_micros(event.value_micros);
  }
  recorded.set_store(event.store);
  tx.Publish(PackEvent(recorded.customer(), event.store, recorded));
}

// Refuses before it writes anything, so that the batch can go on.
absl::StatusOr<v1::IngestResult::Outcome> Ingest(Transaction& tx, Batch& batch,
                                                 const v1::BehaviourEvent& message) {
  ABSL_ASSIGN_OR_RETURN(const BehaviourEvent event, ReadEvent(message, batch, tx.now()));
  ABSL_RETURN_IF_ERROR(CheckStore(tx, event.store));
  const v1::CustomerIdentifier* identifier =
      message.has_customer_identifier() ? &message.customer_identifier() : nullptr;
  ABSL_ASSIGN_OR_RETURN(const customers::CustomerRef customer,
                        FindMeant(tx, message.customer(), identifier));
  ABSL_ASSIGN_OR_RETURN(const bool known, behaviour::IsKnown(tx, event));
  if (known) return v1::IngestResult::OUTCOME_DUPLICATE;
  ABSL_ASSIGN_OR_RETURN(const int64_t name, behaviour::KeyOfName(tx, event.event_name));
  ABSL_ASSIGN_OR_RETURN(const int64_t visitor, behaviour::VisitorOf(tx, customer.key));
  ABSL_RETURN_IF_ERROR(behaviour::Insert(tx, visitor, name, event,
                                         ToDayNumber(batch.settings.DayOf(event.event_time))));
  Publish(tx, customer.id, event);
  batch.moved.insert(customer.key);
  return v1::IngestResult::OUTCOME_RECORDED;
}

}  // namespace

absl::StatusOr<v1::IngestEventsResponse> IngestEvents(Transaction& tx,
                                                      const v1::IngestEventsRequest& request) {
  if (request.events().empty() || request.events_size() > kMaxItems) {
    return FieldError("events", "INVALID_BATCH_SIZE", "must be 1 to 1000 events");
  }
  Batch batch;
  ABSL_ASSIGN_OR_RETURN(batch.settings, settings::Load(tx));
  if (request.has_sent_time()) {
    ABSL_ASSIGN_OR_RETURN(batch.sent_time, rpc::FromTimestamp(request.sent_time(), "sent_time"));
  }
  v1::IngestEventsResponse reply;
  for (int i = 0; i < request.events_size(); ++i) {
    const absl::StatusOr<v1::IngestResult::Outcome> outcome = Ingest(tx, batch, request.events(i));
    v1::IngestResult& result = *reply.add_results();
    result.set_index(i);
    if (outcome.ok()) {
      result.set_outcome(*outcome);
    } else if (IsRefusal(outcome.status())) {
      result.set_outcome(v1::IngestResult::OUTCOME_REFUSED);
      *result.mutable_error() = ToProto(outcome.status());
    } else {
      return outcome.status();
    }
  }
  // Once for each, however many events of theirs there were.
  for (const int64_t customer : batch.moved) {
    ABSL_RETURN_IF_ERROR(MoveMemberships(tx, customer, kBehaviourFacts));
  }
  return reply;
}

}  // namespace regulars::customer
