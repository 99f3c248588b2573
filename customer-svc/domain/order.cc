#include "customer-svc/domain/order.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/fingerprint.h"
#include "chassis/base/money.h"
#include "chassis/base/status_macros.h"

namespace regulars::customer {
namespace {

// "7zq0c4m1k9x2d-1": 13 characters of Crockford's base32 and the occurrence.
std::string MakeLineId(uint64_t fingerprint, int64_t occurrence) {
  constexpr char kDigits[] = "0123456789abcdefghjkmnpqrstvwxyz";
  char text[13];
  for (int i = 12; i >= 0; --i, fingerprint >>= 5) text[i] = kDigits[fingerprint & 31];
  return absl::StrCat(absl::string_view(text, sizeof(text)), "-", occurrence);
}

absl::Status Overflow(absl::string_view field) {
  return FieldError(field, "AMOUNT_OVERFLOW", "comes to more than 64 bits can hold");
}

bool AddTo(int64_t& sum, int64_t value) { return !__builtin_add_overflow(sum, value, &sum); }
bool SubtractFrom(int64_t& sum, int64_t value) { return !__builtin_sub_overflow(sum, value, &sum); }

bool AddToTotals(LineType type, int64_t amount, int64_t discount, int64_t tax,
                 OrderTotals& totals) {
  if (type == LineType::kSale) {
    return AddTo(totals.sales_micros, amount) && AddTo(totals.discount_micros, discount) &&
           AddTo(totals.tax_micros, tax);
  }
  return AddTo(totals.returned_micros, amount) && SubtractFrom(totals.discount_micros, discount) &&
         SubtractFrom(totals.tax_micros, tax);
}

bool AmountFits(const OrderTotals& totals) {
  int64_t amount = totals.sales_micros;
  return SubtractFrom(amount, totals.returned_micros);
}

// Adds one line to the figures; false if something overflows.
bool AddToFigures(const Rate& rate, OrderLine& line, OrderFigures& figures) {
  const std::optional<int64_t> amount = LineAmount(line);
  if (!amount) return false;
  const std::optional<int64_t> base_amount = rate.Convert(*amount);
  const std::optional<int64_t> base_discount = rate.Convert(line.discount_micros);
  const std::optional<int64_t> base_tax = rate.Convert(line.tax_micros);
  if (!base_amount || !base_discount || !base_tax) return false;
  line.amount_micros = *amount;
  line.base_amount_micros = *base_amount;
  const bool sale = line.type == LineType::kSale;
  ++(sale ? figures.sale_lines : figures.return_lines);
  const int64_t units = line.kind == LineKind::kProduct ? line.quantity_micros : 0;
  return AddToTotals(line.type, *amount, line.discount_micros, line.tax_micros, figures.totals) &&
         AddToTotals(line.type, *base_amount, *base_discount, *base_tax, figures.base_totals) &&
         AddTo(sale ? figures.units_sold_micros : figures.units_returned_micros, units);
}

}  // namespace

std::optional<int64_t> LineAmount(const OrderLine& line) {
  std::optional<int64_t> amount =
      MultiplyDivide(line.quantity_micros, line.unit_price_micros, kMicrosPerUnit);
  if (!amount || !SubtractFrom(*amount, line.discount_micros)) return std::nullopt;
  return amount;
}

absl::StatusOr<OrderFigures> WorkOutFigures(Order& order) {
  OrderFigures figures;
  for (size_t i = 0; i < order.lines.size(); ++i) {
    if (!AddToFigures(order.rate, order.lines[i], figures)) {
      return Overflow(absl::StrCat("lines[", i, "]"));
    }
  }
  if (!AmountFits(figures.totals) || !AmountFits(figures.base_totals)) return Overflow("lines");
  return figures;
}

absl::Status CheckRange(const OrderFigures& figures) {
  for (const OrderTotals& totals : {figures.totals, figures.base_totals}) {
    for (const int64_t sum :
         {totals.sales_micros, totals.returned_micros, totals.discount_micros, totals.tax_micros}) {
      if (!IsInOrderRange(sum)) {
        return FieldError("lines", "AMOUNT_OVERFLOW",
                          "come to more than 10^16 micros either way, in the order's currency or "
                          "in the base currency");
      }
    }
  }
  if (!IsInOrderRange(figures.units_sold_micros) ||
      !IsInOrderRange(figures.units_returned_micros)) {
    return FieldError("lines", "AMOUNT_OVERFLOW", "come to more than 10^16 millionths of a unit");
  }
  return absl::OkStatus();
}

uint64_t FingerprintOf(const OrderLine& line) {
  Fingerprint print;
  print.Add(static_cast<int64_t>(line.type));
  print.Add(static_cast<int64_t>(line.kind));
  print.Add(line.item);
  print.Add(line.description);
  print.Add(line.quantity_micros);
  print.Add(line.unit_price_micros);
  print.Add(line.discount_micros);
  print.Add(line.tax_micros);
  if (line.return_of) {
    print.Add(line.return_of->order_id);
    print.Add(line.return_of->source);
    print.Add(line.return_of->receipt_number);
    print.Add(line.return_of->line_id);
  }
  return print.Take();
}

void NameLines(std::vector<OrderLine>& lines) {
  absl::flat_hash_map<uint64_t, int64_t> counts;
  for (OrderLine& line : lines) {
    if (!line.line_id.empty()) continue;
    const uint64_t fingerprint = FingerprintOf(line);
    int64_t& count = counts[fingerprint];
    count = line.occurrence > 0 ? line.occurrence : count + 1;
    line.line_id = MakeLineId(fingerprint, count);
  }
}

int64_t SequenceOf(const Order& order) {
  int64_t sequence = order.lines.empty() ? 0 : order.lines[0].sequence;
  for (const OrderLine& line : order.lines) sequence = std::min(sequence, line.sequence);
  return sequence;
}

bool SameContent(const OrderLine& a, const OrderLine& b) {
  return a.line_id == b.line_id && a.type == b.type && a.kind == b.kind && a.item == b.item &&
         a.description == b.description && a.quantity_micros == b.quantity_micros &&
         a.unit_price_micros == b.unit_price_micros && a.discount_micros == b.discount_micros &&
         a.tax_micros == b.tax_micros && a.return_of == b.return_of;
}

bool SameContent(const Order& a, const Order& b) {
  return a.source == b.source && a.receipt_number == b.receipt_number && a.buyer == b.buyer &&
         a.order_time == b.order_time && a.store == b.store && a.till == b.till &&
         a.staff == b.staff && a.channel == b.channel && a.country == b.country &&
         a.currency == b.currency && a.tax_included == b.tax_included && a.flow == b.flow &&
         std::equal(
             a.lines.begin(), a.lines.end(), b.lines.begin(), b.lines.end(),
             [](const OrderLine& one, const OrderLine& other) { return SameContent(one, other); });
}

absl::StatusOr<size_t> AddLines(Order& order, const Order& more) {
  absl::flat_hash_map<absl::string_view, size_t> known;
  known.reserve(order.lines.size());
  for (size_t i = 0; i < order.lines.size(); ++i) known.emplace(order.lines[i].line_id, i);
  std::vector<OrderLine> added;
  for (size_t i = 0; i < more.lines.size(); ++i) {
    const auto found = known.find(more.lines[i].line_id);
    if (found == known.end()) {
      added.push_back(more.lines[i]);
    } else if (!SameContent(order.lines[found->second], more.lines[i])) {
      return FieldError(absl::StrCat("lines[", i, "].line_id"), "DUPLICATE_LINE_ID",
                        "is there already, with another content");
    }
  }
  if (added.empty()) return 0;
  if (order.lines.size() + added.size() > kMaxOrderLines) {
    return FieldError("lines", "TOO_MANY_LINES",
                      absl::StrCat("would be more than ", kMaxOrderLines, " with those recorded"));
  }
  order.order_time = std::min(order.order_time, more.order_time);
  order.lines.insert(order.lines.end(), added.begin(), added.end());
  return added.size();
}

absl::StatusOr<bool> AddHead(Order& order, const Order& more) {
  static constexpr std::pair<absl::string_view, std::string Order::*> kFields[] = {
      {"store", &Order::store},     {"till", &Order::till},       {"staff", &Order::staff},
      {"channel", &Order::channel}, {"country", &Order::country},
  };
  bool added = false;
  for (const auto& [name, field] : kFields) {
    std::string& known = order.*field;
    const std::string& said = more.*field;
    if (said.empty() || said == known) continue;
    if (!known.empty()) {
      return FieldError(name, "RECEIPT_DIFFERS",
                        absl::StrCat("differs from that of the recorded receipt: '", known, "'"));
    }
    known = said;
    added = true;
  }
  return added;
}

void KeepSequences(const Order& before, Order& after) {
  absl::flat_hash_map<absl::string_view, int64_t> places;
  for (const OrderLine& line : before.lines) {
    if (line.sequence != 0) places.emplace(line.line_id, line.sequence);
  }
  if (places.empty()) return;
  for (OrderLine& line : after.lines) {
    if (const auto found = places.find(line.line_id); found != places.end()) {
      if (line.sequence == 0) line.sequence = found->second;
    }
  }
}

}  // namespace regulars::customer
