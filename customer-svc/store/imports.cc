#include "customer-svc/store/imports.h"

#include <limits>
#include <tuple>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "chassis/base/status_macros.h"
#include "chassis/filter/request.h"
#include "chassis/filter/schema.h"
#include "chassis/filter/sql.h"
#include "customer-svc/store/customer_filter.h"

namespace regulars::customer::imports {
namespace {

using filter::Field;
using filter::Type;
using storage_internal::ToParameter;

constexpr char kColumns[] =
    "i.key, i.id, i.kind, i.state, i.profile, i.dry_run, i.file_name, i.size_bytes, i.sha256, "
    "i.spool_name, i.options, i.principal, i.realms, i.task, i.create_time, i.finish_time, "
    "i.error, i.lines_read, i.lines_stored, i.lines_unchanged, i.lines_ignored, i.lines_refused, "
    "i.orders_created, i.orders_updated, i.customers_created, i.customers_updated, i.ignored, "
    "i.refused, i.refusals_kept, i.clear_time";

// "ZERO_QUANTITY 3\n…" and back. Reasons are codes: no space is in them.
std::string WriteCounts(const std::map<std::string, int64_t>& counts) {
  return absl::StrJoin(counts, "\n", absl::PairFormatter(" "));
}

std::map<std::string, int64_t> ReadCounts(absl::string_view text) {
  std::map<std::string, int64_t> counts;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const std::pair<std::string, absl::string_view> parts = absl::StrSplit(line, ' ');
    int64_t count = 0;
    if (absl::SimpleAtoi(parts.second, &count)) counts[parts.first] = count;
  }
  return counts;
}

// Calls `each` with each import that `rest` of the statement picks, and with the number that the
// column `extra` holds.
template <typename F>
absl::Status Select(Snapshot& db, absl::string_view extra, absl::string_view rest,
                    const std::vector<Parameter>& parameters, F each) {
  const std::string sql = absl::StrCat("SELECT ", kColumns, ", ", extra, " FROM import i ", rest);
  return db.SqlWith(sql, parameters)
      .Each<int64_t, std::string, int64_t, int64_t, std::string, bool, std::string, int64_t,
            std::string, std::string, Bytes, std::string, std::string, std::string, absl::Time,
            std::optional<absl::Time>, Bytes, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t,
            int64_t, int64_t, int64_t, std::string, std::string, int64_t, std::optional<absl::Time>,
            int64_t>([&](int64_t key, std::string id, int64_t kind, int64_t state,
                         std::string profile, bool dry_run, std::string file_name, int64_t size,
                         std::string sha256, std::string spool_name, Bytes options,
                         std::string principal, const std::string& realms, std::string task,
                         absl::Time created, std::optional<absl::Time> finished, Bytes error,
                         int64_t read, int64_t stored, int64_t unchanged, int64_t ignored,
                         int64_t refused, int64_t orders_created, int64_t orders_updated,
                         int64_t customers_created, int64_t customers_updated,
                         const std::string& ignored_by, const std::string& refused_by, int64_t kept,
                         std::optional<absl::Time> clear, int64_t number) {
        Import import{.key = key,
                      .id = std::move(id),
                      .kind = static_cast<ImportKind>(kind),
                      .state = static_cast<ImportState>(state),
                      .profile = std::move(profile),
                      .dry_run = dry_run,
                      .file_name = std::move(file_name),
                      .size_bytes = size,
                      .sha256 = std::move(sha256),
                      .spool_name = std::move(spool_name),
                      .options = std::move(options.value),
                      .principal = std::move(principal),
                      .realms = absl::StrSplit(realms, '\n', absl::SkipEmpty()),
                      .task = std::move(task),
                      .create_time = created,
                      .finish_time = finished,
                      .error = std::move(error.value),
                      .report = {.lines_read = read,
                                 .lines_stored = stored,
                                 .lines_unchanged = unchanged,
                                 .lines_ignored = ignored,
                                 .lines_refused = refused,
                                 .ignored = ReadCounts(ignored_by),
                                 .refused = ReadCounts(refused_by),
                                 .orders_created = orders_created,
                                 .orders_updated = orders_updated,
                                 .customers_created = customers_created,
                                 .customers_updated = customers_updated},
                      .refusals_kept = kept};
        // Cleared ones have no time left at which they are to be.
        import.refusals_expired =
            import.state != ImportState::kRunning && (!clear || *clear <= db.now());
        each(std::move(import), number);
      });
}

}  // namespace

