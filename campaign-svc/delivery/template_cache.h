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
  // What is kept besides the one that was used last: so many bytes of contents as they are written.
  // Compiled, one takes about 100 times as much where white space abounds, 40 MB in all at the
  // worst; usual contents take 2 to 20 kB, so this is enough for what runs at a time.
  static constexpr size_t kMaxBytes = 400'000;

  // NOT_FOUND with TEMPLATE_VERSION_NOT_FOUND.
  absl::StatusOr<std::shared_ptr<const CompiledTemplate>> Get(Snapshot& db, int64_t template_key,
                                                              int64_t number);
  // The same within a change, which keeps nothing: a version that is not committed yet may never
  // be, and its number be given again to another content.
  absl::StatusOr<std::shared_ptr<const CompiledTemplate>> Get(Transaction& tx, int64_t template_key,
                                                              int64_t number);

  size_t size() {
    std::lock_guard lock(mutex_);
    return entries_.size();
  }

 private:
  using Key = std::pair<int64_t, int64_t>;
  struct Entry {
    Key key;
    std::shared_ptr<const CompiledTemplate> compiled;
    size_t bytes = 0;
  };

  // The kept one, or null.
  std::shared_ptr<const CompiledTemplate> Find(const Key& key);
  void Keep(Entry entry);

  std::mutex mutex_;
  std::list<Entry> entries_;  // Guarded by mutex_, as is bytes_. Used last first.
  size_t bytes_ = 0;
};

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DELIVERY_TEMPLATE_CACHE_H_
