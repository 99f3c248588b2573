// Templates and their contents (tables template, template_version).
#ifndef CAMPAIGN_SVC_STORE_TEMPLATES_H_
#define CAMPAIGN_SVC_STORE_TEMPLATES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "campaign-svc/domain/template.h"
#include "chassis/storage/transaction.h"

namespace regulars::campaign::templates {

struct Version {
  int64_t number = 0;
  TemplateContent content;
  std::string topic;
  absl::Time create_time;
};

absl::StatusOr<std::optional<Template>> Find(Snapshot& db, absl::string_view id);
absl::StatusOr<std::optional<Template>> FindByKey(Snapshot& db, int64_t key);
// As it is with one of its versions: `number` and `topic` are that version's.
absl::StatusOr<std::optional<Template>> FindWithVersion(Snapshot& db, int64_t key, int64_t number);
// By id, after `after`.
absl::StatusOr<std::vector<Template>> List(Snapshot& db, absl::string_view after, int64_t limit);
absl::StatusOr<int64_t> Count(Snapshot& db);
// Whether something is to be made of it still: a message that waits or is on its way, a campaign
// that has not ended.
absl::StatusOr<bool> IsUsed(Snapshot& db, int64_t key);

// Gives it its key.
absl::Status Insert(Transaction& tx, Template& row);
absl::Status Update(Transaction& tx, const Template& row);
// With its versions.
absl::Status Delete(Transaction& tx, int64_t key);

absl::StatusOr<std::optional<Version>> FindVersion(Snapshot& db, int64_t key, int64_t number);
// Newest first, below `before` (0: from the newest); without text and html.
absl::StatusOr<std::vector<Version>> ListVersions(Snapshot& db, int64_t key, int64_t before,
                                                  int64_t limit);
absl::Status InsertVersion(Transaction& tx, int64_t key, const Version& version);

}  // namespace regulars::campaign::templates

#endif  // CAMPAIGN_SVC_STORE_TEMPLATES_H_
