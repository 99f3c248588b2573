#include "gateway/store/signing_keys.h"

#include "chassis/base/status_macros.h"

namespace regulars::gateway::signing_keys {

absl::StatusOr<std::vector<StoredKey>> List(Snapshot& db) {
  std::vector<StoredKey> keys;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT id, private_key, sign_time FROM signing_key ORDER BY sign_time, create_time")
          .Each<std::string, std::string, absl::Time>(
              [&](std::string id, std::string private_pem, absl::Time sign_time) {
                keys.push_back({std::move(id), std::move(private_pem), sign_time});
              }));
  return keys;
}

absl::Status Insert(Transaction& tx, const StoredKey& key) {
  return tx
      .Sql("INSERT INTO signing_key (id, private_key, sign_time, create_time) VALUES (?, ?, ?, ?)",
           key.id, key.private_pem, key.sign_time, tx.now())
      .Run();
}

absl::Status Delete(Transaction& tx, absl::string_view id) {
  return tx.Sql("DELETE FROM signing_key WHERE id = ?", id).Run();
}

}  // namespace regulars::gateway::signing_keys
