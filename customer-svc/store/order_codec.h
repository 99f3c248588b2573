// Rows and orders as bytes, for the scratch files of one import. No other process reads them, and
// no later one.
#ifndef CUSTOMER_SVC_STORE_ORDER_CODEC_H_
#define CUSTOMER_SVC_STORE_ORDER_CODEC_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "customer-svc/domain/import.h"
#include "customer-svc/domain/order_rows.h"

namespace regulars::customer {

// Where a line stands in its file.
struct LinePlace {
  // Records behind the header count from 1.
  int64_t row = 0;
  // Physical lines count from 1.
  int64_t line_number = 0;
  // Bytes from the beginning of the file to its first and behind its last.
  int64_t begin = 0;
  int64_t end = 0;
};

// An order as a file tells it, and where its lines stand there.
struct FileOrder {
  // Without its buyer.
  Order order;
  std::string customer;
  std::string email;
  std::vector<LinePlace> places;
};

std::string EncodeRow(const OrderRow& row, const LinePlace& place);
std::string EncodeOrder(const FileOrder& order);
std::string EncodeRefusal(const Refusal& refusal);

// False for bytes that the functions above did not make.
bool DecodeRow(absl::string_view bytes, OrderRow& row, LinePlace& place);
bool DecodeOrder(absl::string_view bytes, FileOrder& order);
bool DecodeRefusal(absl::string_view bytes, Refusal& refusal);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_STORE_ORDER_CODEC_H_
