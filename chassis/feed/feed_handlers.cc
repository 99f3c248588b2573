#include "chassis/feed/feed_handlers.h"

namespace regulars {

const FeedHandlers::Type* FeedHandlers::Find(absl::string_view type) const {
  const auto found = types_.find(std::string(type));
  return found == types_.end() ? nullptr : &found->second;
}

std::vector<std::string> FeedHandlers::types() const {
  std::vector<std::string> names;
  for (const auto& [name, type] : types_) names.push_back(name);
  return names;
}

}  // namespace regulars
