#include "recommend-svc/store/settings.h"

#include <tuple>

#include "chassis/base/check.h"

namespace regulars::recommend::settings {

absl::StatusOr<Settings> Load(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(
      const auto row,
      db.Sql("SELECT min_pair_orders, min_confidence, min_lift, view_weight, best_seller_days, "
             "catalogue_only, version, update_time FROM recommend_settings")
          .First<int64_t, double, double, double, int64_t, bool, int64_t,
                 std::optional<absl::Time>>());
  CHECK(row.has_value());  // Migration 1 writes the one row, and nothing deletes it.
  Settings settings;
  std::tie(settings.min_pair_orders, settings.min_confidence, settings.min_lift,
           settings.view_weight, settings.best_seller_days, settings.catalogue_only,
           settings.version, settings.update_time) = *row;
  return settings;
}

absl::Status Save(Transaction& tx, const Settings& settings) {
  return tx
      .Sql(
          "UPDATE recommend_settings SET min_pair_orders = ?, min_confidence = ?, min_lift = ?, "
          "view_weight = ?, best_seller_days = ?, catalogue_only = ?, version = ?, "
          "update_time = ?",
          settings.min_pair_orders, settings.min_confidence, settings.min_lift,
          settings.view_weight, settings.best_seller_days, settings.catalogue_only,
          settings.version, settings.update_time)
      .Run();
}

}  // namespace regulars::recommend::settings
