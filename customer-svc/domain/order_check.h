// What an order may say, checked and put into its one form before anything is done with it.
//
//   ABSL_RETURN_IF_ERROR(PrepareOrder(order, tx.now()));
//
// Pure.
#ifndef CUSTOMER_SVC_DOMAIN_ORDER_CHECK_H_
#define CUSTOMER_SVC_DOMAIN_ORDER_CHECK_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "customer-svc/domain/order.h"

namespace regulars::customer {

// Fills what the sender may leave out (ids of lines, the source of references) and checks all that
// the order says by itself. Doing it twice changes nothing.
//
// The error is an INVALID_ARGUMENT with the fields at fault, as paths from the
// order ("lines[3].item"), and the reason of the first: INVALID_SOURCE, INVALID_RECEIPT_NUMBER,
// ORDER_TIME_MISSING, ORDER_TIME_OUT_OF_RANGE, INVALID_STORE, INVALID_TILL, INVALID_STAFF,
// INVALID_CHANNEL, INVALID_COUNTRY, INVALID_CURRENCY, LINES_MISSING, TOO_MANY_LINES,
// INVALID_LINE_ID, DUPLICATE_LINE_ID, INVALID_ITEM, INVALID_DESCRIPTION, INVALID_QUANTITY,
// INVALID_PRICE, INVALID_DISCOUNT, INVALID_TAX, INVALID_RETURN_OF, AMOUNT_OVERFLOW.
absl::Status PrepareOrder(Order& order, absl::Time now);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_ORDER_CHECK_H_
