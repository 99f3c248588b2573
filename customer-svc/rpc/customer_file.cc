#include "customer-svc/rpc/customer_file.h"

#include <utility>

#include "chassis/base/fingerprint.h"
#include "chassis/base/status_macros.h"
#include "chassis/csv/byte_source.h"
#include "customer-svc/domain/import_format.h"

namespace regulars::customer {
absl::StatusOr<std::unique_ptr<CustomerFile>> CustomerFile::Open(const std::string& path,
                                                                 CustomerReading reading) {
  ABSL_ASSIGN_OR_RETURN(auto source, csv::FileSource::Open(path));
  ABSL_ASSIGN_OR_RETURN(auto reader, OpenCsv(std::move(source), reading.format));
  ABSL_ASSIGN_OR_RETURN(CustomerRows rows,
                        CustomerRows::Make(std::move(reading), reader->header()));
  ABSL_ASSIGN_OR_RETURN(auto again, csv::FileSource::Open(path));
  csv::RawText text(std::move(again), reader->charset());
  return std::unique_ptr<CustomerFile>(
      new CustomerFile(std::move(reader), std::move(rows), std::move(text)));
}

CustomerLine CustomerFile::ReadLine(const csv::Record& record) const {
  CustomerLine line{.number = record.position.line};
  if (record.error) {
    line.refusal = RefusalOf(*record.error);
    return line;
  }
  Fingerprint print;
  for (const absl::string_view field : record.fields) print.Add(field);
  line.fingerprint = static_cast<int64_t>(print.Take());
  line.refusal = rows_.Read(record.fields, line.row);
  return line;
}

absl::Status CustomerFile::Ready(const std::optional<csv::Position>& place) {
  const csv::Position& begin = place.value_or(start_);
  while (!lines_.empty() && lines_.front().begin.offset < begin.offset) lines_.pop_front();
  // After a restart, and after a failure behind which another place is the stored one.
  const csv::Position& first = lines_.empty() ? reader_->position() : lines_.front().begin;
  if (first != begin) {
    lines_.clear();
    ABSL_RETURN_IF_ERROR(reader_->Seek(begin));
  }
  while (lines_.size() < kMaxLines &&
         (lines_.empty() || reader_->position().offset - begin.offset < kMaxBytes)) {
    const csv::Position at = reader_->position();
    ABSL_ASSIGN_OR_RETURN(const csv::Record* record, reader_->Next());
    if (record == nullptr) break;
    CustomerLine& line = lines_.emplace_back(ReadLine(*record));
    line.begin = at;
    line.next = reader_->position();
    ABSL_ASSIGN_OR_RETURN(line.text,
                          text_.Read(record->position.offset, line.next.offset, kMaxRefusalText));
  }
  return absl::OkStatus();
}

}  // namespace regulars::customer
