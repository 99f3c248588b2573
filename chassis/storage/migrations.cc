#include "chassis/storage/migrations.h"

#include "absl/strings/str_cat.h"
#include "chassis/base/check.h"
#include "chassis/base/errors.h"

extern "C" const char regulars_chassis_0001[];
extern "C" const char regulars_chassis_0001_end[];
extern "C" const char regulars_chassis_0002[];
extern "C" const char regulars_chassis_0002_end[];
extern "C" const char regulars_chassis_0003[];
extern "C" const char regulars_chassis_0003_end[];
extern "C" const char regulars_chassis_0004[];
extern "C" const char regulars_chassis_0004_end[];
extern "C" const char regulars_chassis_0005[];
extern "C" const char regulars_chassis_0005_end[];

namespace regulars {
namespace {

absl::Status Apply(Connection& connection, absl::string_view component,
                   absl::Span<const Migration> migrations, absl::Time now) {
  ABSL_RETURN_IF_ERROR(connection.Script(
      "CREATE TABLE IF NOT EXISTS schema_migration (component TEXT NOT NULL, number BIGINT NOT "
      "NULL, time BIGINT NOT NULL, PRIMARY KEY (component, number)) WITHOUT ROWID"));
  ABSL_ASSIGN_OR_RETURN(
      const auto applied,
      connection
          .Sql("SELECT COALESCE(MAX(number), 0) FROM schema_migration WHERE component = ?",
               component)
          .First<int64_t>());
  if (*applied > static_cast<int64_t>(migrations.size())) {
    return FailedPrecondition(
        "STORE_TOO_NEW", absl::StrCat("the store's ", component, " schema has number ", *applied,
                                      ", this program knows ", migrations.size(),
                                      ": start a newer version of the program"));
  }
  int expected = 0;
  for (const Migration& migration : migrations) {
    // Numbers are 1, 2, 3 …: a gap would hide a change from stores that are past it.
    CHECK(migration.number == ++expected);
    if (migration.number <= *applied) continue;
    ABSL_RETURN_IF_ERROR(connection.Script(std::string(migration.sql)));
    ABSL_RETURN_IF_ERROR(
        connection
            .Sql("INSERT INTO schema_migration VALUES (?, ?, ?)", component, migration.number, now)
            .Run());
  }
  return absl::OkStatus();
}

}  // namespace

absl::Span<const Migration> ChassisMigrations() {
  static const Migration migrations[] = {
      {1,
       absl::string_view(regulars_chassis_0001, regulars_chassis_0001_end - regulars_chassis_0001)},
      {2,
       absl::string_view(regulars_chassis_0002, regulars_chassis_0002_end - regulars_chassis_0002)},
      {3,
       absl::string_view(regulars_chassis_0003, regulars_chassis_0003_end - regulars_chassis_0003)},
      {4,
       absl::string_view(regulars_chassis_0004, regulars_chassis_0004_end - regulars_chassis_0004)},
      {5, absl::string_view(regulars_chassis_0005,
                            regulars_chassis_0005_end - regulars_chassis_0005)}};
  return migrations;
}

absl::Status Migrate(Connection& connection, absl::string_view component,
                     absl::Span<const Migration> migrations, absl::Time now) {
  ABSL_RETURN_IF_ERROR(connection.Script("BEGIN IMMEDIATE"));
  absl::Status status = Apply(connection, component, migrations, now);
  if (status.ok()) return connection.Script("COMMIT");
  if (connection.InTransaction()) connection.Script("ROLLBACK").IgnoreError();
  return status;
}

}  // namespace regulars
