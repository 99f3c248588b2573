#include "gateway/store/api_keys.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "chassis/base/status_macros.h"
#include "gateway/store/stores.h"

namespace regulars::gateway::api_keys {
namespace {

#define KEY_COLUMNS                                                                             \
  "SELECT k.id, k.display_name, k.scopes, k.disabled, k.version, k.create_time, k.update_time " \
  "FROM api_key k "

std::string NameOf(absl::string_view id) { return absl::StrCat("apiKeys/", id); }

ApiKey FromRow(std::string id, std::string display_name, const std::string& scopes, bool disabled,
               int64_t version, absl::Time create_time, absl::Time update_time) {
  return {.id = std::move(id),
          .display_name = std::move(display_name),
          .scopes = absl::StrSplit(scopes, ' ', absl::SkipEmpty()),
          .disabled = disabled,
          .version = version,
          .create_time = create_time,
          .update_time = update_time};
}

absl::Status LoadLists(Snapshot& db, ApiKey& key) {
  ABSL_ASSIGN_OR_RETURN(key.stores, stores::Load(db, NameOf(key.id)));
  return db
      .Sql(
          "SELECT id, hint, hash, create_time, last_used_time FROM api_key_secret "
          "WHERE api_key_id = ? ORDER BY id",
          key.id)
      .Each<std::string, std::string, Bytes, absl::Time, std::optional<absl::Time>>(
          [&](std::string id, std::string hint, Bytes hash, absl::Time create_time,
              std::optional<absl::Time> last_used_time) {
            key.secrets.push_back({.id = std::move(id),
                                   .hint = std::move(hint),
                                   .hash = std::move(hash.value),
                                   .create_time = create_time,
                                   .last_used_time = last_used_time});
          });
}

}  // namespace

absl::StatusOr<std::optional<ApiKey>> Find(Snapshot& db, absl::string_view id) {
  ABSL_ASSIGN_OR_RETURN(
      auto row,
      db.Sql(KEY_COLUMNS "WHERE k.id = ?", id)
          .First<std::string, std::string, std::string, bool, int64_t, absl::Time, absl::Time>());
  if (!row) return std::nullopt;
  ApiKey key = std::apply(FromRow, *std::move(row));
  ABSL_RETURN_IF_ERROR(LoadLists(db, key));
  return key;
}

absl::StatusOr<std::vector<ApiKey>> List(Snapshot& db, absl::string_view after_id,
                                         const std::vector<std::string>& within_stores,
                                         int64_t limit) {
  std::vector<Parameter> parameters = {storage_internal::ToParameter(after_id)};
  std::string sql = KEY_COLUMNS "WHERE k.id > ?";
  if (!within_stores.empty()) {
    absl::StrAppend(&sql, " AND ", stores::Within("'apiKeys/' || k.id", within_stores, parameters));
  }
  sql += " ORDER BY k.id LIMIT ?";
  parameters.push_back(storage_internal::ToParameter(limit));
  std::vector<ApiKey> page;
  ABSL_RETURN_IF_ERROR(
      db.SqlWith(sql, parameters)
          .Each<std::string, std::string, std::string, bool, int64_t, absl::Time, absl::Time>(
              [&](auto... columns) { page.push_back(FromRow(std::move(columns)...)); }));
  for (ApiKey& key : page) ABSL_RETURN_IF_ERROR(LoadLists(db, key));
  return page;
}

absl::Status Insert(Transaction& tx, const ApiKey& key) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("INSERT INTO api_key (id, display_name, scopes, disabled, version, create_time, "
             "update_time) VALUES (?, ?, ?, ?, ?, ?, ?)",
             key.id, key.display_name, absl::StrJoin(key.scopes, " "), key.disabled, key.version,
             key.create_time, key.update_time)
          .Run());
  return stores::Replace(tx, NameOf(key.id), key.stores);
}

absl::Status Update(Transaction& tx, const ApiKey& key) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("UPDATE api_key SET display_name = ?, scopes = ?, disabled = ?, version = ?, "
             "update_time = ? WHERE id = ?",
             key.display_name, absl::StrJoin(key.scopes, " "), key.disabled, key.version,
             key.update_time, key.id)
          .Run());
  return stores::Replace(tx, NameOf(key.id), key.stores);
}

absl::Status Delete(Transaction& tx, absl::string_view id) {
  ABSL_RETURN_IF_ERROR(stores::Replace(tx, NameOf(id), {}));
  return tx.Sql("DELETE FROM api_key WHERE id = ?", id).Run();
}

absl::Status AddSecret(Transaction& tx, absl::string_view key_id, const ApiKeySecret& secret) {
  return tx
      .Sql(
          "INSERT INTO api_key_secret (id, api_key_id, hint, hash, create_time) "
          "VALUES (?, ?, ?, ?, ?)",
          secret.id, key_id, secret.hint, Bytes{secret.hash}, secret.create_time)
      .Run();
}

absl::Status DeleteSecret(Transaction& tx, absl::string_view secret_id) {
  return tx.Sql("DELETE FROM api_key_secret WHERE id = ?", secret_id).Run();
}

absl::Status SecretUsed(Transaction& tx, absl::string_view secret_id) {
  return tx.Sql("UPDATE api_key_secret SET last_used_time = ? WHERE id = ?", tx.now(), secret_id)
      .Run();
}

}  // namespace regulars::gateway::api_keys
