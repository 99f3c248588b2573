// What customers do short of buying. Pure.
#ifndef CUSTOMER_SVC_DOMAIN_BEHAVIOUR_H_
#define CUSTOMER_SVC_DOMAIN_BEHAVIOUR_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace regulars::customer {

// Names that a company's events may have: each makes a counter per customer and day.
inline constexpr int64_t kMaxEventNames = 200;

struct BehaviourEvent {
  std::string source;
  std::string message_id;
  std::string event_name;
  absl::Time event_time;
  std::string item;
  int64_t quantity_micros = 0;
  // What it was worth; "" as currency: nothing.
  int64_t value_micros = 0;
  std::string value_currency;
  std::string store;
};

// [a-z][a-z0-9_]{0,63}
bool IsEventName(absl::string_view text);

// INVALID_ARGUMENT with INVALID_SOURCE, INVALID_MESSAGE_ID, INVALID_EVENT_NAME, INVALID_TEXT,
// INVALID_QUANTITY, INVALID_CURRENCY, INVALID_AMOUNT or INVALID_STORE. The time is not looked at.
absl::Status CheckBehaviour(const BehaviourEvent& event);

// When an event happened by our clock. Without `event_time`, when it arrived: now. With `sent_time`
// it happened as long before it arrived as before it was sent, and never after it arrived; without,
// its own clock is believed, up to a day ahead. INVALID_ARGUMENT EVENT_TIME_OUT_OF_RANGE.
absl::StatusOr<absl::Time> CorrectedTime(std::optional<absl::Time> event_time,
                                         std::optional<absl::Time> sent_time, absl::Time now);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_BEHAVIOUR_H_
