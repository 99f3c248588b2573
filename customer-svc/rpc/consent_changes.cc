#include "customer-svc/rpc/consent_changes.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/timestamps.h"
#include "customer-svc/rpc/events.h"
#include "customer-svc/store/consents.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::customer {
namespace {

void PublishConsent(Transaction& tx, const customers::CustomerRef& customer,
                    const ConsentRecord& word) {
  v1::ConsentChanged changed;
  changed.set_customer(rpc::Name("customers", customer.id));
  changed.set_channel(word.channel);
  changed.set_topic(word.topic);
  changed.set_state(static_cast<v1::Consent::State>(word.state));
  *changed.mutable_change_time() = rpc::ToTimestamp(CountedTime(word));
  tx.Publish(PackEvent(changed.customer(), customer.home_store, changed));
}

const ConsentRecord& Numbered(const std::vector<ConsentRecord>& said, int64_t number) {
  return *std::find_if(said.begin(), said.end(),
                       [&](const ConsentRecord& word) { return word.number == number; });
}

}  // namespace

absl::StatusOr<AppliedConsent> ApplyConsent(Transaction& tx, const customers::CustomerRef& customer,
                                            ConsentRecord word, bool timed) {
  if (!timed) word.change_time = tx.now();
  ABSL_RETURN_IF_ERROR(CheckConsent(word, tx.now()));
  word.recorded_by = tx.caller().principal;
  word.create_time = tx.now();
  ABSL_ASSIGN_OR_RETURN(const std::vector<ConsentRecord> said, consents::Load(tx, customer.key));
  ABSL_ASSIGN_OR_RETURN(const ConsentPlan plan, PlanConsent(said, word, timed));
  if (plan.known) {
    return AppliedConsent{Numbered(said, *plan.known), type::v1::UPSERT_OUTCOME_UNCHANGED};
  }
  ABSL_RETURN_IF_ERROR(consents::Add(tx, customer.key, plan, word));
  if (plan.moves) PublishConsent(tx, customer, word);
  // Whoever closed something on that withdrawal was not told of the consent: it moved nothing here.
  if (plan.stands) PublishConsent(tx, customer, Numbered(said, *plan.stands));
  return AppliedConsent{std::move(word), plan.first ? type::v1::UPSERT_OUTCOME_CREATED
                                                    : type::v1::UPSERT_OUTCOME_UPDATED};
}

}  // namespace regulars::customer
