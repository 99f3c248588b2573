// Compiled contents, by template and number: contents never change, so neither do these.
//
// Thread-safe.
#ifndef CAMPAIGN_SVC_DELIVERY_TEMPLATE_CACHE_H_
#define CAMPAIGN_SVC_DELIVERY_TEMPLATE_CACHE_H_

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <utility>

#include "absl/status/statusor.h"
#include "campaign-svc/domain/render.h"
#include "chassis/storage/transaction.h"

namespace regulars::campaign {

class TemplateCache {
 public:
  // Enough for what runs at a time; a large one takes a few megabytes.
  static constexpr size_t kMaxTemplates = 16;

  // NOT_FOUND with TEMPLATE_VERSION_NOT_FOUND.
  absl::StatusOr<std::shared_ptr<const CompiledTemplate>> Get(Snapshot& db, int64_t template_key,
                                                              int64_t number);

 private:
  using Key = std::pair<int64_t, int64_t>;
  using Entry = std::pair<Key, std::shared_ptr<const CompiledTemplate>>;

  std::mutex mutex_;
  std::list<Entry> entries_;  // Guarded by mutex_. Used last first.
};

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DELIVERY_TEMPLATE_CACHE_H_
