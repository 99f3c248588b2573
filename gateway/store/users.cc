#include "gateway/store/users.h"

#include <variant>

#include "absl/strings/str_cat.h"
#include "chassis/base/check.h"
#include "chassis/base/status_macros.h"
#include "chassis/filter/request.h"
#include "chassis/filter/sql.h"
#include "gateway/domain/email.h"
#include "gateway/domain/role.h"
#include "gateway/store/stores.h"

namespace regulars::gateway::users {
namespace {

#define USER_COLUMNS                                                                            \
  "SELECT u.id, u.email, u.display_name, u.disabled, COALESCE(w.one_time, 0), "                 \
  "u.last_sign_in_time, u.version, u.create_time, u.update_time FROM user_account u LEFT JOIN " \
  "user_password w ON w.user_id = u.id "

using UserRow = std::tuple<std::string, std::string, std::string, bool, bool,
                           std::optional<absl::Time>, int64_t, absl::Time, absl::Time>;

std::string NameOf(absl::string_view id) { return absl::StrCat("users/", id); }

User FromRow(UserRow row) {
  User user;
  std::tie(user.id, user.email, user.display_name, user.disabled, user.password_expired,
           user.last_sign_in_time, user.version, user.create_time, user.update_time) =
      std::move(row);
  return user;
}

absl::Status LoadLists(Snapshot& db, User& user) {
  ABSL_ASSIGN_OR_RETURN(
      user.roles,
      db.Sql("SELECT role_id FROM user_role WHERE user_id = ? ORDER BY role_id", user.id)
          .All<std::string>());
  ABSL_ASSIGN_OR_RETURN(user.stores, stores::Load(db, NameOf(user.id)));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<User>> FindBy(Snapshot& db, const char* sql, absl::string_view key) {
  ABSL_ASSIGN_OR_RETURN(auto row,
                        db.Sql(sql, key)
                            .First<std::string, std::string, std::string, bool, bool,
                                   std::optional<absl::Time>, int64_t, absl::Time, absl::Time>());
  if (!row) return std::nullopt;
  User user = FromRow(*std::move(row));
  ABSL_RETURN_IF_ERROR(LoadLists(db, user));
  return user;
}

absl::Status ReplaceLists(Transaction& tx, const User& user) {
  ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM user_role WHERE user_id = ?", user.id).Run());
  for (const std::string& role : user.roles) {
    ABSL_RETURN_IF_ERROR(
        tx.Sql("INSERT INTO user_role (user_id, role_id) VALUES (?, ?)", user.id, role).Run());
  }
  return stores::Replace(tx, NameOf(user.id), user.stores);
}

const filter::Schema& FilterSchema() {
  static const filter::Schema& schema = *[] {
    auto* made = new filter::Schema;
    made->Add(filter::Field{.name = "email", .sql = {"u.email_key"}, .fold = EmailKey});
    made->Add(filter::Field{.name = "display_name", .sql = {"NULLIF(u.display_name, '')"}});
    made->Add(filter::Field{.name = "roles",
                            .type = filter::Type::kTextList,
                            .sql = {"user_role r WHERE r.user_id = u.id"},
                            .element_sql = "'roles/' || r.role_id"});
    made->Add(
        filter::Field{.name = "disabled", .type = filter::Type::kBool, .sql = {"u.disabled"}});
    return made;
  }();
  return schema;
}

Parameter ToParameter(const filter::Value& value) {
  using storage_internal::ToParameter;
  if (const auto* integer = std::get_if<int64_t>(&value)) return ToParameter(*integer);
  if (const auto* flag = std::get_if<bool>(&value)) return ToParameter(*flag);
  if (const auto* time = std::get_if<absl::Time>(&value)) return ToParameter(*time);
  const auto* text = std::get_if<std::string>(&value);
  CHECK(text != nullptr);  // A filter compares with a value, never with a missing one.
  return ToParameter(*text);
}

}  // namespace

absl::StatusOr<std::optional<User>> Find(Snapshot& db, absl::string_view id) {
  return FindBy(db, USER_COLUMNS "WHERE u.id = ?", id);
}

absl::StatusOr<std::optional<User>> FindByEmail(Snapshot& db, absl::string_view email_key) {
  return FindBy(db, USER_COLUMNS "WHERE u.email_key = ?", email_key);
}

absl::StatusOr<bool> EmailTaken(Snapshot& db, absl::string_view email_key, absl::string_view id) {
  ABSL_ASSIGN_OR_RETURN(
      auto other,
      db.Sql("SELECT 1 FROM user_account WHERE email_key = ? AND id <> ?", email_key, id)
          .First<int64_t>());
  return other.has_value();
}

absl::Status Insert(Transaction& tx, const User& user) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("INSERT INTO user_account (id, email, email_key, display_name, disabled, version, "
             "create_time, update_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
             user.id, user.email, EmailKey(user.email), user.display_name, user.disabled,
             user.version, user.create_time, user.update_time)
          .Run());
  return ReplaceLists(tx, user);
}

