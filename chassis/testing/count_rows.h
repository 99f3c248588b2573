// How many rows a table has.
#ifndef CHASSIS_TESTING_COUNT_ROWS_H_
#define CHASSIS_TESTING_COUNT_ROWS_H_

#include <cstdint>
#include <string>

#include "chassis/base/status_macros.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"

namespace regulars::testing {

inline int64_t CountRows(TempStore& store, const std::string& table) {
  int64_t count = -1;
  EXPECT_OK(store.Read([&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const auto got, db.Sql("SELECT COUNT(*) FROM " + table).First<int64_t>());
    count = got.value_or(-1);
    return absl::OkStatus();
  }));
  return count;
}

}  // namespace regulars::testing

#endif  // CHASSIS_TESTING_COUNT_ROWS_H_
