// A file of order lines, read to its end and turned into orders in order of time, in memory that
// does not grow with the file: lines of one receipt may stand anywhere. What is in between lies in
// scratch files without a name.
//
//   ABSL_ASSIGN_OR_RETURN(auto file, OrderFile::Open(path, folder, reading, now));
//   ABSL_ASSIGN_OR_RETURN(bool ready, file->ReadSome(absl::Milliseconds(200)));   // until ready
//   …file->report()…
//   ABSL_ASSIGN_OR_RETURN(auto refusals, file->ReadRefusals(500));
//   ABSL_ASSIGN_OR_RETURN(auto order, file->NextOrder());
//
// The same file gives the same refusals and orders in the same sequence, by time and then by the
// first row, each time it is read: who remembers how many it took can go on behind them.
//
// Thread-compatible.
#ifndef CUSTOMER_SVC_STORE_ORDER_FILE_H_
#define CUSTOMER_SVC_STORE_ORDER_FILE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "chassis/csv/raw_text.h"
#include "chassis/csv/reader.h"
#include "chassis/storage/scratch.h"
#include "customer-svc/domain/import.h"
#include "customer-svc/domain/order_rows.h"
#include "customer-svc/domain/receipt_rows.h"
#include "customer-svc/store/order_codec.h"

namespace regulars::customer {

class OrderFile {
 public:
  // `folder` takes the scratch files. Errors as of OpenCsv and OrderRows::Make.
  static absl::StatusOr<std::unique_ptr<OrderFile>> Open(const std::string& path,
                                                         const std::string& folder,
                                                         OrderReading reading, absl::Time now);

  // Works for about `slice`; whether all is read and sorted.
  absl::StatusOr<bool> ReadSome(absl::Duration slice);

  // Bytes of the file worked off so far.
  int64_t bytes_read() const { return reader_->position().offset; }
  // Orders in all. Once all is read, as all below.
  int64_t order_count() const { return orders_.count(); }

  const OrderRows& rows() const { return rows_; }

  // What reading alone found: every line, and those that were ignored, refused or are there twice.
  const ImportReport& report() const { return report_; }
  // Its refused lines, the next ones, at most `limit`; no more than kMaxRefusalsKept in all.
  absl::StatusOr<std::vector<Refusal>> ReadRefusals(size_t limit);

  // The next order; nullopt at the end.
  absl::StatusOr<std::optional<FileOrder>> NextOrder();
  // Passes over orders, as if NextOrder() had been called so often.
  absl::Status SkipOrders(int64_t count);

  // The line as it stands in the file, cut to kMaxRefusalText.
  absl::StatusOr<std::string> TextOf(const LinePlace& place);

 private:
  enum class Phase { kReading, kGrouping, kReady };

  OrderFile(std::unique_ptr<csv::Reader> reader, OrderRows rows, csv::RawText text,
            std::unique_ptr<ScratchFile> groups, std::unique_ptr<ScratchFile> refusals,
            const std::string& folder);

  // Both answer whether there was anything to do.
  absl::StatusOr<bool> ReadLine();
  absl::StatusOr<bool> GroupReceipt();
  absl::Status GatherReceipt();
  absl::Status AddOrder(SortedReceipt sorted);
  absl::Status Refuse(Refusal refusal, const LinePlace& place);
  absl::Status RefuseTooMany(const LinePlace& place);
  // Moves lines_ on; lines_left_ says whether it stands on a line.
  absl::Status NextLine();

  const std::unique_ptr<csv::Reader> reader_;
  OrderRows rows_;
  csv::RawText text_;
  Phase phase_ = Phase::kReading;
  ImportReport report_;

  // Serves ReadLine(), so that little is allocated for each.
  OrderRow row_;
  std::string key_;
  // Receipt and row → line.
  Sorter lines_;
  bool lines_left_ = false;
  // The receipt being gathered.
  std::vector<OrderRow> receipt_rows_;
  std::vector<LinePlace> receipt_places_;

  // Orders by receipt, and time and first row → place of the order there.
  const std::unique_ptr<ScratchFile> groups_;
  Sorter orders_;

  const std::unique_ptr<ScratchFile> refusals_;
  int64_t refusals_written_ = 0;
  int64_t refusals_read_at_ = 0;
};

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_STORE_ORDER_FILE_H_
