#include "chassis/storage/audit.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "chassis/filter/bounds.h"
#include "chassis/storage/filtered.h"

namespace regulars::audit {
namespace {

// How the schema knows the field `time`.
constexpr int64_t kTime = 1;

// The number of the first row that is not older than `time`; rows are in order of time. One behind
// the newest if all are older.
absl::StatusOr<int64_t> FirstRowAt(Snapshot& db, absl::Time time) {
  ABSL_ASSIGN_OR_RETURN(const auto newest,
                        db.Sql("SELECT id FROM audit ORDER BY id DESC LIMIT 1").First<int64_t>());
  int64_t low = 1;
  int64_t high = newest.value_or(0) + 1;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    ABSL_ASSIGN_OR_RETURN(
        const auto row,
        db.Sql("SELECT id, time FROM audit WHERE id >= ? ORDER BY id LIMIT 1", middle)
            .First<int64_t, absl::Time>());
    if (row && std::get<1>(*row) < time) {
      low = std::get<0>(*row) + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace

absl::Status Add(Transaction& tx, const Entry& entry) {
  return tx
      .Sql(
          "INSERT INTO audit (time, principal, method, resource, request_id, result, item_count) "
          "VALUES (?, ?, ?, ?, ?, ?, ?)",
          tx.now(), tx.caller().principal, entry.method, entry.resource, entry.request_id,
          entry.result, entry.item_count)
      .Run();
}

const filter::Schema& Schema() {
  static const filter::Schema& schema = *[] {
    auto* fields = new filter::Schema;
    const auto text = [&](const char* name, const char* sql) {
      fields->Add(filter::Field{.name = name, .type = filter::Type::kText, .sql = {sql}});
    };
    fields->Add(filter::Field{
        .name = "time", .type = filter::Type::kTime, .handle = kTime, .sql = {"time"}});
    text("caller", "principal");
    text("method", "method");
    text("resource", "NULLIF(resource, '')");
    text("result", "result");
    return fields;
  }();
  return schema;
}

absl::StatusOr<Page> List(Snapshot& db, const filter::Expression& filter, int64_t before,
                          int64_t limit) {
  RowRange range{.before = before};
  const filter::TimeBounds bounds = filter::BoundsOf(filter, kTime, db.now(), absl::UTCTimeZone());
  if (bounds.from > absl::InfinitePast()) {
    ABSL_ASSIGN_OR_RETURN(range.from, FirstRowAt(db, bounds.from));
  }
  if (bounds.before < absl::InfiniteFuture()) {
    ABSL_ASSIGN_OR_RETURN(const int64_t end, FirstRowAt(db, bounds.before));
    range.before = before > 0 ? std::min(before, end) : end;
  }
  ABSL_ASSIGN_OR_RETURN(const NumberedPage found,
                        ListNewestFirst(db, "audit", filter, range, limit));
  Page page{.next = found.next};
  for (const int64_t row : found.ids) {
    ABSL_RETURN_IF_ERROR(
        db.Sql("SELECT time, principal, method, resource, request_id, result, item_count "
               "FROM audit WHERE id = ?",
               row)
            .Each<absl::Time, std::string, std::string, std::string, std::string, std::string,
                  int64_t>([&](absl::Time time, std::string principal, std::string method,
                               std::string resource, std::string request_id, std::string result,
                               int64_t item_count) {
              page.entries.push_back({row, time, std::move(principal), std::move(method),
                                      std::move(resource), std::move(request_id), std::move(result),
                                      item_count});
            }));
  }
  return page;
}

absl::StatusOr<int64_t> Prune(Transaction& tx, absl::Time time, int64_t limit) {
  // Rows are in order of time.
  ABSL_RETURN_IF_ERROR(
      tx.Sql("DELETE FROM audit WHERE id IN (SELECT id FROM audit ORDER BY id LIMIT ?) "
             "AND time < ? AND id < (SELECT MAX(id) FROM audit)",
             limit, time)
          .Run());
  return tx.Changes();
}

}  // namespace regulars::audit
