#include "campaign-svc/delivery/template_cache.h"

#include <algorithm>

#include "campaign-svc/store/templates.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"

namespace regulars::campaign {

absl::StatusOr<std::shared_ptr<const CompiledTemplate>> TemplateCache::Get(Snapshot& db,
                                                                           int64_t template_key,
                                                                           int64_t number) {
  const Key key{template_key, number};
  {
    std::lock_guard lock(mutex_);
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Entry& entry) { return entry.key == key; });
    if (found != entries_.end()) {
      entries_.splice(entries_.begin(), entries_, found);
      return found->compiled;
    }
  }
  ABSL_ASSIGN_OR_RETURN(const auto version, templates::FindVersion(db, template_key, number));
  if (!version) {
    return NotFound("TEMPLATE_VERSION_NOT_FOUND", "there is no such version of the template");
  }
  ABSL_ASSIGN_OR_RETURN(std::shared_ptr<const CompiledTemplate> compiled,
                        CompiledTemplate::Compile(version->content));
  const size_t bytes =
      version->content.subject.size() + version->content.text.size() + version->content.html.size();
  std::lock_guard lock(mutex_);
  entries_.push_front({key, compiled, bytes});
  bytes_ += bytes;
  while (bytes_ > kMaxBytes && entries_.size() > 1) {
    bytes_ -= entries_.back().bytes;
    entries_.pop_back();
  }
  return compiled;
}

}  // namespace regulars::campaign
