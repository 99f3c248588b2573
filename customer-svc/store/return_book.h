// The book of returns (domain/returns.h) of one customer and item in the store: tables open_sale,
// unnamed_return, and the links of return_link that no return names.
#ifndef CUSTOMER_SVC_STORE_RETURN_BOOK_H_
#define CUSTOMER_SVC_STORE_RETURN_BOOK_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/returns.h"

namespace regulars::customer::return_links {

class StoredBook final : public ReturnBook {
 public:
  // Told of each link that changes: return line, sale line, and how much more it is.
  using Note = std::function<void(int64_t, int64_t, int64_t)>;

  StoredBook(Transaction& tx, int64_t customer, std::string item, Note note)
      : tx_(tx), customer_(customer), item_(std::move(item)), note_(std::move(note)) {}

  absl::StatusOr<int64_t> LeftOf(const LineRank& sale) override;
  absl::StatusOr<std::optional<RankedQuantity>> LastLeftBefore(absl::Time time) override;
  absl::StatusOr<std::optional<RankedQuantity>> FirstLeftBehind(const LineRank& rank) override;
  absl::StatusOr<std::optional<RankedQuantity>> FirstReturn(const ReturnSearch& search) override;
  absl::StatusOr<std::vector<RankedQuantity>> TakenBy(const LineRank& back) override;
  absl::StatusOr<std::vector<RankedQuantity>> GivenBy(const LineRank& sale,
                                                      const LineRank& behind) override;
  absl::Status AddLeft(const LineRank& sale, int64_t quantity_micros) override;
  absl::Status SetLeft(const LineRank& sale, int64_t quantity_micros) override;
  absl::Status SetLink(const LineRank& back, const LineRank& sale, int64_t before_micros,
                       int64_t after_micros) override;
  absl::Status InsertReturn(const LineRank& back) override;
  absl::Status DeleteReturn(const LineRank& back) override;
  absl::Status AddMissing(const LineRank& back, int64_t quantity_micros) override;

 private:
  Transaction& tx_;
  const int64_t customer_;
  const std::string item_;
  const Note note_;
};

// Whether the customer returned anything after `time`: if not, a sale of that time finds no taker.
absl::StatusOr<bool> AnyReturnAfter(Snapshot& db, int64_t customer, absl::Time time);

// Takes an order out of the books of its customer, who is gone. Links that no return names, of its
// own returns and of others of that customer to its sales, are kept as they are.
absl::Status ForgetOrder(Transaction& tx, int64_t order);

}  // namespace regulars::customer::return_links

#endif  // CUSTOMER_SVC_STORE_RETURN_BOOK_H_
