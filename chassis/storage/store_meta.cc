#include "chassis/storage/store_meta.h"

#include <optional>

#include "chassis/base/errors.h"

namespace regulars {

absl::StatusOr<StoreMeta> ReadStoreMeta(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(
      const auto row,
      db.Sql("SELECT epoch, clock_ahead FROM store_meta").First<std::string, int64_t>());
  if (!row) return absl::DataLossError("the store has lost the row about itself");
  ABSL_ASSIGN_OR_RETURN(const auto head,
                        db.Sql("SELECT MAX(position) FROM feed").First<std::optional<int64_t>>());
  return StoreMeta{.epoch = std::get<0>(*row),
                   .head_position = head.value_or(std::nullopt).value_or(0),
                   .clock_ahead = absl::Microseconds(std::get<1>(*row))};
}

absl::StatusOr<int64_t> SchemaVersion(Snapshot& db, absl::string_view component) {
  ABSL_ASSIGN_OR_RETURN(
      const auto number,
      db.Sql("SELECT MAX(number) FROM schema_migration WHERE component = ?", component)
          .First<std::optional<int64_t>>());
  return number.value_or(std::nullopt).value_or(0);
}

absl::StatusOr<absl::Duration> MoveClock(Transaction& tx, absl::Duration by) {
  ABSL_ASSIGN_OR_RETURN(const StoreMeta meta, ReadStoreMeta(tx));
  const absl::Duration ahead = meta.clock_ahead + by;
  ABSL_RETURN_IF_ERROR(
      tx.Sql("UPDATE store_meta SET clock_ahead = ?", absl::ToInt64Microseconds(ahead)).Run());
  return ahead;
}

}  // namespace regulars
