// Orders in sequence, for lists: by order time or by arrival, with the fields that filters can
// name.
//
//   ABSL_ASSIGN_OR_RETURN(const filter::Expression filter,
//                         filter::CompileRequest(text, OrderSchema()));
//   ABSL_ASSIGN_OR_RETURN(const orders::Scanned scanned, orders::Scan(db, {.filter = filter, …}));
#ifndef CUSTOMER_SVC_STORE_ORDER_LIST_H_
#define CUSTOMER_SVC_STORE_ORDER_LIST_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "chassis/filter/expression.h"
#include "chassis/filter/schema.h"
#include "chassis/storage/transaction.h"

namespace regulars::customer::orders {

// Names are those of the Order message. The empty text is a missing value.
const filter::Schema& OrderSchema();

enum class Sequence { kLatestFirst, kEarliestFirst, kLastMadeFirst, kFirstMadeFirst };

// Where an order stands in all sequences.
struct OrderPlace {
  absl::Time order_time;
  int64_t key = 0;
};

struct ListQuery {
  filter::Expression filter;
  Sequence sequence = Sequence::kLatestFirst;
  bool show_cancelled = false;
  // The company's; days in the filter are read by it.
  absl::TimeZone zone;
  // Goes on behind this order.
  std::optional<OrderPlace> after;
};

struct ListedOrder {
  OrderPlace place;
  std::string store;
  int64_t lines = 0;
};

struct Scanned {
  // Those that meet the query.
  std::vector<ListedOrder> orders;
  // The last one looked at; unset if there was none.
  std::optional<OrderPlace> last;
  // Whether nothing lies behind it.
  bool at_end = false;
};

// Looks at the next `limit` orders in sequence, of those that the filter's plain terms (customer,
// order time, source and receipt number) leave to be looked at.
absl::StatusOr<Scanned> Scan(Snapshot& db, const ListQuery& query, int64_t limit);

}  // namespace regulars::customer::orders

#endif  // CUSTOMER_SVC_STORE_ORDER_LIST_H_
