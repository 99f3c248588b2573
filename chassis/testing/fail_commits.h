// A store whose commits fail, as on a disk that is broken.
#ifndef CHASSIS_TESTING_FAIL_COMMITS_H_
#define CHASSIS_TESTING_FAIL_COMMITS_H_

#include <sqlite3.h>

#include <future>

#include "absl/strings/string_view.h"
#include "chassis/storage/writer.h"

namespace regulars::testing {

// From now on commits of the writer fail, until it has opened the store anew. For writers that
// take chores, or nothing comes back from here.
inline absl::Status FailCommits(Writer& writer) {
  constexpr auto kDeny = [](void*, int action, const char* operation, const char*, const char*,
                            const char*) {
    const bool commits = action == SQLITE_TRANSACTION && absl::string_view(operation) == "COMMIT";
    return commits ? SQLITE_DENY : SQLITE_OK;
  };
  std::promise<void> set;
  const absl::Status added = writer.AddChore([&](Connection& connection) {
    sqlite3_set_authorizer(static_cast<sqlite3*>(connection.native_handle()), kDeny, nullptr);
    set.set_value();
    return false;
  });
  if (added.ok()) set.get_future().wait();
  return added;
}

}  // namespace regulars::testing

#endif  // CHASSIS_TESTING_FAIL_COMMITS_H_
