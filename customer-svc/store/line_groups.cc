#include "customer-svc/store/line_groups.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "chassis/base/status_macros.h"

namespace regulars::customer {
namespace {

constexpr size_t kIdentifierSortBytes = 4 << 20;
constexpr size_t kLineSortBytes = 2 << 20;
// Lines that a piece of a group that is too large has at most.
constexpr size_t kPieceLines = 256;
constexpr size_t kNumberBytes = 8;

// Numbers as bytes that compare as they do.
void AppendNumber(uint64_t number, std::string& key) {
  for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>(number >> shift);
}

int64_t ReadNumber(absl::string_view bytes) {
  uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return static_cast<int64_t>(number);
}

std::string Key(uint64_t group, int64_t row) {
  std::string key;
  AppendNumber(group, key);
  AppendNumber(static_cast<uint64_t>(row), key);
  return key;
}

}  // namespace

absl::StatusOr<std::unique_ptr<LineGroups>> LineGroups::Make(const std::string& folder) {
  ABSL_ASSIGN_OR_RETURN(auto parents, ScratchNumbers::Make(folder));
  return std::unique_ptr<LineGroups>(new LineGroups(std::move(parents), folder));
}

LineGroups::LineGroups(std::unique_ptr<ScratchNumbers> parents, const std::string& folder)
    : identifiers_({.folder = folder, .memory_bytes = kIdentifierSortBytes}),
      parents_(std::move(parents)),
      lines_({.folder = folder, .memory_bytes = kLineSortBytes}) {}

absl::Status LineGroups::AddIdentifier(uint64_t fingerprint, int64_t row) {
  return identifiers_.Add(Key(fingerprint, row), "");
}

absl::Status LineGroups::Join() {
  ABSL_RETURN_IF_ERROR(identifiers_.Finish());
  std::string before;
  while (true) {
    ABSL_ASSIGN_OR_RETURN(const bool found, identifiers_.Next());
    if (!found) break;
    const absl::string_view key = identifiers_.key();
    if (!before.empty() && key.substr(0, kNumberBytes) == before.substr(0, kNumberBytes) &&
        key != before) {
      ABSL_RETURN_IF_ERROR(
          Unite(ReadNumber(before.substr(kNumberBytes)), ReadNumber(key.substr(kNumberBytes))));
      any_ = true;
    }
    before.assign(key.data(), key.size());
  }
  // Its memory is not needed any more.
  identifiers_ = Sorter({});
  return absl::OkStatus();
}

// Halves the way to the first one as it goes, so that ways stay short.
absl::StatusOr<int64_t> LineGroups::FirstOf(int64_t row) {
  while (true) {
    ABSL_ASSIGN_OR_RETURN(const int64_t parent, parents_->Get(row));
    if (parent == 0 || parent - 1 == row) return row;
    ABSL_ASSIGN_OR_RETURN(const int64_t above, parents_->Get(parent - 1));
    if (above == parent) return parent - 1;
    ABSL_RETURN_IF_ERROR(parents_->Set(row, above));
    row = above - 1;
  }
}

absl::Status LineGroups::Unite(int64_t a, int64_t b) {
  ABSL_ASSIGN_OR_RETURN(a, FirstOf(a));
  ABSL_ASSIGN_OR_RETURN(b, FirstOf(b));
  const int64_t first = std::min(a, b);
  ABSL_RETURN_IF_ERROR(parents_->Set(a, first + 1));
  return parents_->Set(b, first + 1);
}

absl::StatusOr<bool> LineGroups::Has(int64_t row) const {
  if (!any_) return false;
  ABSL_ASSIGN_OR_RETURN(const int64_t parent, parents_->Get(row));
  return parent != 0;
}

absl::Status LineGroups::AddLine(const LinePlace& place) {
  ABSL_ASSIGN_OR_RETURN(const bool has, Has(place.row));
  if (!has) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const int64_t first, FirstOf(place.row));
  print_.Add(first);
  print_.Add(place.row);
  return lines_.Add(Key(static_cast<uint64_t>(first), place.row),
                    {reinterpret_cast<const char*>(&place), sizeof place});
}

absl::Status LineGroups::Finish() {
  fingerprint_ = static_cast<int64_t>(print_.Take());
  ABSL_RETURN_IF_ERROR(lines_.Finish());
  return Advance();
}

absl::Status LineGroups::Advance() {
  ABSL_ASSIGN_OR_RETURN(on_line_, lines_.Next());
  return absl::OkStatus();
}

absl::StatusOr<LinePlace> LineGroups::TakeLine() {
  LinePlace place;
  if (lines_.value().size() != sizeof place) {
    return absl::DataLossError("a scratch file of an import is damaged");
  }
  std::memcpy(&place, lines_.value().data(), sizeof place);
  ABSL_RETURN_IF_ERROR(Advance());
  return place;
}

absl::StatusOr<std::optional<LineGroups::Group>> LineGroups::Next() {
  const auto group_of = [this] { return lines_.key().substr(0, kNumberBytes); };
  if (held_.empty() && on_line_ && group_of() != too_large_) {
    Group group;
    const std::string first(group_of());
    int64_t bytes = 0;
    while (on_line_ && group_of() == first && group.lines.size() <= kMaxLines &&
           bytes <= kMaxBytes) {
      ABSL_ASSIGN_OR_RETURN(const LinePlace place, TakeLine());
      bytes += place.end - place.begin;
      group.lines.push_back(place);
    }
    if (group.lines.size() <= kMaxLines && bytes <= kMaxBytes) return group;
    too_large_ = first;
    held_.assign(group.lines.begin(), group.lines.end());
  }
  Group piece{.lines = {}, .too_large = true};
  while (piece.lines.size() < kPieceLines && !held_.empty()) {
    piece.lines.push_back(held_.front());
    held_.pop_front();
  }
  while (piece.lines.size() < kPieceLines && on_line_ && group_of() == too_large_) {
    ABSL_ASSIGN_OR_RETURN(piece.lines.emplace_back(), TakeLine());
  }
  if (piece.lines.empty()) return std::optional<Group>();
  return piece;
}

}  // namespace regulars::customer
