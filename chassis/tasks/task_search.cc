#include "chassis/tasks/task_search.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/storage/filtered.h"

namespace regulars::tasks {

filter::Schema SearchSchema(absl::Time now) {
  using filter::Field;
  using filter::Type;
  Field state{.name = "state",
              .type = Type::kEnum,
              .sql = {"CASE state WHEN 'SUCCEEDED' THEN 'DONE' WHEN 'FAILED' THEN 'FAILED' "
                      "WHEN 'CANCELLED' THEN 'CANCELLED' "
                      "ELSE CASE WHEN due_time > ? THEN 'SCHEDULED' ELSE 'RUNNING' END END",
                      {now}}};
  for (const char* name : {"SCHEDULED", "RUNNING", "DONE", "FAILED", "CANCELLED"}) {
    state.enum_values.push_back({absl::StrCat("STATE_", name), std::string(name)});
  }
  filter::Schema schema;
  schema.Add(Field{.name = "type", .type = Type::kText, .sql = {"kind"}})
      .Add(std::move(state))
      .Add(Field{.name = "resource", .type = Type::kText, .sql = {"NULLIF(resource, '')"}})
      .Add(Field{.name = "create_time", .type = Type::kTime, .sql = {"create_time"}});
  return schema;
}

absl::StatusOr<Found> Search(Snapshot& db, const filter::Expression& filter, int64_t before,
                             int64_t limit) {
  ABSL_ASSIGN_OR_RETURN(const NumberedPage page,
                        ListNewestFirst(db, "task", filter, {.before = before}, limit));
  Found found{.next = page.next};
  for (const int64_t row : page.ids) {
    ABSL_ASSIGN_OR_RETURN(std::optional<Task> task, FindByRow(db, row));
    if (task) found.tasks.push_back(*std::move(task));
  }
  return found;
}

}  // namespace regulars::tasks
