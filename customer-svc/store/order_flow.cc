#include "customer-svc/store/order_flow.h"

#include <optional>
#include <string>
#include <utility>

#include "chassis/base/status_macros.h"

namespace regulars::customer::order_flow {
namespace {

using OptionalTime = std::optional<absl::Time>;

constexpr int64_t kHasShipments = 1;
constexpr int64_t kHasInvoices = 2;
constexpr int64_t kHasPayments = 4;

absl::Status LoadShipments(Snapshot& db, int64_t order, OrderFlow& flow) {
  return db
      .Sql(
          "SELECT shipment_id, carrier, tracking_number, promise_time, ship_time, deliver_time "
          "FROM order_shipment WHERE order_key = ? ORDER BY place",
          order)
      .Each<std::string, std::string, std::string, OptionalTime, OptionalTime, OptionalTime>(
          [&](std::string id, std::string carrier, std::string tracking, OptionalTime promised,
              OptionalTime shipped, OptionalTime delivered) {
            flow.shipments.push_back({std::move(id), std::move(carrier), std::move(tracking),
                                      promised, shipped, delivered});
          });
}

absl::Status LoadInvoices(Snapshot& db, int64_t order, OrderFlow& flow) {
  return db
      .Sql(
          "SELECT invoice_number, amount, issue_time, due_time, paid_time FROM order_invoice "
          "WHERE order_key = ? ORDER BY place",
          order)
      .Each<std::string, int64_t, OptionalTime, OptionalTime, OptionalTime>(
          [&](std::string number, int64_t amount, OptionalTime issued, OptionalTime due,
              OptionalTime paid) {
            flow.invoices.push_back({std::move(number), amount, issued, due, paid});
          });
}

absl::Status LoadPayments(Snapshot& db, int64_t order, OrderFlow& flow) {
  return db
      .Sql(
          "SELECT payment_id, method, amount, invoice_number, due_time, paid_time "
          "FROM order_payment WHERE order_key = ? ORDER BY place",
          order)
      .Each<std::string, std::string, int64_t, std::string, OptionalTime, OptionalTime>(
          [&](std::string id, std::string method, int64_t amount, std::string invoice,
              OptionalTime due, OptionalTime paid) {
            flow.payments.push_back(
                {std::move(id), std::move(method), amount, std::move(invoice), due, paid});
          });
}

absl::Status WriteShipments(Transaction& tx, int64_t order, const std::vector<Shipment>& list) {
  ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM order_shipment WHERE order_key = ?", order).Run());
  for (size_t i = 0; i < list.size(); ++i) {
    ABSL_RETURN_IF_ERROR(
        tx.Sql("INSERT INTO order_shipment (order_key, place, shipment_id, carrier, "
               "tracking_number, promise_time, ship_time, deliver_time) "
               "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
               order, static_cast<int64_t>(i), list[i].id, list[i].carrier, list[i].tracking_number,
               list[i].promise_time, list[i].ship_time, list[i].deliver_time)
            .Run());
  }
  return absl::OkStatus();
}

absl::Status WriteInvoices(Transaction& tx, int64_t order, const std::vector<Invoice>& list) {
  ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM order_invoice WHERE order_key = ?", order).Run());
  for (size_t i = 0; i < list.size(); ++i) {
    ABSL_RETURN_IF_ERROR(
        tx.Sql("INSERT INTO order_invoice (order_key, place, invoice_number, amount, issue_time, "
               "due_time, paid_time) VALUES (?, ?, ?, ?, ?, ?, ?)",
               order, static_cast<int64_t>(i), list[i].number, list[i].amount_micros,
               list[i].issue_time, list[i].due_time, list[i].paid_time)
            .Run());
  }
  return absl::OkStatus();
}

absl::Status WritePayments(Transaction& tx, int64_t order, const std::vector<Payment>& list) {
  ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM order_payment WHERE order_key = ?", order).Run());
  for (size_t i = 0; i < list.size(); ++i) {
    ABSL_RETURN_IF_ERROR(
        tx.Sql("INSERT INTO order_payment (order_key, place, payment_id, method, amount, "
               "invoice_number, due_time, paid_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
               order, static_cast<int64_t>(i), list[i].id, list[i].method, list[i].amount_micros,
               list[i].invoice_number, list[i].due_time, list[i].paid_time)
            .Run());
  }
  return absl::OkStatus();
}

}  // namespace

int64_t PartsOf(const OrderFlow& flow) {
  return (flow.shipments.empty() ? 0 : kHasShipments) | (flow.invoices.empty() ? 0 : kHasInvoices) |
         (flow.payments.empty() ? 0 : kHasPayments);
}

absl::Status Load(Snapshot& db, int64_t order, int64_t parts, OrderFlow& flow) {
  if (parts & kHasShipments) ABSL_RETURN_IF_ERROR(LoadShipments(db, order, flow));
  if (parts & kHasInvoices) ABSL_RETURN_IF_ERROR(LoadInvoices(db, order, flow));
  if (parts & kHasPayments) ABSL_RETURN_IF_ERROR(LoadPayments(db, order, flow));
  return absl::OkStatus();
}

absl::Status Write(Transaction& tx, int64_t order, const OrderFlow& before,
                   const OrderFlow& after) {
  if (before.shipments != after.shipments) {
    ABSL_RETURN_IF_ERROR(WriteShipments(tx, order, after.shipments));
  }
  if (before.invoices != after.invoices) {
    ABSL_RETURN_IF_ERROR(WriteInvoices(tx, order, after.invoices));
  }
  if (before.payments != after.payments) {
    ABSL_RETURN_IF_ERROR(WritePayments(tx, order, after.payments));
  }
  return absl::OkStatus();
}

absl::Status Anonymise(Transaction& tx, int64_t order) {
  ABSL_RETURN_IF_ERROR(tx.Sql("UPDATE order_shipment SET shipment_id = CAST(place + 1 AS TEXT), "
                              "tracking_number = '' WHERE order_key = ?",
                              order)
                           .Run());
  ABSL_RETURN_IF_ERROR(tx.Sql("UPDATE order_invoice SET invoice_number = CAST(place + 1 AS TEXT) "
                              "WHERE order_key = ?",
                              order)
                           .Run());
  return tx
      .Sql(
          "UPDATE order_payment SET payment_id = CAST(place + 1 AS TEXT), invoice_number = '' "
          "WHERE order_key = ?",
          order)
      .Run();
}

}  // namespace regulars::customer::order_flow
