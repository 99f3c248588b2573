#include "customer-svc/rpc/order_messages.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/etag.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/timestamps.h"
#include "customer-svc/rpc/order_flow_messages.h"
#include "customer-svc/store/return_links.h"

namespace regulars::customer {
namespace {

using orders::StoredOrder;

void SetMoney(int64_t micros, const std::string& currency, type::v1::Money& money) {
  money.set_currency_code(currency);
  money.set_micros(micros);
}

void WriteTotals(const OrderTotals& totals, const std::string& currency, v1::OrderTotals& message) {
  SetMoney(totals.sales_micros, currency, *message.mutable_sales_amount());
  SetMoney(totals.returned_micros, currency, *message.mutable_returned_amount());
  SetMoney(totals.amount_micros(), currency, *message.mutable_amount());
  SetMoney(totals.discount_micros, currency, *message.mutable_discount());
  SetMoney(totals.tax_micros, currency, *message.mutable_tax());
}

// Fields that an order and its facts have in common.
template <typename Message>
void WriteCommon(const StoredOrder& stored, const CompanySettings& settings, Message& message) {
  const Order& order = stored.order;
  if (order.buyer) message.set_customer(rpc::Name("customers", order.buyer->id));
  message.set_source(order.source);
  message.set_receipt_number(order.receipt_number);
  *message.mutable_order_time() = rpc::ToTimestamp(order.order_time);
  message.set_store(order.store);
  message.set_till(order.till);
  message.set_channel(order.channel);
  message.set_country(order.country);
  message.set_currency_code(order.currency);
  message.set_exchange_rate(order.rate.ToText());
  WriteTotals(stored.figures.totals, order.currency, *message.mutable_totals());
  WriteTotals(stored.figures.base_totals, settings.base_currency, *message.mutable_base_totals());
}

template <typename Line>
void WriteCommonLine(const OrderLine& line, Line& message) {
  message.set_line_id(line.line_id);
  message.set_type(static_cast<v1::OrderLine::Type>(line.type));
  message.set_kind(static_cast<v1::OrderLine::Kind>(line.kind));
  message.set_item(line.item);
  message.set_quantity_micros(line.quantity_micros);
  message.set_amount_micros(line.amount_micros);
}

void WriteReference(const LineReference& reference, v1::OrderLineReference& message) {
  if (!reference.order_id.empty()) message.set_order(rpc::Name("orders", reference.order_id));
  message.set_source(reference.source);
  message.set_receipt_number(reference.receipt_number);
  message.set_line_id(reference.line_id);
}

void WriteLine(const OrderLine& line, v1::OrderLine& message) {
  WriteCommonLine(line, message);
  message.set_description(line.description);
  message.set_unit_price_micros(line.unit_price_micros);
  message.set_discount_micros(line.discount_micros);
  message.set_tax_micros(line.tax_micros);
  if (line.return_of) WriteReference(*line.return_of, *message.mutable_return_of());
  if (line.type == LineType::kReturn) message.set_unlinked_quantity_micros(line.quantity_micros);
}

// Adds the links of returns to the lines of an order or of its facts; `each` sees every linked
// line.
template <typename Message, typename F>
absl::Status WriteLinks(Snapshot& db, const StoredOrder& stored, Message& message, F each) {
  if (stored.figures.return_lines == 0) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const auto links, return_links::OfReturns(db, stored.key));
  for (const return_links::ShownLink& link : links) {
    const int position = static_cast<int>(link.position);
    if (position >= message.lines_size()) continue;
    auto& line = *message.mutable_lines(position);
    v1::ReturnLink& shown = *line.add_return_links();
    shown.set_order(rpc::Name("orders", link.order_id));
    shown.set_line_id(link.line_id);
    shown.set_quantity_micros(link.quantity_micros);
    shown.set_item(link.item);
    each(line, link.quantity_micros);
  }
  return absl::OkStatus();
}

absl::StatusOr<LineReference> ReadReference(const v1::OrderLineReference& message,
                                            absl::string_view field) {
  LineReference reference{.source = message.source(),
                          .receipt_number = message.receipt_number(),
                          .line_id = message.line_id()};
  if (!message.order().empty()) {
    ABSL_ASSIGN_OR_RETURN(reference.order_id,
                          rpc::ParseName("orders", message.order(), absl::StrCat(field, ".order")));
  }
  return reference;
}

}  // namespace

absl::StatusOr<absl::Time> ReadOrderTime(const v1::Order& message) {
  if (!message.has_order_time()) return absl::InfinitePast();
  return rpc::FromTimestamp(message.order_time(), "order_time");
}

