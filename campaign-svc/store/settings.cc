#include "campaign-svc/store/settings.h"

#include <optional>
#include <tuple>
#include <utility>

#include "chassis/base/check.h"
#include "chassis/base/status_macros.h"

namespace regulars::campaign {
namespace settings {

absl::StatusOr<Settings> Load(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(
      auto row,
      db.Sql("SELECT public_url, company_name, postal_address, from_address, from_name, reply_to, "
             "max_per_second, version, update_time FROM campaign_settings")
          .First<std::string, std::string, std::string, std::string, std::string, std::string,
                 int64_t, int64_t, std::optional<absl::Time>>());
  CHECK(row.has_value());  // Migration 1 writes the one row, and nothing deletes it.
  Settings settings;
  std::tie(settings.public_url, settings.company_name, settings.postal_address,
           settings.from_address, settings.from_name, settings.reply_to, settings.max_per_second,
           settings.version, settings.update_time) = *std::move(row);
  return settings;
}

absl::Status Save(Transaction& tx, const Settings& settings) {
  return tx
      .Sql(
          "UPDATE campaign_settings SET public_url = ?, company_name = ?, postal_address = ?, "
          "from_address = ?, from_name = ?, reply_to = ?, max_per_second = ?, version = ?, "
          "update_time = ?",
          settings.public_url, settings.company_name, settings.postal_address,
          settings.from_address, settings.from_name, settings.reply_to, settings.max_per_second,
          settings.version, settings.update_time)
      .Run();
}

}  // namespace settings

namespace epochs {

absl::StatusOr<std::string> Known(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(auto epoch, db.Sql("SELECT epoch FROM known_epoch").First<std::string>());
  return std::move(epoch).value_or("");
}

absl::Status Keep(Transaction& tx, const std::string& epoch) {
  return tx.Sql("UPDATE known_epoch SET epoch = ?", epoch).Run();
}

}  // namespace epochs

namespace link_keys {

absl::StatusOr<std::map<int64_t, std::string>> List(Snapshot& db) {
  std::map<int64_t, std::string> secrets;
  ABSL_RETURN_IF_ERROR(db.Sql("SELECT id, secret FROM link_key ORDER BY id")
                           .Each<int64_t, Bytes>([&](int64_t id, Bytes secret) {
                             secrets[id] = std::move(secret.value);
                           }));
  return secrets;
}

absl::Status Insert(Transaction& tx, int64_t id, const std::string& secret) {
  return tx
      .Sql("INSERT INTO link_key (id, secret, create_time) VALUES (?, ?, ?)", id, Bytes{secret},
           tx.now())
      .Run();
}

}  // namespace link_keys
}  // namespace regulars::campaign
