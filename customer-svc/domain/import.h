// Imports: files that hold order lines or customers, how they are read and what became of them.
//
// Plain values.
#ifndef CUSTOMER_SVC_DOMAIN_IMPORT_H_
#define CUSTOMER_SVC_DOMAIN_IMPORT_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace regulars::customer {

// Numbers are stored, and equal those of the public interface.
enum class ImportKind : int64_t { kOrderLines = 1, kCustomers = 2 };
enum class ImportState : int64_t { kRunning = 1, kDone = 2, kFailed = 3, kCancelled = 4 };

// How long refused lines are kept once the import has ended.
inline constexpr absl::Duration kRefusalsKept = absl::Hours(24 * 30);
// Refused lines that are kept of one import; all are counted.
inline constexpr int64_t kMaxRefusalsKept = 1'000'000;
// Characters of a refused line that are kept.
inline constexpr size_t kMaxRefusalText = 1000;

// How a CSV file is written, as callers say it; see import_format.h.
struct CsvFormat {
  std::string delimiter;
  std::string charset;
  std::string decimal_separator;
  std::string time_zone;
  std::string time_format;
};

// What a negative quantity means outside receipts that are returns.
enum class NegativeQuantity { kRefuse, kReturn, kIgnore };

struct OrderLineOptions {
  CsvFormat csv;
  // Each "column=field".
  std::vector<std::string> columns;
  std::string source;
  std::string customer_system;
  bool integer_customer_ids = false;
  std::string currency;
  std::string store;
  std::string channel;
  bool tax_included = false;
  std::string return_receipt_prefix;
  NegativeQuantity negative_quantity = NegativeQuantity::kRefuse;
  std::vector<std::string> charge_items;
  std::vector<std::string> charge_item_prefixes;
  std::vector<std::string> ignored_items;
  // Each "text=code".
  std::vector<std::string> country_names;
};

struct CustomerOptions {
  CsvFormat csv;
  // Each "column=field".
  std::vector<std::string> columns;
  std::string customer_system;
  bool integer_customer_ids = false;
  std::string list_separator;
  // Each "text=code".
  std::vector<std::string> country_names;
};

// What became of the lines of a file; see v1::ImportReport. Reason codes name the counts.
struct ImportReport {
  int64_t lines_read = 0;
  int64_t lines_stored = 0;
  int64_t lines_unchanged = 0;
  int64_t lines_ignored = 0;
  int64_t lines_refused = 0;
  std::map<std::string, int64_t> ignored;
  std::map<std::string, int64_t> refused;
  int64_t orders_created = 0;
  int64_t orders_updated = 0;
  int64_t customers_created = 0;
  int64_t customers_updated = 0;

  // Count lines that were left out; lines_read is the caller's.
  void Ignore(const std::string& reason, int64_t lines = 1) {
    lines_ignored += lines;
    ignored[reason] += lines;
  }
  void Refuse(const std::string& reason, int64_t lines = 1) {
    lines_refused += lines;
    refused[reason] += lines;
  }
  // Adds the counts of another part of the same file.
  void Add(const ImportReport& other) {
    lines_read += other.lines_read;
    lines_stored += other.lines_stored;
    lines_unchanged += other.lines_unchanged;
    for (const auto& [reason, lines] : other.ignored) Ignore(reason, lines);
    for (const auto& [reason, lines] : other.refused) Refuse(reason, lines);
    orders_created += other.orders_created;
    orders_updated += other.orders_updated;
    customers_created += other.customers_created;
    customers_updated += other.customers_updated;
  }

  // Whether anything of the file was stored, or would have been.
  bool changed() const {
    return lines_stored + orders_created + orders_updated + customers_created + customers_updated >
           0;
  }

  friend bool operator==(const ImportReport&, const ImportReport&) = default;
};

// One line that was left out as faulty.
struct Refusal {
  // Physical line, from 1; the header is line 1.
  int64_t line_number = 0;
  std::string reason;
  // Name of the column at fault; "": the whole line.
  std::string column;
  // What is wrong, in a sentence.
  std::string message;
  // The line as it stands in the file, at most kMaxRefusalText characters.
  std::string text;

  friend bool operator==(const Refusal&, const Refusal&) = default;
};

struct Import {
  int64_t key = 0;
  std::string id;
  ImportKind kind = ImportKind::kOrderLines;
  ImportState state = ImportState::kRunning;
  // Id of the profile it is read by, or "".
  std::string profile;
  bool dry_run = false;
  std::string file_name;
  int64_t size_bytes = 0;
  std::string sha256;
  std::string spool_name;
  // Serialised options, which the profile may differ from later.
  std::string options;
  // Who sent it, and the stores they are limited to; no store: all.
  std::string principal;
  std::vector<std::string> realms;
  std::string task;
  absl::Time create_time;
  std::optional<absl::Time> finish_time;
  // Why it failed, as the wire has it; "" otherwise.
  std::string error;
  ImportReport report;
  // How many refused lines are listed.
  int64_t refusals_kept = 0;
  // Whether they have been taken away since.
  bool refusals_expired = false;
};

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_IMPORT_H_
