// Numbered schema changes, compiled into the program and applied in order when a store is opened.
// A released file is never edited. A store that holds a number the program does not know was
// written by a newer one, and is refused.
#ifndef CHASSIS_STORAGE_MIGRATIONS_H_
#define CHASSIS_STORAGE_MIGRATIONS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "chassis/storage/statement.h"

namespace regulars {

struct Migration {
  // Counted from 1 within a component.
  int number;
  // SQL statements separated by ';'.
  absl::string_view sql;
};

// The tables of the chassis itself.
absl::Span<const Migration> ChassisMigrations();

// Brings `component` ("chassis", "customer") up to date, all or nothing. FAILED_PRECONDITION
// STORE_TOO_NEW when the store knows more than the program.
absl::Status Migrate(Connection& connection, absl::string_view component,
                     absl::Span<const Migration> migrations, absl::Time now);

}  // namespace regulars

#endif  // CHASSIS_STORAGE_MIGRATIONS_H_
