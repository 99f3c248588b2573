#include "customer-svc/rpc/consent_messages.h"

#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/timestamps.h"

namespace regulars::customer {

absl::StatusOr<ConsentRecord> ReadConsent(const v1::Consent& message) {
  ConsentRecord word{.channel = message.channel(),
                     .topic = message.topic(),
                     .state = static_cast<ConsentState>(message.state()),
                     .source = message.source(),
                     .proof = message.proof()};
  if (message.has_change_time()) {
    ABSL_ASSIGN_OR_RETURN(word.change_time,
                          rpc::FromTimestamp(message.change_time(), "change_time"));
  }
  return word;
}

v1::Consent WriteConsent(const std::string& customer, const ConsentRecord& word) {
  v1::Consent message;
  message.set_customer(rpc::Name("customers", customer));
  message.set_channel(word.channel);
  message.set_topic(word.topic);
  message.set_state(static_cast<v1::Consent::State>(word.state));
  *message.mutable_change_time() = rpc::ToTimestamp(word.change_time);
  message.set_source(word.source);
  message.set_proof(word.proof);
  message.set_recorded_by(word.recorded_by);
  *message.mutable_create_time() = rpc::ToTimestamp(word.create_time);
  message.set_current(word.current);
  return message;
}

}  // namespace regulars::customer