absl::Status Insert(Transaction& tx, Import& import) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("INSERT INTO import (id, kind, state, profile, dry_run, file_name, size_bytes, "
             "sha256, spool_name, options, principal, realms, task, create_time, error) "
             "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
             import.id, static_cast<int64_t>(import.kind), static_cast<int64_t>(import.state),
             import.profile, import.dry_run, import.file_name, import.size_bytes, import.sha256,
             import.spool_name, Bytes{import.options}, import.principal,
             absl::StrJoin(import.realms, "\n"), import.task, import.create_time,
             Bytes{import.error})
          .Run());
  ABSL_ASSIGN_OR_RETURN(const auto key,
                        tx.Sql("SELECT key FROM import WHERE id = ?", import.id).First<int64_t>());
  if (!key) return absl::DataLossError("an import has vanished");
  import.key = *key;
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Import>> FindById(Snapshot& db, absl::string_view id) {
  std::optional<Import> found;
  ABSL_RETURN_IF_ERROR(Select(db, "0", "WHERE i.id = ? AND i.deleted = 0", {ToParameter(id)},
                              [&](Import import, int64_t) { found = std::move(import); }));
  return found;
}

absl::StatusOr<int64_t> CountRunning(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(const auto count,
                        db.Sql("SELECT COUNT(*) FROM import WHERE state = 1").First<int64_t>());
  return count.value_or(0);
}

absl::StatusOr<std::set<std::string>> SpooledFiles(Snapshot& db) {
  std::set<std::string> names;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT spool_name FROM import WHERE state = 1").Each<std::string>([&](std::string n) {
        names.insert(std::move(n));
      }));
  return names;
}

absl::Status SaveReport(Transaction& tx, const Import& import) {
  const ImportReport& report = import.report;
  return tx
      .Sql(
          "UPDATE import SET lines_read = ?, lines_stored = ?, lines_unchanged = ?, "
          "lines_ignored = ?, lines_refused = ?, orders_created = ?, orders_updated = ?, "
          "customers_created = ?, customers_updated = ?, ignored = ?, refused = ?, "
          "refusals_kept = ? WHERE key = ?",
          report.lines_read, report.lines_stored, report.lines_unchanged, report.lines_ignored,
          report.lines_refused, report.orders_created, report.orders_updated,
          report.customers_created, report.customers_updated, WriteCounts(report.ignored),
          WriteCounts(report.refused), import.refusals_kept, import.key)
      .Run();
}

absl::Status Finish(Transaction& tx, const Import& import) {
  ABSL_RETURN_IF_ERROR(SaveReport(tx, import));
  return tx
      .Sql("UPDATE import SET state = ?, finish_time = ?, error = ?, clear_time = ? WHERE key = ?",
           static_cast<int64_t>(import.state), import.finish_time, Bytes{import.error},
           tx.now() + kRefusalsKept, import.key)
      .Run();
}

absl::Status AddRefusals(Transaction& tx, Import& import, absl::Span<const Refusal> refusals) {
  for (const Refusal& refusal : refusals) {
    if (import.refusals_kept >= kMaxRefusalsKept) break;
    ABSL_RETURN_IF_ERROR(
        tx.Sql("INSERT INTO import_refusal (import, line_number, reason, column_name, message, "
               "text) VALUES (?, ?, ?, ?, ?, ?)",
               import.key, refusal.line_number, refusal.reason, refusal.column, refusal.message,
               refusal.text)
            .Run());
    ++import.refusals_kept;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Refusal>> ListRefusals(Snapshot& db, int64_t import, int64_t after_line,
                                                  int64_t limit) {
  std::vector<Refusal> refusals;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT line_number, reason, column_name, message, text FROM import_refusal "
             "WHERE import = ? AND line_number > ? ORDER BY line_number LIMIT ?",
             import, after_line, limit)
          .Each<int64_t, std::string, std::string, std::string, std::string>(
              [&](int64_t line, std::string reason, std::string column, std::string message,
                  std::string text) {
                refusals.push_back({line, std::move(reason), std::move(column), std::move(message),
                                    std::move(text)});
              }));
  return refusals;
}

absl::StatusOr<std::optional<RefusalPlace>> EraseRefusals(
    Transaction& tx, const RefusalPlace& after, int64_t limit,
    const std::function<bool(const std::string& text)>& is_about) {
  ABSL_ASSIGN_OR_RETURN(
      const auto rows,
      tx.Sql("SELECT import, line_number, message || ' ' || text FROM import_refusal "
             "WHERE (import, line_number) > (?, ?) ORDER BY import, line_number LIMIT ?",
             after.import, after.line_number, limit)
          .All<int64_t, int64_t, std::string>());
  for (const auto& [import, line, text] : rows) {
    if (!is_about(text)) continue;
    ABSL_RETURN_IF_ERROR(
        tx.Sql("DELETE FROM import_refusal WHERE import = ? AND line_number = ?", import, line)
            .Run());
  }
  if (static_cast<int64_t>(rows.size()) < limit) return std::nullopt;
  return RefusalPlace{std::get<0>(rows.back()), std::get<1>(rows.back())};
}

absl::StatusOr<bool> AnyRunsSince(Snapshot& db, absl::Time time) {
  ABSL_ASSIGN_OR_RETURN(
      const auto any,
      db.Sql("SELECT 1 FROM import WHERE state = 1 AND create_time <= ? LIMIT 1", time)
          .First<int64_t>());
  return any.has_value();
}

