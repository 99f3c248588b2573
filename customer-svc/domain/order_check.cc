#include "customer-svc/domain/order_check.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/faults.h"
#include "chassis/base/money.h"
#include "customer-svc/domain/country.h"
#include "customer-svc/domain/text_rules.h"

namespace regulars::customer {
namespace {

constexpr size_t kMaxCodeLength = 64;
constexpr size_t kMaxItemLength = 100;
constexpr size_t kMaxNumberLength = 100;
constexpr size_t kMaxDescriptionLength = 500;
// Order times may be this far ahead of the service's clock: tills have clocks of their own.
constexpr absl::Duration kMaxAhead = absl::Hours(24);

// Faults of one line: its number is put before the field.
class LineFaults {
 public:
  LineFaults(size_t line, Faults& faults) : line_(line), faults_(faults) {}
  void Add(absl::string_view field, absl::string_view reason, absl::string_view description) {
    faults_.Add(absl::StrCat("lines[", line_, "].", field), reason, description);
  }

 private:
  const size_t line_;
  Faults& faults_;
};

void CheckHeader(const Order& order, absl::Time now, Faults& faults) {
  if (!IsSystem(order.source)) {
    faults.Add("source", "INVALID_SOURCE",
               "must be 1 to 64 lower-case letters, digits, '-', '_', '.'");
  }
  if (order.receipt_number.empty() || !IsText(order.receipt_number, kMaxNumberLength)) {
    faults.Add("receipt_number", "INVALID_RECEIPT_NUMBER",
               "must be 1 to 100 characters, none of them a control character");
  }
  if (order.order_time == absl::InfinitePast()) {
    faults.Add("order_time", "ORDER_TIME_MISSING", "is missing");
  } else if (order.order_time < absl::UnixEpoch() || order.order_time > now + kMaxAhead) {
    faults.Add("order_time", "ORDER_TIME_OUT_OF_RANGE",
               "must lie between 1970 and one day from now");
  }
  if (!order.store.empty() && !IsStoreId(order.store)) {
    faults.Add("store", "INVALID_STORE", "must be at most 64 letters, digits, '-', '_', '.'");
  }
  if (!IsText(order.till, kMaxCodeLength)) {
    faults.Add("till", "INVALID_TILL", WhyNoText(order.till, kMaxCodeLength));
  }
  if (!IsText(order.staff, kMaxCodeLength)) {
    faults.Add("staff", "INVALID_STAFF", WhyNoText(order.staff, kMaxCodeLength));
  }
  if (!order.channel.empty() && !IsSystem(order.channel)) {
    faults.Add("channel", "INVALID_CHANNEL",
               "must be at most 64 lower-case letters, digits, '-', '_', '.'");
  }
  if (!order.country.empty() && !IsCountry(order.country)) {
    faults.Add("country", "INVALID_COUNTRY", "is not an ISO 3166-1 alpha-2 code");
  }
  if (!IsCurrency(order.currency)) {
    faults.Add("currency_code", "INVALID_CURRENCY", "is not an ISO 4217 code in upper case");
  }
}

void CheckReference(const OrderLine& line, LineFaults& faults) {
  const LineReference& reference = *line.return_of;
  if (line.type != LineType::kReturn) {
    faults.Add("return_of", "INVALID_RETURN_OF", "is for lines that are returns");
  } else if (reference.order_id.empty() == reference.receipt_number.empty()) {
    faults.Add("return_of", "INVALID_RETURN_OF",
               "must name an order, by `order` or by `receipt_number`, not both");
  } else if (!IsText(reference.order_id, kMaxNumberLength) ||
             !IsText(reference.receipt_number, kMaxNumberLength) ||
             !IsText(reference.line_id, kMaxNumberLength) ||
             (!reference.source.empty() && !IsSystem(reference.source))) {
    faults.Add("return_of", "INVALID_RETURN_OF", "is no source, receipt number and line id");
  }
}

// The price, and what hangs on it.
void CheckAmounts(const OrderLine& line, LineFaults& faults) {
  const bool negative = line.unit_price_micros < 0;
  if (negative && line.kind != LineKind::kCharge) {
    faults.Add("unit_price_micros", "INVALID_PRICE", "may be negative for charges only");
  }
  if (line.tax_micros < 0 && !negative) {
    faults.Add("tax_micros", "INVALID_TAX", "may be negative only where the price is");
  } else if (!IsInOrderRange(line.tax_micros)) {
    faults.Add("tax_micros", "AMOUNT_OVERFLOW", "must be at most 10^16 micros either way");
  }
  const std::optional<int64_t> gross =
      MultiplyDivide(line.quantity_micros, line.unit_price_micros, kMicrosPerUnit);
  if (!IsInOrderRange(line.unit_price_micros)) {
    faults.Add("unit_price_micros", "AMOUNT_OVERFLOW", "must be at most 10^16 micros either way");
  } else if (!gross || !IsInOrderRange(*gross)) {
    faults.Add("unit_price_micros", "AMOUNT_OVERFLOW",
               "times the quantity comes to more than 10^16 micros either way");
  } else if (line.discount_micros < 0 || line.discount_micros > std::max(int64_t{0}, *gross)) {
    faults.Add("discount_micros", "INVALID_DISCOUNT",
               "must lie between 0 and quantity × unit price");
  }
}

void CheckLine(const OrderLine& line, LineFaults& faults) {
  if (!IsText(line.line_id, kMaxNumberLength)) {
    faults.Add("line_id", "INVALID_LINE_ID",
               "must be at most 100 characters, none of them a control character");
  }
  if (line.item.empty() || !IsText(line.item, kMaxItemLength)) {
    faults.Add("item", "INVALID_ITEM",
               "must be 1 to 100 characters, none of them a control character");
  }
  if (!IsProse(line.description, kMaxDescriptionLength)) {
    faults.Add("description", "INVALID_DESCRIPTION",
               WhyNoProse(line.description, kMaxDescriptionLength));
  }
  if (line.quantity_micros <= 0) {
    faults.Add("quantity_micros", "INVALID_QUANTITY", "must be more than 0");
  } else if (!IsInOrderRange(line.quantity_micros)) {
    faults.Add("quantity_micros", "AMOUNT_OVERFLOW", "must be at most 10^16 millionths");
  } else {
    CheckAmounts(line, faults);
  }
  if (line.return_of) CheckReference(line, faults);
}

void CheckLines(const std::vector<OrderLine>& lines, Faults& faults) {
  if (lines.empty()) faults.Add("lines", "LINES_MISSING", "must hold at least one line");
  if (lines.size() > kMaxOrderLines) {
    faults.Add("lines", "TOO_MANY_LINES", absl::StrCat("must be at most ", kMaxOrderLines));
    return;
  }
  absl::flat_hash_set<absl::string_view> ids;
  ids.reserve(lines.size());
  for (size_t i = 0; i < lines.size(); ++i) {
    LineFaults line_faults(i, faults);
    CheckLine(lines[i], line_faults);
    if (!ids.insert(lines[i].line_id).second) {
      line_faults.Add("line_id", "DUPLICATE_LINE_ID", "is that of an earlier line of the order");
    }
  }
}

// A reference without a source means the return's own.
void CompleteReferences(Order& order) {
  for (OrderLine& line : order.lines) {
    if (!line.return_of) continue;
    LineReference& reference = *line.return_of;
    if (reference.source.empty() && !reference.receipt_number.empty()) {
      reference.source = order.source;
    }
  }
}

}  // namespace

absl::Status PrepareOrder(Order& order, absl::Time now) {
  CompleteReferences(order);
  if (order.lines.size() <= kMaxOrderLines) NameLines(order.lines);
  Faults faults;
  CheckHeader(order, now, faults);
  CheckLines(order.lines, faults);
  CheckFlow(order.flow, faults);
  return faults.ToStatus();
}

}  // namespace regulars::customer
