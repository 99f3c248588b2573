// Rows in aligned columns for people to read. The first batch of rows decides how wide columns are,
// so that long lists can be printed page by page; later rows may stand out.
//
//   Table table({{"ID"}, {"REVENUE", Align::kRight}});
//   table.Add({"06g1…", "12.50 GBP"});
//   table.Print(std::cout, width);   // 0: no limit
#ifndef CLI_TABLE_H_
#define CLI_TABLE_H_

#include <ostream>
#include <string>
#include <vector>

namespace regulars::cli {

enum class Align { kLeft, kRight };

struct TableColumn {
  std::string title;
  Align align = Align::kLeft;
  // May be cut where the terminal is too narrow.
  bool shrinks = false;
};

class Table {
 public:
  explicit Table(std::vector<TableColumn> columns) : columns_(std::move(columns)) {}

  // As many cells as there are columns.
  void Add(std::vector<std::string> cells);
  // Prints the rows added since the last time; the first time with the titles above, unless there
  // is no row.
  void Print(std::ostream& out, size_t max_width);

 private:
  void Measure(size_t max_width);
  void PrintRow(std::ostream& out, const std::vector<std::string>& cells) const;

  const std::vector<TableColumn> columns_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<size_t> widths_;  // Empty before the first batch.
};

// "Key:  value" lines, the values aligned; those without a value are left out.
class Details {
 public:
  Details& Add(std::string key, std::string value);
  void Print(std::ostream& out) const;

 private:
  std::vector<std::pair<std::string, std::string>> lines_;
};

}  // namespace regulars::cli

#endif  // CLI_TABLE_H_
