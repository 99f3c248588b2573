// How the rows of one receipt make an order.
//
//   SortedReceipt sorted = SortReceipt(reader, std::move(rows));
//
// Plain values and a pure function.
#ifndef CUSTOMER_SVC_DOMAIN_RECEIPT_ROWS_H_
#define CUSTOMER_SVC_DOMAIN_RECEIPT_ROWS_H_

#include <string>
#include <utility>
#include <vector>

#include "customer-svc/domain/import.h"
#include "customer-svc/domain/order.h"
#include "customer-svc/domain/order_rows.h"

namespace regulars::customer {

// What becomes of the rows of one receipt, which stand in the file's order: those refused beside
// the others (POSITIVE_IN_RETURN, DUPLICATE_LINE_ID, RECEIPT_DIFFERS), those that say once more
// what a row before them said (by line_id), and the order that the rest makes, without its buyer.
// Its time is that of the earliest row; lines count their occurrences.
//
// Customer, store, till, staff, channel, country and currency are the receipt's: each is what the
// first row says that says any, and a row that says another is refused.
struct SortedReceipt {
  // Place in the rows, and why.
  std::vector<std::pair<size_t, Refusal>> refused;
  std::vector<size_t> repeated;
  // Places of the rows that became lines.
  std::vector<size_t> kept;
  // Without lines if there are none.
  Order order;
  std::string customer;
  std::string email;
};
SortedReceipt SortReceipt(const OrderRows& reader, std::vector<OrderRow> rows);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_RECEIPT_ROWS_H_