absl::StatusOr<OrderLine> ReadLine(const v1::OrderLine& message, absl::string_view field) {
  OrderLine line;
  if (message.type() != v1::OrderLine::TYPE_UNSPECIFIED) {
    line.type = static_cast<LineType>(message.type());
  }
  if (message.kind() != v1::OrderLine::KIND_UNSPECIFIED) {
    line.kind = static_cast<LineKind>(message.kind());
  }
  if (!v1::OrderLine::Type_IsValid(message.type())) {
    return FieldError(absl::StrCat(field, ".type"), "INVALID_LINE_TYPE", "is no line type");
  }
  if (!v1::OrderLine::Kind_IsValid(message.kind())) {
    return FieldError(absl::StrCat(field, ".kind"), "INVALID_LINE_KIND", "is no line kind");
  }
  line.line_id = message.line_id();
  line.item = message.item();
  line.description = message.description();
  line.quantity_micros = message.quantity_micros();
  line.unit_price_micros = message.unit_price_micros();
  line.discount_micros = message.discount_micros();
  line.tax_micros = message.tax_micros();
  if (message.has_return_of()) {
    ABSL_ASSIGN_OR_RETURN(line.return_of,
                          ReadReference(message.return_of(), absl::StrCat(field, ".return_of")));
  }
  return line;
}

absl::StatusOr<Order> ReadOrder(const v1::Order& message) {
  Order order;
  order.source = message.source();
  order.receipt_number = message.receipt_number();
  ABSL_ASSIGN_OR_RETURN(order.order_time, ReadOrderTime(message));
  order.store = message.store();
  order.till = message.till();
  order.staff = message.staff();
  order.channel = message.channel();
  order.country = message.country();
  order.currency = message.currency_code();
  order.tax_included = message.tax_included();
  order.lines.reserve(static_cast<size_t>(message.lines_size()));
  for (int i = 0; i < message.lines_size(); ++i) {
    ABSL_ASSIGN_OR_RETURN(order.lines.emplace_back(),
                          ReadLine(message.lines(i), absl::StrCat("lines[", i, "]")));
  }
  ABSL_RETURN_IF_ERROR(ReadShipments(message, order.flow));
  ABSL_RETURN_IF_ERROR(ReadInvoices(message, order.flow));
  ABSL_RETURN_IF_ERROR(ReadPayments(message, order.flow));
  return order;
}

absl::Status WriteOrder(Snapshot& db, const CompanySettings& settings, const StoredOrder& stored,
                        v1::Order& message) {
  const Order& order = stored.order;
  message.set_name(rpc::Name("orders", order.id));
  WriteCommon(stored, settings, message);
  message.set_staff(order.staff);
  message.set_tax_included(order.tax_included);
  message.set_state(static_cast<v1::Order::State>(order.state));
  *message.mutable_create_time() = rpc::ToTimestamp(stored.create_time);
  *message.mutable_update_time() = rpc::ToTimestamp(stored.update_time);
  if (stored.cancel_time) *message.mutable_cancel_time() = rpc::ToTimestamp(*stored.cancel_time);
  message.set_etag(EtagOf(stored));
  message.set_erased(order.erased);
  WriteFlow(order.flow, message);
  for (const OrderLine& line : order.lines) WriteLine(line, *message.add_lines());
  ABSL_RETURN_IF_ERROR(
      WriteLinks(db, stored, message, [](v1::OrderLine& line, int64_t quantity_micros) {
        line.set_unlinked_quantity_micros(line.unlinked_quantity_micros() - quantity_micros);
      }));
  ABSL_ASSIGN_OR_RETURN(const auto taken, return_links::TakenBack(db, stored.key));
  for (const auto& [position, quantity_micros] : taken) {
    if (static_cast<int>(position) >= message.lines_size()) continue;
    message.mutable_lines(static_cast<int>(position))
        ->set_returned_quantity_micros(quantity_micros);
  }
  return absl::OkStatus();
}

absl::Status WriteFacts(Snapshot& db, const CompanySettings& settings, const StoredOrder& stored,
                        v1::OrderFacts& facts) {
  facts.set_order(rpc::Name("orders", stored.order.id));
  facts.set_version(stored.version);
  WriteCommon(stored, settings, facts);
  for (const OrderLine& line : stored.order.lines) {
    v1::OrderLineFacts& message = *facts.add_lines();
    WriteCommonLine(line, message);
    message.set_base_amount_micros(line.base_amount_micros);
  }
  WriteFlow(stored.order.flow, facts);
  return WriteLinks(db, stored, facts, [](v1::OrderLineFacts&, int64_t) {});
}

std::string EtagOf(const StoredOrder& stored) {
  return MakeEtag(stored.version, stored.update_time);
}

}  // namespace regulars::customer
