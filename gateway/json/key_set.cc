#include "gateway/json/key_set.h"

#include <algorithm>

#include "chassis/base/check.h"

namespace regulars::gateway::json {
namespace {

// Up to here comparing with each key is faster than hashing.
constexpr size_t kSmallObject = 8;

}  // namespace

void KeySet::Open() { objects_.push_back({keys_.size(), copies_.size(), nullptr}); }

KeySet::Result KeySet::Insert(absl::string_view key, Lifetime lifetime) {
  // A key is always inside an object: the caller opened one.
  CHECK(!objects_.empty());
  Object& object = objects_.back();
  if (Contains(object, key)) return Result::kDuplicate;
  if (keys_.size() == kMaxOpenKeys) return Result::kFull;
  if (lifetime == Lifetime::kTemporary) key = copies_.emplace_back(key);
  keys_.push_back(key);
  if (object.index != nullptr) {
    object.index->insert(key);
  } else if (keys_.size() - object.first_key > kSmallObject) {
    object.index = std::make_unique<absl::flat_hash_set<absl::string_view>>(
        keys_.begin() + object.first_key, keys_.end());
  }
  return Result::kNew;
}

void KeySet::Close() {
  // Closes what Open() opened.
  CHECK(!objects_.empty());
  keys_.resize(objects_.back().first_key);
  copies_.resize(objects_.back().first_copy);
  objects_.pop_back();
}

bool KeySet::Contains(const Object& object, absl::string_view key) const {
  if (object.index != nullptr) return object.index->contains(key);
  return std::find(keys_.begin() + object.first_key, keys_.end(), key) != keys_.end();
}

}  // namespace regulars::gateway::json
