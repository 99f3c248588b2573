// Openings and clicks on their way to being counted (table hit).
#ifndef CAMPAIGN_SVC_STORE_HITS_H_
#define CAMPAIGN_SVC_STORE_HITS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/base/cause.h"
#include "chassis/storage/transaction.h"

namespace regulars::campaign::hits {

struct Hit {
  int64_t key = 0;
  // Id of the message.
  std::string message;
  bool click = false;
  absl::Time time;
  // The reader's request.
  Cause cause;
};

absl::Status Append(Transaction& tx, absl::string_view message, bool click);
// The oldest ones.
absl::StatusOr<std::vector<Hit>> Oldest(Snapshot& db, int64_t limit);
absl::Status DeleteUpTo(Transaction& tx, int64_t key);

}  // namespace regulars::campaign::hits

#endif  // CAMPAIGN_SVC_STORE_HITS_H_
