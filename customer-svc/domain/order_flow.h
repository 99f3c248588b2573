// How goods and money moved for an order: shipments, invoices, payments. Plain values and the rules
// about them. Pure.
#ifndef CUSTOMER_SVC_DOMAIN_ORDER_FLOW_H_
#define CUSTOMER_SVC_DOMAIN_ORDER_FLOW_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "chassis/base/faults.h"

namespace regulars::customer {

// Of each kind, in one order.
inline constexpr size_t kMaxFlowItems = 100;

struct Shipment {
  std::string id;
  std::string carrier;
  std::string tracking_number;
  std::optional<absl::Time> promise_time;
  std::optional<absl::Time> ship_time;
  std::optional<absl::Time> deliver_time;
  friend bool operator==(const Shipment&, const Shipment&) = default;
};

struct Invoice {
  std::string number;
  int64_t amount_micros = 0;
  std::optional<absl::Time> issue_time;
  std::optional<absl::Time> due_time;
  std::optional<absl::Time> paid_time;
  friend bool operator==(const Invoice&, const Invoice&) = default;
};

struct Payment {
  std::string id;
  std::string method;
  int64_t amount_micros = 0;
  std::string invoice_number;
  std::optional<absl::Time> due_time;
  std::optional<absl::Time> paid_time;
  friend bool operator==(const Payment&, const Payment&) = default;
};

struct OrderFlow {
  std::vector<Shipment> shipments;
  std::vector<Invoice> invoices;
  std::vector<Payment> payments;
  friend bool operator==(const OrderFlow&, const OrderFlow&) = default;
};

// Adds what is wrong with it, with fields as paths from the order: TOO_MANY_SHIPMENTS,
// TOO_MANY_INVOICES, TOO_MANY_PAYMENTS, INVALID_SHIPMENT_ID, DUPLICATE_SHIPMENT_ID,
// INVALID_CARRIER, INVALID_TEXT, FLOW_TIME_OUT_OF_RANGE, INVALID_INVOICE_NUMBER,
// DUPLICATE_INVOICE_NUMBER, INVALID_PAYMENT_ID, DUPLICATE_PAYMENT_ID, INVALID_METHOD,
// INVALID_AMOUNT.
void CheckFlow(const OrderFlow& flow, Faults& faults);

// Takes over those lists of `before` of which `after` has nothing: an order that is sent again by
// who knows nothing of them leaves them.
void KeepFlow(const OrderFlow& before, OrderFlow& after);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_ORDER_FLOW_H_
