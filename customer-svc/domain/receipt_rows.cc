#include "customer-svc/domain/receipt_rows.h"

#include <algorithm>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/mailbox.h"
#include "chassis/base/text.h"

namespace regulars::customer {
namespace {

// Most of a value that a message shows.
constexpr size_t kMaxShownBytes = 64;

// One field that all rows of a receipt share.
struct SharedField {
  absl::string_view name;
  std::string OrderRow::*of_row;
  std::string& (*of_receipt)(SortedReceipt& sorted);
};

std::string Folded(const std::string& email) { return FoldMailbox(email).value_or(email); }

const SharedField kShared[] = {
    {"customer", &OrderRow::customer,
     [](SortedReceipt& sorted) -> std::string& { return sorted.customer; }},
    {"customer_email", &OrderRow::email,
     [](SortedReceipt& sorted) -> std::string& { return sorted.email; }},
    {"country", &OrderRow::country,
     [](SortedReceipt& sorted) -> std::string& { return sorted.order.country; }},
    {"store", &OrderRow::store,
     [](SortedReceipt& sorted) -> std::string& { return sorted.order.store; }},
    {"till", &OrderRow::till,
     [](SortedReceipt& sorted) -> std::string& { return sorted.order.till; }},
    {"staff", &OrderRow::staff,
     [](SortedReceipt& sorted) -> std::string& { return sorted.order.staff; }},
    {"channel", &OrderRow::channel,
     [](SortedReceipt& sorted) -> std::string& { return sorted.order.channel; }},
    {"currency", &OrderRow::currency,
     [](SortedReceipt& sorted) -> std::string& { return sorted.order.currency; }},
};

bool Differ(absl::string_view field, const std::string& a, const std::string& b) {
  if (a.empty() || b.empty() || a == b) return false;
  return field != "customer_email" || Folded(a) != Folded(b);
}

// Why the row cannot be of the receipt as the rows before it have it.
std::optional<Refusal> FindDifference(const OrderRows& reader, const OrderRow& row,
                                      SortedReceipt& sorted) {
  for (const SharedField& field : kShared) {
    const std::string& known = field.of_receipt(sorted);
    if (!Differ(field.name, row.*field.of_row, known)) continue;
    return reader.Refuse(field.name, "RECEIPT_DIFFERS",
                         absl::StrCat("differs from that of the receipt's lines before it: '",
                                      EscapeForLog(known, kMaxShownBytes), "'"));
  }
  return std::nullopt;
}

void TakeHead(const OrderRows& reader, const OrderRow& row, SortedReceipt& sorted) {
  Order& order = sorted.order;
  if (sorted.kept.empty()) {
    order.source = reader.reading().source;
    order.receipt_number = row.receipt;
    order.order_time = row.time;
    order.tax_included = reader.reading().tax_included;
  }
  order.order_time = std::min(order.order_time, row.time);
  for (const SharedField& field : kShared) {
    std::string& known = field.of_receipt(sorted);
    if (known.empty()) known = row.*field.of_row;
  }
}

// The lines of a receipt in the making: by id, and how often each content was there.
struct SeenLines {
  absl::flat_hash_map<std::string, size_t> by_id;
  absl::flat_hash_map<uint64_t, int64_t> occurrences;
};

// Whether the row is a line of its own. If not, sorted says what it is.
bool IsNewLine(const OrderRows& reader, size_t place, OrderLine& line, SeenLines& seen,
               SortedReceipt& sorted) {
  if (line.line_id.empty()) {
    line.occurrence = ++seen.occurrences[FingerprintOf(line)];
    return true;
  }
  const auto [known, is_new] = seen.by_id.emplace(line.line_id, sorted.order.lines.size());
  if (is_new) return true;
  if (SameContent(sorted.order.lines[known->second], line)) {
    sorted.repeated.push_back(place);
  } else {
    sorted.refused.emplace_back(
        place, reader.Refuse("line_id", "DUPLICATE_LINE_ID",
                             "is that of an earlier line of the receipt, with another content"));
  }
  return false;
}

}  // namespace

SortedReceipt SortReceipt(const OrderRows& reader, std::vector<OrderRow> rows) {
  SortedReceipt sorted;
  SeenLines seen;
  const bool any_negative =
      std::any_of(rows.begin(), rows.end(), [](const OrderRow& row) { return row.negative; });
  for (size_t i = 0; i < rows.size(); ++i) {
    OrderRow& row = rows[i];
    if (any_negative && !row.negative && reader.IsReturnReceipt(row.receipt)) {
      sorted.refused.emplace_back(i, reader.Refuse("quantity", "POSITIVE_IN_RETURN",
                                                   "is positive among negative ones in a return"));
      continue;
    }
    if (auto refusal = FindDifference(reader, row, sorted)) {
      sorted.refused.emplace_back(i, *std::move(refusal));
      continue;
    }
    if (!IsNewLine(reader, i, row.line, seen, sorted)) continue;
    TakeHead(reader, row, sorted);
    sorted.kept.push_back(i);
    sorted.order.lines.push_back(std::move(row.line));
  }
  return sorted;
}

}  // namespace regulars::customer
