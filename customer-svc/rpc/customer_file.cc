#include "customer-svc/rpc/customer_file.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "chassis/base/fingerprint.h"
#include "chassis/base/mailbox.h"
#include "chassis/base/status_macros.h"
#include "chassis/csv/byte_source.h"
#include "customer-svc/domain/import_format.h"

namespace regulars::customer {
namespace {

// Lines whose stored customers are looked for at once, and places noted between two looks at the
// clock.
constexpr size_t kLinkBatch = 256;

// What a line may be linked by. Numbers that are not those of identifiers stand for stored
// customers.
std::vector<uint64_t> IdentifiersOf(const Customer& customer,
                                    const std::vector<int64_t>& stored_customers) {
  std::vector<uint64_t> identifiers;
  for (const ExternalId& id : customer.external_ids) {
    Fingerprint print;
    print.Add(id.system);
    print.Add(id.id);
    identifiers.push_back(print.Take());
  }
  for (const Email& email : customer.emails) {
    Fingerprint print;
    print.Add(email.folded);
    identifiers.push_back(print.Take());
  }
  for (const int64_t key : stored_customers) {
    Fingerprint print;
    print.Add(key);
    identifiers.push_back(print.Take());
  }
  return identifiers;
}

// Folds the customer's addresses; whether all are some. A line with one that is none is refused
// whatever else it says.
bool Fold(Customer& customer) {
  for (Email& email : customer.emails) {
    absl::StatusOr<std::string> folded = FoldMailbox(email.address);
    if (!folded.ok()) return false;
    email.folded = *std::move(folded);
  }
  return true;
}

LinePlace PlaceOf(const csv::Record& record, const csv::Position& next) {
  return {record.position.record, record.position.line, record.position.offset, next.offset};
}

}  // namespace

absl::StatusOr<std::unique_ptr<CustomerFile>> CustomerFile::Open(const std::string& path,
                                                                 const std::string& folder,
                                                                 CustomerReading reading) {
  ABSL_ASSIGN_OR_RETURN(auto source, csv::FileSource::Open(path));
  ABSL_ASSIGN_OR_RETURN(auto reader, OpenCsv(std::move(source), reading.format));
  ABSL_ASSIGN_OR_RETURN(CustomerRows rows,
                        CustomerRows::Make(std::move(reading), reader->header()));
  ABSL_ASSIGN_OR_RETURN(auto again, csv::FileSource::Open(path));
  csv::RawText text(std::move(again), reader->charset());
  ABSL_ASSIGN_OR_RETURN(auto groups, LineGroups::Make(folder));
  return std::unique_ptr<CustomerFile>(
      new CustomerFile(std::move(reader), std::move(rows), std::move(text), std::move(groups)));
}

absl::StatusOr<bool> CustomerFile::LinkSome(const FindStored& find, absl::Duration slice) {
  const absl::Time end = absl::Now() + slice;
  while (phase_ != Phase::kLinked) {
    bool more = true;
    if (phase_ == Phase::kIdentifiers) {
      ABSL_ASSIGN_OR_RETURN(more, AddIdentifiers(find));
    } else {
      for (size_t i = 0; i < kLinkBatch && more; ++i) {
        ABSL_ASSIGN_OR_RETURN(more, AddPlace());
      }
    }
    bytes_linked_ = std::max(bytes_linked_, reader_->position().offset);
    if (!more) ABSL_RETURN_IF_ERROR(EndPhase());
    if (absl::Now() >= end) break;
  }
  return phase_ == Phase::kLinked;
}

absl::StatusOr<bool> CustomerFile::AddIdentifiers(const FindStored& find) {
  std::vector<Customer> customers;
  std::vector<int64_t> rows;
  bool more = true;
  for (size_t i = 0; i < kLinkBatch && more; ++i) {
    ABSL_ASSIGN_OR_RETURN(const csv::Record* record, reader_->Next());
    more = record != nullptr;
    if (!more || record->error) continue;
    CustomerRow row;
    if (rows_.Read(record->fields, row) || !Fold(row.customer)) continue;
    customers.push_back(std::move(row.customer));
    rows.push_back(record->position.record);
  }
  std::vector<std::vector<int64_t>> stored(customers.size());
  ABSL_RETURN_IF_ERROR(find(customers, stored));
  for (size_t i = 0; i < customers.size(); ++i) {
    for (const uint64_t identifier : IdentifiersOf(customers[i], stored[i])) {
      ABSL_RETURN_IF_ERROR(groups_->AddIdentifier(identifier, rows[i]));
    }
  }
  return more;
}

absl::StatusOr<bool> CustomerFile::AddPlace() {
  ABSL_ASSIGN_OR_RETURN(const csv::Record* record, reader_->Next());
  if (record == nullptr) return false;
  ABSL_RETURN_IF_ERROR(groups_->AddLine(PlaceOf(*record, reader_->position())));
  return true;
}

absl::Status CustomerFile::EndPhase() {
  ABSL_RETURN_IF_ERROR(reader_->Seek(start_));
  if (phase_ == Phase::kIdentifiers) {
    ABSL_RETURN_IF_ERROR(groups_->Join());
    phase_ = Phase::kPlaces;
    // As a rule no customer stands there twice, and the file need not be read once more.
    if (groups_->any()) return absl::OkStatus();
  }
  phase_ = Phase::kLinked;
  return groups_->Finish();
}

absl::Status CustomerFile::FillLine(const csv::Record& record, CustomerLine& line) {
  line.number = record.position.line;
  ABSL_ASSIGN_OR_RETURN(line.grouped, groups_->Has(record.position.record));
  if (line.grouped) return absl::OkStatus();
  if (record.error) {
    line.refusal = RefusalOf(*record.error);
  } else {
    line.refusal = rows_.Read(record.fields, line.row);
  }
  ABSL_ASSIGN_OR_RETURN(line.text, TextOf(PlaceOf(record, line.next)));
  return absl::OkStatus();
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
    CustomerLine& line = lines_.emplace_back();
    line.begin = at;
    line.next = reader_->position();
    ABSL_RETURN_IF_ERROR(FillLine(*record, line));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<CustomerLineGroup>> CustomerFile::NextGroup() {
  ABSL_ASSIGN_OR_RETURN(std::optional<LineGroups::Group> found, groups_->Next());
  if (!found) return std::optional<CustomerLineGroup>();
  CustomerLineGroup group{.places = std::move(found->lines), .too_large = found->too_large};
  if (group.too_large) return group;
  for (const LinePlace& place : group.places) {
    if (reader_->position().offset != place.begin) {
      ABSL_RETURN_IF_ERROR(reader_->Seek({place.row, place.line_number, place.begin}));
    }
    ABSL_ASSIGN_OR_RETURN(const csv::Record* record, reader_->Next());
    // It was read without fault before.
    if (record == nullptr || record->error ||
        rows_.Read(record->fields, group.rows.emplace_back())) {
      return absl::DataLossError("a file has changed while it was imported");
    }
  }
  return group;
}

absl::Status CustomerFile::SkipGroups(int64_t count) {
  for (; count > 0; --count) {
    ABSL_ASSIGN_OR_RETURN(const auto group, groups_->Next());
    if (!group) return absl::DataLossError("a file has fewer lines than before");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> CustomerFile::TextOf(const LinePlace& place) {
  return text_.Read(place.begin, place.end, kMaxRefusalText);
}

}  // namespace regulars::customer
