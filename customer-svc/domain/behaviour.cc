#include "customer-svc/domain/behaviour.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/money.h"
#include "customer-svc/domain/text_rules.h"

namespace regulars::customer {
namespace {

constexpr size_t kMaxNameLength = 64;
constexpr size_t kMaxMessageIdLength = 100;
constexpr size_t kMaxItemLength = 100;
constexpr absl::Duration kMaxAhead = absl::Hours(24);

absl::Status CheckValue(const BehaviourEvent& event) {
  if (event.quantity_micros < 0) {
    return FieldError("quantity_micros", "INVALID_QUANTITY", "must not be negative");
  }
  if (event.value_currency.empty()) {
    if (event.value_micros == 0) return absl::OkStatus();
    return FieldError("value.currency_code", "INVALID_CURRENCY", "is needed for an amount");
  }
  if (!IsCurrency(event.value_currency)) {
    return FieldError("value.currency_code", "INVALID_CURRENCY", "must be an ISO 4217 code");
  }
  if (event.value_micros >= 0) return absl::OkStatus();
  return FieldError("value.micros", "INVALID_AMOUNT", "must not be negative");
}

}  // namespace

bool IsEventName(absl::string_view text) {
  if (text.empty() || text.size() > kMaxNameLength || !absl::ascii_islower(text[0])) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_';
  });
}

absl::Status CheckBehaviour(const BehaviourEvent& event) {
  if (!IsSystem(event.source)) {
    return FieldError("source", "INVALID_SOURCE",
                      "must be 1 to 64 lower-case letters, digits, '-', '_', '.'");
  }
  if (event.message_id.empty() || !IsText(event.message_id, kMaxMessageIdLength)) {
    return FieldError("message_id", "INVALID_MESSAGE_ID",
                      "must be 1 to 100 characters, none of them a control character");
  }
  if (!IsEventName(event.event_name)) {
    return FieldError("event_name", "INVALID_EVENT_NAME",
                      "must be 1 to 64 of a-z, 0-9 and '_', beginning with a letter");
  }
  if (!IsText(event.item, kMaxItemLength)) {
    return FieldError("item", "INVALID_TEXT", WhyNoText(event.item, kMaxItemLength));
  }
  if (!event.store.empty() && !IsStoreId(event.store)) {
    return FieldError("store", "INVALID_STORE", "must be 1 to 64 letters, digits, '-', '_', '.'");
  }
  return CheckValue(event);
}

absl::StatusOr<absl::Time> CorrectedTime(std::optional<absl::Time> event_time,
                                         std::optional<absl::Time> sent_time, absl::Time now) {
  if (!event_time) return now;
  const absl::Time time = sent_time ? std::min(now, now - (*sent_time - *event_time)) : *event_time;
  if (time >= absl::UnixEpoch() && time <= now + kMaxAhead) return time;
  return FieldError("event_time", "EVENT_TIME_OUT_OF_RANGE",
                    "must be from 1970 to one day ahead of now");
}

}  // namespace regulars::customer
