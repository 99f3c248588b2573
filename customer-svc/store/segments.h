// Segments as callers see them (table segment).
#ifndef CUSTOMER_SVC_STORE_SEGMENTS_H_
#define CUSTOMER_SVC_STORE_SEGMENTS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/segment.h"

namespace regulars::customer::segments {

absl::StatusOr<std::optional<Segment>> Find(Snapshot& db, absl::string_view id);
absl::StatusOr<std::optional<Segment>> FindByKey(Snapshot& db, int64_t key);

// By id, after `after`.
absl::StatusOr<std::vector<Segment>> List(Snapshot& db, absl::string_view after, int64_t limit);

absl::StatusOr<int64_t> Count(Snapshot& db);

// Ids by key, of all.
absl::StatusOr<std::map<int64_t, std::string>> Ids(Snapshot& db);

// Gives it its key.
absl::Status Insert(Transaction& tx, Segment& segment);
absl::Status Update(Transaction& tx, const Segment& segment);
absl::Status Delete(Transaction& tx, int64_t key);

}  // namespace regulars::customer::segments

#endif  // CUSTOMER_SVC_STORE_SEGMENTS_H_
