// Keeps the links of returns what domain/returns.h makes of the recorded lines, in whatever
// sequence they came.
//
//   Relinker relinker(tx, before, after);
//   ABSL_RETURN_IF_ERROR(relinker.TakeOff());
//   …the order is written…
//   ABSL_ASSIGN_OR_RETURN(const std::vector<int64_t> others, relinker.PutOn());
#ifndef CUSTOMER_SVC_STORE_RELINK_H_
#define CUSTOMER_SVC_STORE_RELINK_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/store/orders.h"
#include "customer-svc/store/return_book.h"
#include "customer-svc/store/return_links.h"

namespace regulars::customer::return_links {

// Makes the links right again while an order is written: new (`before` is null) or changed. Costs
// what the lines that differ change, whatever the customer's history. Writes only what differs.
class Relinker {
 public:
  // Both must outlive it; `after` has its key once it is written.
  Relinker(Transaction& tx, const orders::StoredOrder* before, const orders::StoredOrder& after)
      : tx_(tx), before_(before), after_(after) {}

  // Before the order is written: what goes leaves the books.
  absl::Status TakeOff();

  // Once it is written: what came enters them. Returns the keys of other orders whose returns show
  // other links now.
  absl::StatusOr<std::vector<int64_t>> PutOn();

 private:
  const OrderLine* Before(size_t position) const;
  const OrderLine* After(size_t position) const;
  bool Differs(size_t position) const;
  // The book that a line of an order with a customer is in; `side` is the order as the line has it.
  StoredBook BookOf(const orders::StoredOrder& side, const OrderLine& line);
  StoredBook MakeBook(const orders::StoredOrder* side, int64_t customer, const std::string& item);

  absl::Status TakeOffLine(size_t position, const OrderLine& line);
  // Takes away the links that a line of an order without a customer has kept.
  absl::Status DropKept(int64_t line);
  // Makes room on a sold line for returns that name it.
  absl::Status TrimKept(const NamedSale& sale);
  absl::Status NoteNamed(const OrderLine& line);
  absl::StatusOr<std::optional<NamedOrder>> LoadNamed(int64_t order);
  absl::Status RelinkNamed(int64_t order);
  absl::Status WriteNamed(int64_t order, const std::vector<Link>& wanted,
                          std::map<int64_t, int64_t>& taken_more);
  absl::Status PutOnLine(size_t position, const OrderLine& line);
  absl::StatusOr<bool> ReturnedLater();
  // Notes that a return has more (or, below zero, less) of a sold line. Lines of this order are
  // known by their ids, as `side` has them: their keys may change hands.
  void Note(const orders::StoredOrder* side, int64_t return_line, int64_t sale_line,
            int64_t quantity);
  std::vector<int64_t> OthersMoved() const;

  Transaction& tx_;
  const orders::StoredOrder* const before_;
  const orders::StoredOrder& after_;
  // Orders whose naming returns are to be linked anew.
  std::set<int64_t> named_;
  // What returns that name them took of this order's lines, by key of the line.
  std::map<int64_t, int64_t> named_quantities_;
  // Whether the customer returned anything later than this order; once it was needed.
  std::optional<bool> returned_later_;
  // How much more of a sold line other orders' returns have now: return line, then either the sold
  // line or its id in this order.
  std::map<std::tuple<int64_t, int64_t, std::string>, int64_t> moves_;
};

}  // namespace regulars::customer::return_links

#endif  // CUSTOMER_SVC_STORE_RELINK_H_
