// A customer file on its way into the store, read and made customers outside any change. It is read
// twice or three times: to find the lines that speak of the same customers, to take note of where
// those stand, and to take the lines over, first all others and then these, group by group.
//
//   ABSL_ASSIGN_OR_RETURN(auto file, CustomerFile::Open(path, folder, std::move(reading)));
//   ABSL_ASSIGN_OR_RETURN(bool linked, file->LinkSome(find, slice));      // until it is
//   ABSL_RETURN_IF_ERROR(file->Ready(place));
//   for (const CustomerLine& line : file->lines()) …apply, then remember line.next…
//   ABSL_ASSIGN_OR_RETURN(auto group, file->NextGroup());                 // until there is none
//
// Lines stay until Ready() is called with a place behind them: a change that was rolled back finds
// them again. Thread-compatible.
#ifndef CUSTOMER_SVC_RPC_CUSTOMER_FILE_H_
#define CUSTOMER_SVC_RPC_CUSTOMER_FILE_H_

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "chassis/csv/raw_text.h"
#include "chassis/csv/reader.h"
#include "customer-svc/domain/customer_rows.h"
#include "customer-svc/domain/import.h"
#include "customer-svc/store/line_groups.h"

namespace regulars::customer {

// One record of the file.
struct CustomerLine {
  // Where reading begins: at the record, or at empty lines before it.
  csv::Position begin;
  // The same of the record after it.
  csv::Position next;
  // Physical line, from 1.
  int64_t number = 0;
  // It is in a group and comes with that: nothing below is filled.
  bool grouped = false;
  CustomerRow row;
  // Why it cannot be read.
  std::optional<Refusal> refusal;
  // As it stands in the file, as much of it as a refusal keeps.
  std::string text;
};

// Lines that speak of the same customers.
struct CustomerLineGroup {
  std::vector<LinePlace> places;
  // Empty for a group that is too large to be looked at.
  std::vector<CustomerRow> rows;
  bool too_large = false;
};

// Adds to each customer's list a number for each stored customer who has one of its identifiers.
using FindStored = std::function<absl::Status(absl::Span<const Customer> customers,
                                              std::vector<std::vector<int64_t>>& found)>;

class CustomerFile {
 public:
  // What is read ahead: this many lines, or lines of so many bytes.
  static constexpr size_t kMaxLines = 256;
  static constexpr int64_t kMaxBytes = 1 << 20;

  // `folder` takes the scratch files. Errors as of OpenCsv and CustomerRows::Make.
  static absl::StatusOr<std::unique_ptr<CustomerFile>> Open(const std::string& path,
                                                            const std::string& folder,
                                                            CustomerReading reading);

  // Works for about `slice` at finding the lines that share identifiers or, as `find` has it,
  // stored customers; whether all are found. Before all below.
  absl::StatusOr<bool> LinkSome(const FindStored& find, absl::Duration slice);
  // Bytes of the file worked off by it.
  int64_t bytes_linked() const { return bytes_linked_; }
  // A number that differs if other lines are linked.
  int64_t links() const { return groups_->fingerprint(); }

  // Makes lines() begin at `place`, a line's `next`; without one, behind the header.
  absl::Status Ready(const std::optional<csv::Position>& place);

  // Empty at the end of the file.
  const std::deque<CustomerLine>& lines() const { return lines_; }
  const CustomerRows& rows() const { return rows_; }

  // The next group, or the next piece of one that is too large; nullopt at the end. Once lines() is
  // not needed any more.
  absl::StatusOr<std::optional<CustomerLineGroup>> NextGroup();
  // Passes over groups, as if NextGroup() had been called so often.
  absl::Status SkipGroups(int64_t count);

  // The line as it stands in the file, as much of it as a refusal keeps.
  absl::StatusOr<std::string> TextOf(const LinePlace& place);

 private:
  // What LinkSome() is at.
  enum class Phase { kIdentifiers, kPlaces, kLinked };

  CustomerFile(std::unique_ptr<csv::Reader> reader, CustomerRows rows, csv::RawText text,
               std::unique_ptr<LineGroups> groups)
      : reader_(std::move(reader)),
        rows_(std::move(rows)),
        text_(std::move(text)),
        start_(reader_->position()),
        groups_(std::move(groups)) {}

  // All answer whether there was anything to do.
  absl::StatusOr<bool> AddIdentifiers(const FindStored& find);
  absl::StatusOr<bool> AddPlace();
  absl::Status EndPhase();
  absl::Status FillLine(const csv::Record& record, CustomerLine& line);

  const std::unique_ptr<csv::Reader> reader_;
  const CustomerRows rows_;
  csv::RawText text_;
  const csv::Position start_;
  const std::unique_ptr<LineGroups> groups_;
  Phase phase_ = Phase::kIdentifiers;
  int64_t bytes_linked_ = 0;
  std::deque<CustomerLine> lines_;
};

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_CUSTOMER_FILE_H_
