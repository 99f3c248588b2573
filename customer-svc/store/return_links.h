// The stored links between returns and what they took back (table return_link), and the lines that
// links of naming returns follow from. relink.h keeps the links right.
#ifndef CUSTOMER_SVC_STORE_RETURN_LINKS_H_
#define CUSTOMER_SVC_STORE_RETURN_LINKS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/order.h"
#include "customer-svc/domain/returns.h"

namespace regulars::customer::return_links {

// A link as an order shows it.
struct ShownLink {
  // Position of the return line in its order.
  size_t position = 0;
  // Id of the order that sold, id and item of the line there.
  std::string order_id;
  std::string line_id;
  std::string item;
  int64_t quantity_micros = 0;
};

// What a link follows from (column `named`).
enum class Tie : int64_t {
  // The return names no sold line; it was looked for among those of the customer.
  kFound = 0,
  // The return names it.
  kNamed = 1,
  // It was looked for, and the customer has gone: it stays as it was, for it names orders and
  // nobody, until a line that it ties changes or gets a customer.
  kKept = 2,
};

// Links of the order's return lines, by line, latest sold line first.
absl::StatusOr<std::vector<ShownLink>> OfReturns(Snapshot& db, int64_t order);

// What was taken back of each of the order's sold lines, by position; without those of which
// nothing was.
absl::StatusOr<std::vector<std::pair<size_t, int64_t>>> TakenBack(Snapshot& db, int64_t order);

// (return line, sale line) → quantity.
using LinkMap = std::map<std::pair<int64_t, int64_t>, int64_t>;

// Links of returns that name one of the order's sold lines.
absl::StatusOr<LinkMap> NamedLinksTo(Snapshot& db, int64_t order);
// Adds those of returns that name one sold line.
absl::Status AddNamedLinksTo(Snapshot& db, int64_t sale_line, LinkMap& links);

// Links of a line, of either type, that no return names. For lines without a customer.
absl::StatusOr<LinkMap> KeptLinksOf(Snapshot& db, int64_t line);
// What all returns took of a sold line.
absl::StatusOr<int64_t> TakenOf(Snapshot& db, int64_t sale_line);

absl::Status Insert(Transaction& tx, const Link& link, Tie tie);
absl::Status Delete(Transaction& tx, int64_t return_line, int64_t sale_line);

// An order that returns may name.
struct NamedOrder {
  int64_t key = 0;
  std::string id;
  std::string source;
  std::string receipt_number;
  // None if the customer has gone.
  std::optional<int64_t> customer;
  absl::Time order_time;
};

absl::StatusOr<std::optional<NamedOrder>> FindNamed(Snapshot& db, const LineReference& reference);
absl::StatusOr<std::optional<NamedOrder>> FindNamed(Snapshot& db, int64_t key);

// Its sold lines, in their own order: that of their file, where they came in parts.
absl::StatusOr<std::vector<NamedSale>> SalesOf(Snapshot& db, int64_t order);

// The returns that name it. `by_id` tells whether one may name it by its id.
absl::StatusOr<std::vector<NamingReturn>> FindNaming(Snapshot& db, const NamedOrder& order,
                                                     bool by_id);

}  // namespace regulars::customer::return_links

#endif  // CUSTOMER_SVC_STORE_RETURN_LINKS_H_