absl::Status Update(Transaction& tx, const User& user) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("UPDATE user_account SET email = ?, email_key = ?, display_name = ?, disabled = ?, "
             "version = ?, update_time = ? WHERE id = ?",
             user.email, EmailKey(user.email), user.display_name, user.disabled, user.version,
             user.update_time, user.id)
          .Run());
  return ReplaceLists(tx, user);
}

absl::Status Delete(Transaction& tx, absl::string_view id) {
  ABSL_RETURN_IF_ERROR(stores::Replace(tx, NameOf(id), {}));
  return tx.Sql("DELETE FROM user_account WHERE id = ?", id).Run();
}

absl::Status SignedIn(Transaction& tx, absl::string_view id) {
  return tx.Sql("UPDATE user_account SET last_sign_in_time = ? WHERE id = ?", tx.now(), id).Run();
}

absl::StatusOr<bool> Any(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(auto any, db.Sql("SELECT 1 FROM user_account LIMIT 1").First<int64_t>());
  return any.has_value();
}

absl::StatusOr<bool> AnyWithRole(Snapshot& db, absl::string_view role_id) {
  ABSL_ASSIGN_OR_RETURN(
      auto any,
      db.Sql("SELECT 1 FROM user_role WHERE role_id = ? LIMIT 1", role_id).First<int64_t>());
  return any.has_value();
}

absl::StatusOr<int64_t> CountAdmins(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(
      auto count,
      db.Sql("SELECT COUNT(*) FROM user_role r JOIN user_account u ON u.id = r.user_id JOIN "
             "user_password w ON w.user_id = u.id WHERE r.role_id = ? AND u.disabled = 0 AND NOT "
             "EXISTS (SELECT 1 FROM principal_store p WHERE p.principal = 'users/' || u.id)",
             kAdminRole)
          .First<int64_t>());
  return count.value_or(0);
}

absl::StatusOr<std::vector<User>> List(Snapshot& db, const ListQuery& query) {
  std::vector<Parameter> parameters = {storage_internal::ToParameter(query.after_id)};
  std::string sql = USER_COLUMNS "WHERE u.id > ?";
  const filter::SqlFragment where = filter::ToSql(query.filter, db.now(), absl::UTCTimeZone());
  absl::StrAppend(&sql, " AND (", where.sql, ")");
  for (const filter::Value& value : where.parameters) parameters.push_back(ToParameter(value));
  if (!query.within_stores.empty()) {
    absl::StrAppend(&sql, " AND ",
                    stores::Within("'users/' || u.id", query.within_stores, parameters));
  }
  sql += " ORDER BY u.id LIMIT ?";
  parameters.push_back(storage_internal::ToParameter(query.limit));
  std::vector<User> page;
  ABSL_RETURN_IF_ERROR(
      db.SqlWith(sql, parameters)
          .Each<std::string, std::string, std::string, bool, bool, std::optional<absl::Time>,
                int64_t, absl::Time, absl::Time>(
              [&](auto... columns) { page.push_back(FromRow(UserRow(std::move(columns)...))); }));
  for (User& user : page) ABSL_RETURN_IF_ERROR(LoadLists(db, user));
  return page;
}

absl::StatusOr<filter::Expression> CompileFilter(absl::string_view text) {
  return filter::CompileRequest(text, FilterSchema());
}

}  // namespace regulars::gateway::users
