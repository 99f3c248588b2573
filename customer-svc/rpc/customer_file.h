// A customer file on its way into the store: the next lines of it, read and made customers outside
// any change.
//
//   ABSL_ASSIGN_OR_RETURN(auto file, CustomerFile::Open(path, std::move(reading)));
//   ABSL_RETURN_IF_ERROR(file->Ready(place));
//   for (const CustomerLine& line : file->lines()) …apply, then remember line.next…
//
// Lines stay until Ready() is called with a place behind them: a change that was rolled back finds
// them again. Thread-compatible.
#ifndef CUSTOMER_SVC_RPC_CUSTOMER_FILE_H_
#define CUSTOMER_SVC_RPC_CUSTOMER_FILE_H_

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "chassis/csv/raw_text.h"
#include "chassis/csv/reader.h"
#include "customer-svc/domain/customer_rows.h"
#include "customer-svc/domain/import.h"

namespace regulars::customer {

// One record of the file.
struct CustomerLine {
  // Where reading begins: at the record, or at empty lines before it.
  csv::Position begin;
  // The same of the record after it.
  csv::Position next;
  // Physical line, from 1.
  int64_t number = 0;
  CustomerRow row;
  // Why it cannot be read.
  std::optional<Refusal> refusal;
  // As it stands in the file, as much of it as a refusal keeps.
  std::string text;
  // What all of it says, as a number.
  int64_t fingerprint = 0;
};

class CustomerFile {
 public:
  // What is read ahead: this many lines, or lines of so many bytes.
  static constexpr size_t kMaxLines = 256;
  static constexpr int64_t kMaxBytes = 1 << 20;

  // Errors as of OpenCsv and CustomerRows::Make.
  static absl::StatusOr<std::unique_ptr<CustomerFile>> Open(const std::string& path,
                                                            CustomerReading reading);

  // Makes lines() begin at `place`, a line's `next`; without one, behind the header.
  absl::Status Ready(const std::optional<csv::Position>& place);

  // Empty at the end of the file.
  const std::deque<CustomerLine>& lines() const { return lines_; }
  const CustomerRows& rows() const { return rows_; }

 private:
  CustomerFile(std::unique_ptr<csv::Reader> reader, CustomerRows rows, csv::RawText text)
      : reader_(std::move(reader)),
        rows_(std::move(rows)),
        text_(std::move(text)),
        start_(reader_->position()) {}

  CustomerLine ReadLine(const csv::Record& record) const;

  const std::unique_ptr<csv::Reader> reader_;
  const CustomerRows rows_;
  csv::RawText text_;
  const csv::Position start_;
  std::deque<CustomerLine> lines_;
};

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_CUSTOMER_FILE_H_
