#include "campaign-svc/delivery/template_cache.h"

#include <algorithm>
#include <utility>

#include "campaign-svc/store/templates.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"

namespace regulars::campaign {

namespace {

struct Made {
  std::shared_ptr<const CompiledTemplate> compiled;
  // Of the content as it is written.
  size_t bytes = 0;
};

absl::StatusOr<Made> Make(Snapshot& db, int64_t template_key, int64_t number) {
  ABSL_ASSIGN_OR_RETURN(const auto version, templates::FindVersion(db, template_key, number));
  if (!version) {
    return NotFound("TEMPLATE_VERSION_NOT_FOUND", "there is no such version of the template");
  }
  Made made;
  ABSL_ASSIGN_OR_RETURN(made.compiled, CompiledTemplate::Compile(version->content));
  made.bytes =
      version->content.subject.size() + version->content.text.size() + version->content.html.size();
  return made;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const CompiledTemplate>> TemplateCache::Get(Snapshot& db,
                                                                           int64_t template_key,
                                                                           int64_t number) {
  const Key key{template_key, number};
  if (auto kept = Find(key)) return kept;
  ABSL_ASSIGN_OR_RETURN(Made made, Make(db, template_key, number));
  Keep({key, made.compiled, made.bytes});
  return std::move(made.compiled);
}

absl::StatusOr<std::shared_ptr<const CompiledTemplate>> TemplateCache::Get(Transaction& tx,
                                                                           int64_t template_key,
                                                                           int64_t number) {
  if (auto kept = Find({template_key, number})) return kept;
  ABSL_ASSIGN_OR_RETURN(Made made, Make(tx, template_key, number));
  return std::move(made.compiled);
}

std::shared_ptr<const CompiledTemplate> TemplateCache::Find(const Key& key) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.key == key; });
  if (found == entries_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found);
  return found->compiled;
}

void TemplateCache::Keep(Entry entry) {
  const std::lock_guard lock(mutex_);
  bytes_ += entry.bytes;
  entries_.push_front(std::move(entry));
  while (bytes_ > kMaxBytes && entries_.size() > 1) {
    bytes_ -= entries_.back().bytes;
    entries_.pop_back();
  }
}

}  // namespace regulars::campaign
