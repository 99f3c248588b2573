#include "customer-svc/domain/order_flow.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "customer-svc/domain/text_rules.h"

namespace regulars::customer {
namespace {

constexpr size_t kMaxIdLength = 100;

// One list of an order, its faults and the ids seen so far.
class ListCheck {
 public:
  ListCheck(absl::string_view list, Faults& faults) : list_(list), faults_(faults) {}

  // Of the item at `place`; `what` is "SHIPMENT_ID".
  void Id(size_t place, absl::string_view field, const std::string& id, absl::string_view what) {
    if (id.empty() || !IsText(id, kMaxIdLength)) {
      Add(place, field, absl::StrCat("INVALID_", what),
          "must be 1 to 100 characters, none of them a control character");
    } else if (!seen_.insert(id).second) {
      Add(place, field, absl::StrCat("DUPLICATE_", what), "is that of an earlier one");
    }
  }

  void Code(size_t place, absl::string_view field, const std::string& code,
            absl::string_view reason) {
    if (code.empty() || IsSystem(code)) return;
    Add(place, field, reason, "must be at most 64 lower-case letters, digits, '-', '_', '.'");
  }

  void ShortText(size_t place, absl::string_view field, const std::string& text) {
    if (IsText(text, kMaxIdLength)) return;
    Add(place, field, "INVALID_TEXT", WhyNoText(text, kMaxIdLength));
  }

  void Time(size_t place, absl::string_view field, const std::optional<absl::Time>& time) {
    if (!time || *time >= absl::UnixEpoch()) return;
    Add(place, field, "FLOW_TIME_OUT_OF_RANGE", "must not be before 1970");
  }

  // `later` must not lie before `earlier`, where both are known.
  void Sequence(size_t place, const std::optional<absl::Time>& earlier, absl::string_view field,
                const std::optional<absl::Time>& later) {
    if (!earlier || !later || *later >= *earlier) return;
    Add(place, field, "FLOW_TIME_OUT_OF_RANGE", "lies before what must come first");
  }

  void Add(size_t place, absl::string_view field, absl::string_view reason,
           absl::string_view description) {
    faults_.Add(absl::StrCat(list_, "[", place, "].", field), reason, description);
  }

 private:
  const absl::string_view list_;
  Faults& faults_;
  std::set<std::string> seen_;
};

void CheckShipments(const std::vector<Shipment>& shipments, Faults& faults) {
  ListCheck check("shipments", faults);
  for (size_t i = 0; i < shipments.size(); ++i) {
    const Shipment& shipment = shipments[i];
    check.Id(i, "shipment_id", shipment.id, "SHIPMENT_ID");
    check.Code(i, "carrier", shipment.carrier, "INVALID_CARRIER");
    check.ShortText(i, "tracking_number", shipment.tracking_number);
    check.Time(i, "promise_time", shipment.promise_time);
    check.Time(i, "ship_time", shipment.ship_time);
    check.Time(i, "deliver_time", shipment.deliver_time);
    check.Sequence(i, shipment.ship_time, "deliver_time", shipment.deliver_time);
  }
}

void CheckInvoices(const std::vector<Invoice>& invoices, Faults& faults) {
  ListCheck check("invoices", faults);
  for (size_t i = 0; i < invoices.size(); ++i) {
    const Invoice& invoice = invoices[i];
    check.Id(i, "invoice_number", invoice.number, "INVOICE_NUMBER");
    check.Time(i, "issue_time", invoice.issue_time);
    check.Time(i, "due_time", invoice.due_time);
    check.Time(i, "paid_time", invoice.paid_time);
    check.Sequence(i, invoice.issue_time, "due_time", invoice.due_time);
  }
}

void CheckPayments(const std::vector<Payment>& payments, Faults& faults) {
  ListCheck check("payments", faults);
  for (size_t i = 0; i < payments.size(); ++i) {
    const Payment& payment = payments[i];
    check.Id(i, "payment_id", payment.id, "PAYMENT_ID");
    check.Code(i, "method", payment.method, "INVALID_METHOD");
    check.ShortText(i, "invoice_number", payment.invoice_number);
    check.Time(i, "due_time", payment.due_time);
    check.Time(i, "paid_time", payment.paid_time);
    if (payment.amount_micros == 0) {
      check.Add(i, "amount_micros", "INVALID_AMOUNT", "must not be 0");
    }
  }
}

// Lists that are too long are not looked at any further.
bool IsShort(size_t size, absl::string_view field, absl::string_view reason, Faults& faults) {
  if (size <= kMaxFlowItems) return true;
  faults.Add(field, reason, absl::StrCat("must be at most ", kMaxFlowItems));
  return false;
}

template <typename Item>
void KeepList(const std::vector<Item>& before, std::vector<Item>& after) {
  if (after.empty()) after = before;
}

}  // namespace

void CheckFlow(const OrderFlow& flow, Faults& faults) {
  if (IsShort(flow.shipments.size(), "shipments", "TOO_MANY_SHIPMENTS", faults)) {
    CheckShipments(flow.shipments, faults);
  }
  if (IsShort(flow.invoices.size(), "invoices", "TOO_MANY_INVOICES", faults)) {
    CheckInvoices(flow.invoices, faults);
  }
  if (IsShort(flow.payments.size(), "payments", "TOO_MANY_PAYMENTS", faults)) {
    CheckPayments(flow.payments, faults);
  }
}

void KeepFlow(const OrderFlow& before, OrderFlow& after) {
  KeepList(before.shipments, after.shipments);
  KeepList(before.invoices, after.invoices);
  KeepList(before.payments, after.payments);
}

}  // namespace regulars::customer
