#include "cli/table.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "chassis/base/check.h"
#include "cli/format.h"

namespace regulars::cli {
namespace {

constexpr size_t kGap = 2;
// A column that is cut keeps at least this much.
constexpr size_t kMinWidth = 8;

std::string Spaces(size_t width, const std::string& text) {
  const size_t used = DisplayWidth(text);
  return std::string(width > used ? width - used : 0, ' ');
}

}  // namespace

void Table::Add(std::vector<std::string> cells) {
  // A row that does not fit its columns is a mistake in the program.
  CHECK(cells.size() == columns_.size());
  rows_.push_back(std::move(cells));
}

void Table::Measure(size_t max_width) {
  size_t total = 0;
  for (size_t i = 0; i < columns_.size(); ++i) {
    size_t width = DisplayWidth(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, DisplayWidth(row[i]));
    widths_.push_back(width);
    total += width + (i > 0 ? kGap : 0);
  }
  while (max_width > 0 && total > max_width) {
    size_t widest = columns_.size();
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (!columns_[i].shrinks || widths_[i] <= kMinWidth) continue;
      if (widest == columns_.size() || widths_[i] > widths_[widest]) widest = i;
    }
    if (widest == columns_.size()) return;
    --widths_[widest];
    --total;
  }
}

void Table::PrintRow(std::ostream& out, const std::vector<std::string>& cells) const {
  std::string row;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) row.append(kGap, ' ');
    const std::string cell = columns_[i].shrinks ? FitWidth(cells[i], widths_[i]) : cells[i];
    if (columns_[i].align == Align::kRight) row += Spaces(widths_[i], cell);
    row += cell;
    if (columns_[i].align == Align::kLeft) row += Spaces(widths_[i], cell);
  }
  out << absl::StripTrailingAsciiWhitespace(row) << '\n';
}

void Table::Print(std::ostream& out, size_t max_width) {
  if (rows_.empty()) return;
  if (widths_.empty()) {
    Measure(max_width);
    std::vector<std::string> titles;
    for (const TableColumn& column : columns_) titles.push_back(column.title);
    PrintRow(out, titles);
  }
  for (const auto& row : rows_) PrintRow(out, row);
  rows_.clear();
}

Details& Details::Add(std::string key, std::string value) {
  if (!value.empty()) lines_.emplace_back(std::move(key), std::move(value));
  return *this;
}

void Details::Print(std::ostream& out) const {
  size_t width = 0;
  for (const auto& [key, value] : lines_) width = std::max(width, DisplayWidth(key));
  for (const auto& [key, value] : lines_) {
    out << key << ':' << Spaces(width + 1, key) << value << '\n';
  }
}

}  // namespace regulars::cli
