#include "customer-svc/store/import_profiles.h"

#include <string>

namespace regulars::customer::import_profiles {

absl::StatusOr<std::vector<ImportProfile>> List(Snapshot& db, absl::string_view after,
                                                int64_t limit) {
  std::vector<ImportProfile> profiles;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT key, id, display_name, kind, options, version, create_time, update_time "
             "FROM import_profile WHERE id > ? ORDER BY id LIMIT ?",
             after, limit)
          .Each<int64_t, std::string, std::string, int64_t, Bytes, int64_t, absl::Time, absl::Time>(
              [&](int64_t key, std::string id, std::string display_name, int64_t kind,
                  Bytes options, int64_t version, absl::Time create_time, absl::Time update_time) {
                profiles.push_back({key, std::move(id), std::move(display_name),
                                    static_cast<ImportKind>(kind), std::move(options.value),
                                    version, create_time, update_time});
              }));
  return profiles;
}

absl::StatusOr<std::optional<ImportProfile>> Find(Snapshot& db, absl::string_view id) {
  ABSL_ASSIGN_OR_RETURN(
      auto row,
      db.Sql("SELECT key, display_name, kind, options, version, create_time, update_time "
             "FROM import_profile WHERE id = ?",
             id)
          .First<int64_t, std::string, int64_t, Bytes, int64_t, absl::Time, absl::Time>());
  if (!row) return std::nullopt;
  auto& [key, display_name, kind, options, version, create_time, update_time] = *row;
  return ImportProfile{key,
                       std::string(id),
                       std::move(display_name),
                       static_cast<ImportKind>(kind),
                       std::move(options.value),
                       version,
                       create_time,
                       update_time};
}

absl::StatusOr<int64_t> Count(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(const auto count,
                        db.Sql("SELECT COUNT(*) FROM import_profile").First<int64_t>());
  return count.value_or(0);
}

absl::Status Insert(Transaction& tx, ImportProfile& profile) {
  ABSL_ASSIGN_OR_RETURN(
      const auto key,
      tx.Sql("INSERT INTO import_profile (id, display_name, kind, options, version, create_time, "
             "update_time) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING key",
             profile.id, profile.display_name, static_cast<int64_t>(profile.kind),
             Bytes{profile.options}, profile.version, profile.create_time, profile.update_time)
          .First<int64_t>());
  profile.key = key.value_or(0);
  return absl::OkStatus();
}

absl::Status Update(Transaction& tx, const ImportProfile& profile) {
  return tx
      .Sql(
          "UPDATE import_profile SET display_name = ?, options = ?, version = ?, update_time = ? "
          "WHERE key = ?",
          profile.display_name, Bytes{profile.options}, profile.version, profile.update_time,
          profile.key)
      .Run();
}

absl::Status Delete(Transaction& tx, const ImportProfile& profile) {
  return tx.Sql("DELETE FROM import_profile WHERE key = ?", profile.key).Run();
}

}  // namespace regulars::customer::import_profiles
