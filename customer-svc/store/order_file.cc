#include "customer-svc/store/order_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "chassis/base/status_macros.h"
#include "chassis/csv/byte_source.h"

namespace regulars::customer {
namespace {

constexpr size_t kLineSortBytes = 8 << 20;
constexpr size_t kOrderSortBytes = 2 << 20;
// Lines read between two looks at the clock.
constexpr int kLinesPerLook = 64;
// Receipts that a slice may group between two looks.
constexpr int kReceiptsPerLook = 16;

// Numbers as bytes that compare as the numbers do.
void AppendNumber(int64_t number, std::string& key) {
  const uint64_t shifted = static_cast<uint64_t>(number) ^ (uint64_t{1} << 63);
  for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>(shifted >> shift);
}

// A receipt's number holds no NUL: behind it the row follows.
absl::string_view ReceiptOf(absl::string_view key) { return key.substr(0, key.find('\0')); }

absl::Status Damaged() { return absl::DataLossError("a scratch file of an import is damaged"); }

// Where a group or a refusal lies.
struct Stretch {
  int64_t begin;
  int64_t size;
};

}  // namespace

absl::StatusOr<std::unique_ptr<OrderFile>> OrderFile::Open(const std::string& path,
                                                           const std::string& folder,
                                                           OrderReading reading, absl::Time now) {
  ABSL_ASSIGN_OR_RETURN(auto source, csv::FileSource::Open(path));
  ABSL_ASSIGN_OR_RETURN(auto reader, OpenCsv(std::move(source), reading.format));
  ABSL_ASSIGN_OR_RETURN(OrderRows rows, OrderRows::Make(std::move(reading), reader->header(), now));
  ABSL_ASSIGN_OR_RETURN(auto again, csv::FileSource::Open(path));
  csv::RawText text(std::move(again), reader->charset());
  ABSL_ASSIGN_OR_RETURN(auto groups, ScratchFile::Make(folder));
  ABSL_ASSIGN_OR_RETURN(auto refusals, ScratchFile::Make(folder));
  return std::unique_ptr<OrderFile>(new OrderFile(std::move(reader), std::move(rows),
                                                  std::move(text), std::move(groups),
                                                  std::move(refusals), folder));
}

OrderFile::OrderFile(std::unique_ptr<csv::Reader> reader, OrderRows rows, csv::RawText text,
                     std::unique_ptr<ScratchFile> groups, std::unique_ptr<ScratchFile> refusals,
                     const std::string& folder)
    : reader_(std::move(reader)),
      rows_(std::move(rows)),
      text_(std::move(text)),
      lines_({.folder = folder, .memory_bytes = kLineSortBytes}),
      groups_(std::move(groups)),
      orders_({.folder = folder, .memory_bytes = kOrderSortBytes}),
      refusals_(std::move(refusals)) {}

absl::StatusOr<bool> OrderFile::ReadSome(absl::Duration slice) {
  const absl::Time end = absl::Now() + slice;
  while (phase_ != Phase::kReady) {
    const bool reading = phase_ == Phase::kReading;
    bool more = true;
    for (int i = reading ? kLinesPerLook : kReceiptsPerLook; i > 0 && more; --i) {
      ABSL_ASSIGN_OR_RETURN(more, reading ? ReadLine() : GroupReceipt());
    }
    if (!more && reading) {
      ABSL_RETURN_IF_ERROR(lines_.Finish());
      ABSL_RETURN_IF_ERROR(NextLine());
      phase_ = Phase::kGrouping;
    } else if (!more) {
      // Most of the memory was for the lines.
      lines_ = Sorter({});
      ABSL_RETURN_IF_ERROR(orders_.Finish());
      ABSL_RETURN_IF_ERROR(groups_->Flush());
      ABSL_RETURN_IF_ERROR(refusals_->Flush());
      phase_ = Phase::kReady;
    }
    if (absl::Now() >= end) break;
  }
  return phase_ == Phase::kReady;
}

absl::StatusOr<bool> OrderFile::ReadLine() {
  ABSL_ASSIGN_OR_RETURN(const csv::Record* record, reader_->Next());
  if (record == nullptr) return false;
  ++report_.lines_read;
  const LinePlace place{record->position.record, record->position.line, record->position.offset,
                        reader_->position().offset};
  if (record->error) {
    ABSL_RETURN_IF_ERROR(Refuse(RefusalOf(*record->error), place));
    return true;
  }
  RowFate fate = rows_.Read(record->fields, row_);
  if (auto* refusal = std::get_if<Refusal>(&fate)) {
    ABSL_RETURN_IF_ERROR(Refuse(std::move(*refusal), place));
  } else if (const auto* ignored = std::get_if<RowIgnored>(&fate)) {
    report_.Ignore(ignored->reason);
  } else {
    row_.line.sequence = place.row;
    key_ = row_.receipt;
    key_ += '\0';
    AppendNumber(place.row, key_);
    ABSL_RETURN_IF_ERROR(lines_.Add(key_, EncodeRow(row_, place)));
  }
  return true;
}

absl::Status OrderFile::Refuse(Refusal refusal, const LinePlace& place) {
  report_.Refuse(refusal.reason);
  if (refusals_written_ >= kMaxRefusalsKept) return absl::OkStatus();
  ++refusals_written_;
  refusal.line_number = place.line_number;
  ABSL_ASSIGN_OR_RETURN(refusal.text, TextOf(place));
  const std::string bytes = EncodeRefusal(refusal);
  const auto size = static_cast<int64_t>(bytes.size());
  ABSL_RETURN_IF_ERROR(refusals_->Append({reinterpret_cast<const char*>(&size), sizeof size}));
  return refusals_->Append(bytes);
}

absl::Status OrderFile::NextLine() {
  ABSL_ASSIGN_OR_RETURN(lines_left_, lines_.Next());
  return absl::OkStatus();
}

absl::Status OrderFile::RefuseTooMany(const LinePlace& place) {
  return Refuse(rows_.Refuse("receipt_number", "TOO_MANY_LINES",
                             absl::StrCat("is on more than ", kMaxOrderLines,
                                          " lines, the most that an order may have")),
                place);
}

// Reads the rows of the receipt that lines_ stands on, and moves it to the next one. Of one that
// has too many all are refused; its rows are then one more than the most.
absl::Status OrderFile::GatherReceipt() {
  receipt_rows_.clear();
  receipt_places_.clear();
  const std::string receipt(ReceiptOf(lines_.key()));
  while (lines_left_ && ReceiptOf(lines_.key()) == receipt) {
    OrderRow row;
    LinePlace place;
    if (!DecodeRow(lines_.value(), row, place)) return Damaged();
    if (receipt_rows_.size() < kMaxOrderLines) {
      receipt_rows_.push_back(std::move(row));
      receipt_places_.push_back(place);
    } else {
      for (const LinePlace& each : receipt_places_) ABSL_RETURN_IF_ERROR(RefuseTooMany(each));
      receipt_places_.clear();
      receipt_rows_.resize(kMaxOrderLines + 1);
      ABSL_RETURN_IF_ERROR(RefuseTooMany(place));
    }
    ABSL_RETURN_IF_ERROR(NextLine());
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> OrderFile::GroupReceipt() {
  if (!lines_left_) return false;
  ABSL_RETURN_IF_ERROR(GatherReceipt());
  if (receipt_rows_.size() > kMaxOrderLines) return true;
  SortedReceipt sorted = SortReceipt(rows_, std::move(receipt_rows_));
  receipt_rows_.clear();
  for (auto& [row, refusal] : sorted.refused) {
    ABSL_RETURN_IF_ERROR(Refuse(std::move(refusal), receipt_places_[row]));
  }
  report_.lines_unchanged += static_cast<int64_t>(sorted.repeated.size());
  if (!sorted.kept.empty()) ABSL_RETURN_IF_ERROR(AddOrder(std::move(sorted)));
  return true;
}

absl::Status OrderFile::AddOrder(SortedReceipt sorted) {
  FileOrder order{.order = std::move(sorted.order),
                  .customer = std::move(sorted.customer),
                  .email = std::move(sorted.email)};
  for (const size_t row : sorted.kept) order.places.push_back(receipt_places_[row]);
  key_.clear();
  AppendNumber(absl::ToUnixMicros(order.order.order_time), key_);
  AppendNumber(order.places[0].row, key_);
  const std::string bytes = EncodeOrder(order);
  const Stretch stretch{groups_->size(), static_cast<int64_t>(bytes.size())};
  ABSL_RETURN_IF_ERROR(groups_->Append(bytes));
  return orders_.Add(key_, {reinterpret_cast<const char*>(&stretch), sizeof stretch});
}

absl::StatusOr<std::vector<Refusal>> OrderFile::ReadRefusals(size_t limit) {
  std::vector<Refusal> refusals;
  while (refusals.size() < limit && refusals_read_at_ < refusals_->size()) {
    int64_t size = 0;
    ABSL_RETURN_IF_ERROR(
        refusals_->Read(refusals_read_at_, sizeof size, reinterpret_cast<char*>(&size)));
    std::string bytes(static_cast<size_t>(size), '\0');
    ABSL_RETURN_IF_ERROR(refusals_->Read(refusals_read_at_ + static_cast<int64_t>(sizeof size),
                                         bytes.size(), bytes.data()));
    refusals_read_at_ += static_cast<int64_t>(sizeof size) + size;
    if (!DecodeRefusal(bytes, refusals.emplace_back())) return Damaged();
  }
  return refusals;
}

absl::StatusOr<std::optional<FileOrder>> OrderFile::NextOrder() {
  ABSL_ASSIGN_OR_RETURN(const bool found, orders_.Next());
  if (!found) return std::optional<FileOrder>();
  Stretch stretch{};
  if (orders_.value().size() != sizeof stretch) return Damaged();
  std::memcpy(&stretch, orders_.value().data(), sizeof stretch);
  std::string bytes(static_cast<size_t>(stretch.size), '\0');
  ABSL_RETURN_IF_ERROR(groups_->Read(stretch.begin, bytes.size(), bytes.data()));
  FileOrder order;
  if (!DecodeOrder(bytes, order)) return Damaged();
  return std::optional<FileOrder>(std::move(order));
}

absl::Status OrderFile::SkipOrders(int64_t count) {
  for (; count > 0; --count) {
    ABSL_ASSIGN_OR_RETURN(const bool found, orders_.Next());
    if (!found) return Damaged();
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> OrderFile::TextOf(const LinePlace& place) {
  return text_.Read(place.begin, place.end, kMaxRefusalText);
}

}  // namespace regulars::customer
