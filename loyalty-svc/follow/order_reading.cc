#include "loyalty-svc/follow/order_reading.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/timestamps.h"
#include "loyalty-svc/domain/rate_text.h"

namespace regulars::loyalty {
namespace {

std::string IdOf(absl::string_view collection, absl::string_view name) {
  return std::string(absl::StripPrefix(name, collection));
}

absl::Status Unreadable(absl::string_view order, absl::string_view why) {
  return InvalidArgument("ORDER_UNREADABLE", absl::StrCat("order '", order, "' ", why));
}

// What events and resources say in the same words.
template <typename Message>
absl::StatusOr<OrderFacts> ReadHead(const Message& message, const std::string& name) {
  OrderFacts order{.order_id = IdOf("orders/", name),
                   .source = message.source(),
                   .receipt_number = message.receipt_number(),
                   .customer_id = IdOf("customers/", message.customer()),
                   .store = message.store(),
                   .base_currency = message.base_totals().amount().currency_code()};
  if (order.order_id.empty() || order.source.empty() || order.receipt_number.empty()) {
    return Unreadable(name, "has no name, source or receipt number");
  }
  ABSL_ASSIGN_OR_RETURN(order.order_time,
                        rpc::FromTimestamp(message.order_time(), "order.order_time"));
  return order;
}

template <typename Line>
absl::StatusOr<OrderLine> ReadLine(absl::string_view order, const Line& line,
                                   int64_t base_amount_micros) {
  OrderLine read{.line_id = line.line_id(),
                 .is_sale = line.type() != customer::v1::OrderLine::TYPE_RETURN,
                 .kind = line.kind() == customer::v1::OrderLine::KIND_CHARGE ? LineKind::kCharge
                                                                             : LineKind::kProduct,
                 .quantity_micros = line.quantity_micros(),
                 .amount_micros = base_amount_micros};
  bool readable = read.quantity_micros > 0;
  for (const customer::v1::ReturnLink& link : line.return_links()) {
    readable = readable && link.quantity_micros() > 0;
    read.links.push_back({IdOf("orders/", link.order()), link.line_id(), link.quantity_micros()});
  }
  // What is stored could not be read again.
  if (!readable) return Unreadable(order, "has a quantity that is not more than 0");
  return read;
}

}  // namespace

absl::StatusOr<OrderFacts> ReadFacts(const customer::v1::OrderFacts& message) {
  ABSL_ASSIGN_OR_RETURN(OrderFacts order, ReadHead(message, message.order()));
  for (const customer::v1::OrderLineFacts& line : message.lines()) {
    ABSL_ASSIGN_OR_RETURN(order.lines.emplace_back(),
                          ReadLine(message.order(), line, line.base_amount_micros()));
  }
  return order;
}

absl::StatusOr<OrderFacts> ReadOrder(const customer::v1::Order& message) {
  ABSL_ASSIGN_OR_RETURN(OrderFacts order, ReadHead(message, message.name()));
  order.is_cancelled = message.state() == customer::v1::Order::STATE_CANCELLED;
  for (const customer::v1::OrderLine& line : message.lines()) {
    const std::optional<int64_t> base = Convert(line.amount_micros(), message.exchange_rate());
    if (!base) return Unreadable(message.name(), "has amounts that cannot be converted");
    ABSL_ASSIGN_OR_RETURN(order.lines.emplace_back(), ReadLine(message.name(), line, *base));
  }
  return order;
}

}  // namespace regulars::loyalty
