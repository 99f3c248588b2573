// The settings: one row.
#ifndef RECOMMEND_SVC_STORE_SETTINGS_H_
#define RECOMMEND_SVC_STORE_SETTINGS_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "recommend-svc/domain/settings.h"

namespace regulars::recommend::settings {

absl::StatusOr<Settings> Load(Snapshot& db);
absl::Status Save(Transaction& tx, const Settings& settings);

}  // namespace regulars::recommend::settings

#endif  // RECOMMEND_SVC_STORE_SETTINGS_H_
