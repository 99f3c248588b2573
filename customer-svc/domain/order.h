// An order: a receipt of what was sold, taken back, or both in one go. What it comes to, who its
// lines are, and whether two say the same.
//
//   ABSL_RETURN_IF_ERROR(PrepareOrder(order, tx.now()));       // order_check.h
//   ABSL_ASSIGN_OR_RETURN(const OrderFigures figures, WorkOutFigures(order));
//
// Plain values and pure functions.
#ifndef CUSTOMER_SVC_DOMAIN_ORDER_H_
#define CUSTOMER_SVC_DOMAIN_ORDER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "customer-svc/domain/order_flow.h"
#include "customer-svc/domain/rate.h"

namespace regulars::customer {

inline constexpr size_t kMaxOrderLines = 2000;
// The most that an order may come to either way, in its own and in the base currency, and in units;
// a line, its price and its quantity no more either. In millionths: ten thousand million units, so
// that hundreds of such orders add up within 64 bits.
inline constexpr int64_t kMaxOrderMicros = 10'000'000'000'000'000;

// Numbers are stored, and equal those of the public interface.
enum class LineType : int64_t { kSale = 1, kReturn = 2 };
enum class LineKind : int64_t { kProduct = 1, kCharge = 2 };
enum class OrderState : int64_t { kRecorded = 1, kCancelled = 2 };

// Says which sold line a return takes back: an order by its id, or by source and receipt number.
struct LineReference {
  std::string order_id;
  std::string source;
  std::string receipt_number;
  // Empty: the lines of the return's item, in their order.
  std::string line_id;

  friend bool operator==(const LineReference&, const LineReference&) = default;
};

struct OrderLine {
  // Unique within the order. Empty: PrepareOrder makes one.
  std::string line_id;
  LineType type = LineType::kSale;
  LineKind kind = LineKind::kProduct;
  std::string item;
  std::string description;
  int64_t quantity_micros = 0;
  int64_t unit_price_micros = 0;
  int64_t discount_micros = 0;
  int64_t tax_micros = 0;
  std::optional<LineReference> return_of;

  // Place in the file that the line came from; 0 for lines of calls. Decides between lines of the
  // same order time; no part of what an order says.
  int64_t sequence = 0;
  // Which of several equal lines of the receipt this is, from 1; 0: PrepareOrder counts. For those
  // who send a receipt in parts.
  int64_t occurrence = 0;

  // Filled by WorkOutFigures, in the order's and in the base currency.
  int64_t amount_micros = 0;
  int64_t base_amount_micros = 0;
};

// The customer of an order.
struct Buyer {
  int64_t key = 0;
  std::string id;

  friend bool operator==(const Buyer& a, const Buyer& b) { return a.key == b.key; }
};

struct Order {
  // Empty until it is stored.
  std::string id;
  std::string source;
  std::string receipt_number;
  std::optional<Buyer> buyer;
  absl::Time order_time;
  std::string store;
  std::string till;
  std::string staff;
  std::string channel;
  std::string country;
  std::string currency;
  bool tax_included = false;
  std::vector<OrderLine> lines;
  OrderState state = OrderState::kRecorded;
  // Base currency units per unit of `currency`; fixed when the order arrives.
  Rate rate;
  OrderFlow flow;
  // Whether its customer was erased: then it changes no more.
  bool erased = false;
};

// What lines come to, in one currency. Sales and returns are both written positive.
struct OrderTotals {
  int64_t sales_micros = 0;
  int64_t returned_micros = 0;
  int64_t discount_micros = 0;
  int64_t tax_micros = 0;

  // What counts to revenue. Cannot overflow in totals that WorkOutFigures made.
  int64_t amount_micros() const { return sales_micros - returned_micros; }
  friend bool operator==(const OrderTotals&, const OrderTotals&) = default;
};

struct OrderFigures {
  OrderTotals totals;
  // Each line converted and rounded half to even, then added up.
  OrderTotals base_totals;
  // Of PRODUCT lines.
  int64_t units_sold_micros = 0;
  int64_t units_returned_micros = 0;
  int64_t sale_lines = 0;
  int64_t return_lines = 0;

  friend bool operator==(const OrderFigures&, const OrderFigures&) = default;
};

// Whether an order, a line or a price may be of this amount.
inline bool IsInOrderRange(int64_t micros) {
  return micros >= -kMaxOrderMicros && micros <= kMaxOrderMicros;
}

// quantity × unit price, rounded half to even to a millionth, - discount; nullopt if it overflows.
std::optional<int64_t> LineAmount(const OrderLine& line);

// Works out the amounts of the lines and what they come to, at the order's rate. INVALID_ARGUMENT
// AMOUNT_OVERFLOW where something does not fit 64 bits.
absl::StatusOr<OrderFigures> WorkOutFigures(Order& order);

// INVALID_ARGUMENT AMOUNT_OVERFLOW where what the lines come to lies beyond kMaxOrderMicros. For
// orders that are about to count: figures of stored ones may be older than that limit.
absl::Status CheckRange(const OrderFigures& figures);

// What a line says, as a number: equal lines have equal ones, for ever. Who sends a receipt in
// parts counts by it which occurrence of its content a line is.
uint64_t FingerprintOf(const OrderLine& line);

// Gives lines without an id one made from their content and their occurrence among equal lines, so
// that the same receipt gives the same ids.
void NameLines(std::vector<OrderLine>& lines);

// The place of an order among those of the same time: that of its earliest line in its file.
int64_t SequenceOf(const Order& order);

// Whether two lines, or two orders with their lines in sequence, say the same. Names, states, rates
// and places in files are no part of it. Both must have been prepared.
bool SameContent(const OrderLine& a, const OrderLine& b);
bool SameContent(const Order& a, const Order& b);

// Adds those lines of `more` that `order` does not have yet (by id) and moves the order's time to
// the earlier one; without a new line nothing moves. Returns the number of lines added. Both must
// have been prepared. INVALID_ARGUMENT TOO_MANY_LINES, DUPLICATE_LINE_ID (the id is there with
// another content).
absl::StatusOr<size_t> AddLines(Order& order, const Order& more);

// Adds what another part of the same receipt says of it and `order` does not: store, till, staff,
// channel and country; whether there was anything. INVALID_ARGUMENT RECEIPT_DIFFERS where both say
// something, and not the same.
absl::StatusOr<bool> AddHead(Order& order, const Order& more);

// Takes over the places in files of those lines of `before` that `after` still has.
void KeepSequences(const Order& before, Order& after);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_ORDER_H_
