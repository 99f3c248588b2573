#include "gateway/store/roles.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "chassis/base/status_macros.h"
#include "gateway/domain/text_rules.h"

namespace regulars::gateway::roles {
namespace {

#define ROLE_COLUMNS \
  "SELECT id, display_name, description, scopes, version, create_time, update_time FROM role "

Role FromRow(std::string id, std::string display_name, std::string description,
             const std::string& scopes, int64_t version, absl::Time create_time,
             absl::Time update_time) {
  return {.id = std::move(id),
          .display_name = std::move(display_name),
          .description = std::move(description),
          .scopes = absl::StrSplit(scopes, ' ', absl::SkipEmpty()),
          .version = version,
          .create_time = create_time,
          .update_time = update_time};
}

}  // namespace

absl::StatusOr<std::optional<Role>> Find(Snapshot& db, absl::string_view id) {
  if (const Role* built_in = FindBuiltInRole(id)) return *built_in;
  ABSL_ASSIGN_OR_RETURN(auto row, db.Sql(ROLE_COLUMNS "WHERE id = ?", id)
                                      .First<std::string, std::string, std::string, std::string,
                                             int64_t, absl::Time, absl::Time>());
  if (!row) return std::nullopt;
  return std::apply(FromRow, *std::move(row));
}

absl::StatusOr<std::vector<Role>> List(Snapshot& db, absl::string_view after_id, int64_t limit) {
  std::vector<Role> page;
  ABSL_RETURN_IF_ERROR(db.Sql(ROLE_COLUMNS "WHERE id > ? ORDER BY id LIMIT ?", after_id, limit)
                           .Each<std::string, std::string, std::string, std::string, int64_t,
                                 absl::Time, absl::Time>([&](auto... columns) {
                             page.push_back(FromRow(std::move(columns)...));
                           }));
  for (const Role& built_in : BuiltInRoles()) {
    if (built_in.id > after_id) page.push_back(built_in);
  }
  std::stable_sort(page.begin(), page.end(),
                   [](const Role& a, const Role& b) { return a.id < b.id; });
  if (static_cast<int64_t>(page.size()) > limit) page.resize(static_cast<size_t>(limit));
  return page;
}

absl::StatusOr<std::vector<std::string>> ScopesOf(Snapshot& db,
                                                  const std::vector<std::string>& role_ids) {
  std::vector<std::string> scopes;
  for (const std::string& id : role_ids) {
    ABSL_ASSIGN_OR_RETURN(const std::optional<Role> role, Find(db, id));
    if (role) scopes.insert(scopes.end(), role->scopes.begin(), role->scopes.end());
  }
  SortAndDropDuplicates(scopes);
  return scopes;
}

absl::Status Insert(Transaction& tx, const Role& role) {
  return tx
      .Sql(
          "INSERT INTO role (id, display_name, description, scopes, version, create_time, "
          "update_time) VALUES (?, ?, ?, ?, ?, ?, ?)",
          role.id, role.display_name, role.description, absl::StrJoin(role.scopes, " "),
          role.version, role.create_time, role.update_time)
      .Run();
}

absl::Status Update(Transaction& tx, const Role& role) {
  return tx
      .Sql(
          "UPDATE role SET display_name = ?, description = ?, scopes = ?, version = ?, "
          "update_time = ? WHERE id = ?",
          role.display_name, role.description, absl::StrJoin(role.scopes, " "), role.version,
          role.update_time, role.id)
      .Run();
}

absl::Status Delete(Transaction& tx, absl::string_view id) {
  return tx.Sql("DELETE FROM role WHERE id = ?", id).Run();
}

}  // namespace regulars::gateway::roles