absl::StatusOr<bool> ForgetNewCustomersOfEnded(Transaction& tx, int64_t limit) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("DELETE FROM import_new_customer WHERE (import, fingerprint) IN (SELECT n.import, "
             "n.fingerprint FROM import_new_customer n WHERE n.import NOT IN (SELECT key FROM "
             "import WHERE state = 1) LIMIT ?)",
             limit)
          .Run());
  return tx.Changes() == limit;
}

absl::StatusOr<bool> CountNewCustomer(Transaction& tx, int64_t import,
                                      absl::Span<const int64_t> fingerprints) {
  bool is_new = true;
  for (const int64_t fingerprint : fingerprints) {
    ABSL_RETURN_IF_ERROR(tx.Sql("INSERT INTO import_new_customer (import, fingerprint) "
                                "VALUES (?, ?) ON CONFLICT DO NOTHING",
                                import, fingerprint)
                             .Run());
    is_new = is_new && tx.Changes() > 0;
  }
  return is_new;
}

absl::StatusOr<bool> ForgetNewCustomers(Transaction& tx, int64_t import, int64_t limit) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("DELETE FROM import_new_customer WHERE import = ? AND fingerprint IN (SELECT "
             "fingerprint FROM import_new_customer WHERE import = ? LIMIT ?)",
             import, import, limit)
          .Run());
  return tx.Changes() > 0;
}

absl::StatusOr<filter::Expression> CompileFilter(absl::string_view text) {
  static const filter::Schema& schema = *[] {
    auto* fields = new filter::Schema;
    fields->Add(
        Field{.name = "kind",
              .type = Type::kEnum,
              .handle = 1,
              .sql = {"i.kind"},
              .enum_values = {{"KIND_ORDER_LINES", int64_t{1}}, {"KIND_CUSTOMERS", int64_t{2}}}});
    fields->Add(Field{.name = "state",
                      .type = Type::kEnum,
                      .handle = 2,
                      .sql = {"i.state"},
                      .enum_values = {{"STATE_RUNNING", int64_t{1}},
                                      {"STATE_DONE", int64_t{2}},
                                      {"STATE_FAILED", int64_t{3}},
                                      {"STATE_CANCELLED", int64_t{4}}}});
    fields->Add(Field{.name = "dry_run", .type = Type::kBool, .handle = 3, .sql = {"i.dry_run"}});
    fields->Add(
        Field{.name = "create_time", .type = Type::kTime, .handle = 4, .sql = {"i.create_time"}});
    fields->Add(Field{.name = "sha256", .type = Type::kText, .handle = 5, .sql = {"i.sha256"}});
    return fields;
  }();
  return filter::CompileRequest(text, schema);
}

absl::StatusOr<std::vector<Listed>> List(Snapshot& db, const filter::Expression& filter,
                                         absl::TimeZone zone, int64_t before, int64_t limit) {
  const filter::SqlFragment condition = filter::ToSql(filter, db.now(), zone);
  const int64_t from = before > 0 ? before : std::numeric_limits<int64_t>::max();
  std::vector<Parameter> parameters;
  AppendParameters(condition, parameters);
  parameters.push_back(ToParameter(from));
  parameters.push_back(ToParameter(limit));
  std::vector<Listed> listed;
  ABSL_RETURN_IF_ERROR(Select(db, absl::StrCat("(", condition.sql, ")"),
                              "WHERE i.key < ? AND i.deleted = 0 ORDER BY i.key DESC LIMIT ?",
                              parameters, [&](Import import, int64_t meets) {
                                listed.push_back({std::move(import), meets != 0});
                              }));
  return listed;
}

absl::Status Delete(Transaction& tx, const Import& import) {
  return tx.Sql("UPDATE import SET deleted = 1, clear_time = ? WHERE key = ?", tx.now(), import.key)
      .Run();
}

absl::StatusOr<bool> ClearSome(Transaction& tx, int64_t limit) {
  ABSL_ASSIGN_OR_RETURN(const auto due, tx.Sql("SELECT key FROM import WHERE clear_time <= ? "
                                               "ORDER BY clear_time LIMIT 1",
                                               tx.now())
                                            .First<int64_t>());
  if (!due) return false;
  ABSL_RETURN_IF_ERROR(
      tx.Sql("DELETE FROM import_refusal WHERE import = ? AND line_number IN (SELECT line_number "
             "FROM import_refusal WHERE import = ? LIMIT ?)",
             *due, *due, limit)
          .Run());
  if (tx.Changes() > 0) return true;
  ABSL_ASSIGN_OR_RETURN(const bool more, ForgetNewCustomers(tx, *due, limit));
  if (more) return true;
  ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM import WHERE key = ? AND deleted = 1", *due).Run());
  ABSL_RETURN_IF_ERROR(tx.Sql("UPDATE import SET clear_time = NULL WHERE key = ?", *due).Run());
  return true;
}

}  // namespace regulars::customer::imports
