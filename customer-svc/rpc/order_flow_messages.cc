#include "customer-svc/rpc/order_flow_messages.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/timestamps.h"

namespace regulars::customer {
namespace {

using OptionalTime = std::optional<absl::Time>;

// Fields of one item of a list.
class ItemReader {
 public:
  ItemReader(absl::string_view list, int place) : item_(absl::StrCat(list, "[", place, "].")) {}

  absl::Status Time(bool has, const google::protobuf::Timestamp& timestamp, absl::string_view field,
                    OptionalTime& time) const {
    if (!has) return absl::OkStatus();
    ABSL_ASSIGN_OR_RETURN(time, rpc::FromTimestamp(timestamp, absl::StrCat(item_, field)));
    return absl::OkStatus();
  }

 private:
  const std::string item_;
};

absl::Status ReadShipment(const v1::Shipment& message, const ItemReader& reader,
                          Shipment& shipment) {
  shipment.id = message.shipment_id();
  shipment.carrier = message.carrier();
  shipment.tracking_number = message.tracking_number();
  ABSL_RETURN_IF_ERROR(reader.Time(message.has_promise_time(), message.promise_time(),
                                   "promise_time", shipment.promise_time));
  ABSL_RETURN_IF_ERROR(
      reader.Time(message.has_ship_time(), message.ship_time(), "ship_time", shipment.ship_time));
  return reader.Time(message.has_deliver_time(), message.deliver_time(), "deliver_time",
                     shipment.deliver_time);
}

absl::Status ReadInvoice(const v1::Invoice& message, const ItemReader& reader, Invoice& invoice) {
  invoice.number = message.invoice_number();
  invoice.amount_micros = message.amount_micros();
  ABSL_RETURN_IF_ERROR(reader.Time(message.has_issue_time(), message.issue_time(), "issue_time",
                                   invoice.issue_time));
  ABSL_RETURN_IF_ERROR(
      reader.Time(message.has_due_time(), message.due_time(), "due_time", invoice.due_time));
  return reader.Time(message.has_paid_time(), message.paid_time(), "paid_time", invoice.paid_time);
}

absl::Status ReadPayment(const v1::Payment& message, const ItemReader& reader, Payment& payment) {
  payment.id = message.payment_id();
  payment.method = message.method();
  payment.amount_micros = message.amount_micros();
  payment.invoice_number = message.invoice_number();
  ABSL_RETURN_IF_ERROR(
      reader.Time(message.has_due_time(), message.due_time(), "due_time", payment.due_time));
  return reader.Time(message.has_paid_time(), message.paid_time(), "paid_time", payment.paid_time);
}

// Sets a message's time, where there is one.
template <typename Message>
void SetTime(const OptionalTime& time, Message& message,
             google::protobuf::Timestamp* (Message::*mutable_time)()) {
  if (time) *(message.*mutable_time)() = rpc::ToTimestamp(*time);
}

// Times and codes, which messages and facts have alike.
template <typename Message>
void WriteShipment(const Shipment& shipment, Message& message) {
  message.set_carrier(shipment.carrier);
  SetTime(shipment.promise_time, message, &Message::mutable_promise_time);
  SetTime(shipment.ship_time, message, &Message::mutable_ship_time);
  SetTime(shipment.deliver_time, message, &Message::mutable_deliver_time);
}

template <typename Message>
void WriteInvoice(const Invoice& invoice, Message& message) {
  message.set_amount_micros(invoice.amount_micros);
  SetTime(invoice.issue_time, message, &Message::mutable_issue_time);
  SetTime(invoice.due_time, message, &Message::mutable_due_time);
  SetTime(invoice.paid_time, message, &Message::mutable_paid_time);
}

template <typename Message>
void WritePayment(const Payment& payment, Message& message) {
  message.set_method(payment.method);
  message.set_amount_micros(payment.amount_micros);
  SetTime(payment.due_time, message, &Message::mutable_due_time);
  SetTime(payment.paid_time, message, &Message::mutable_paid_time);
}

}  // namespace

absl::Status ReadShipments(const v1::Order& message, OrderFlow& flow) {
  flow.shipments.clear();
  for (int i = 0; i < message.shipments_size(); ++i) {
    ABSL_RETURN_IF_ERROR(ReadShipment(message.shipments(i), ItemReader("shipments", i),
                                      flow.shipments.emplace_back()));
  }
  return absl::OkStatus();
}

absl::Status ReadInvoices(const v1::Order& message, OrderFlow& flow) {
  flow.invoices.clear();
  for (int i = 0; i < message.invoices_size(); ++i) {
    ABSL_RETURN_IF_ERROR(
        ReadInvoice(message.invoices(i), ItemReader("invoices", i), flow.invoices.emplace_back()));
  }
  return absl::OkStatus();
}

absl::Status ReadPayments(const v1::Order& message, OrderFlow& flow) {
  flow.payments.clear();
  for (int i = 0; i < message.payments_size(); ++i) {
    ABSL_RETURN_IF_ERROR(
        ReadPayment(message.payments(i), ItemReader("payments", i), flow.payments.emplace_back()));
  }
  return absl::OkStatus();
}

void WriteFlow(const OrderFlow& flow, v1::Order& message) {
  for (const Shipment& shipment : flow.shipments) {
    v1::Shipment& out = *message.add_shipments();
    out.set_shipment_id(shipment.id);
    out.set_tracking_number(shipment.tracking_number);
    WriteShipment(shipment, out);
  }
  for (const Invoice& invoice : flow.invoices) {
    v1::Invoice& out = *message.add_invoices();
    out.set_invoice_number(invoice.number);
    WriteInvoice(invoice, out);
  }
  for (const Payment& payment : flow.payments) {
    v1::Payment& out = *message.add_payments();
    out.set_payment_id(payment.id);
    out.set_invoice_number(payment.invoice_number);
    WritePayment(payment, out);
  }
}

void WriteFlow(const OrderFlow& flow, v1::OrderFacts& facts) {
  for (const Shipment& shipment : flow.shipments) WriteShipment(shipment, *facts.add_shipments());
  for (const Invoice& invoice : flow.invoices) WriteInvoice(invoice, *facts.add_invoices());
  for (const Payment& payment : flow.payments) WritePayment(payment, *facts.add_payments());
}

}  // namespace regulars::customer
