// The keys of the JSON objects that are open at one moment, to find one given twice. Keys are
// compared as unescaped text. Small objects are searched in order, large ones by hash, so the whole
// is linear; memory is bounded by the text and by kMaxOpenKeys.
//
// Used by one thread at a time.
//
//   keys.Open();                        // '{'
//   keys.Insert("a", Lifetime::kInput)  // kNew, then kDuplicate
//   keys.Close();                       // '}'
#ifndef GATEWAY_JSON_KEY_SET_H_
#define GATEWAY_JSON_KEY_SET_H_

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"

namespace regulars::gateway::json {

// Keys of all open objects together; about 50 bytes each.
inline constexpr size_t kMaxOpenKeys = 1 << 18;

class KeySet {
 public:
  enum class Lifetime {
    kInput,      // The key's text outlives the object.
    kTemporary,  // It does not: a copy is kept.
  };
  enum class Result { kNew, kDuplicate, kFull };

  void Open();
  Result Insert(absl::string_view key, Lifetime lifetime);
  void Close();

 private:
  struct Object {
    size_t first_key;
    size_t first_copy;
    // Only for objects with more than a few keys.
    std::unique_ptr<absl::flat_hash_set<absl::string_view>> index;
  };

  bool Contains(const Object& object, absl::string_view key) const;

  std::vector<Object> objects_;
  std::vector<absl::string_view> keys_;
  // A deque: its strings do not move, so views of them stay valid.
  std::deque<std::string> copies_;
};

}  // namespace regulars::gateway::json

#endif  // GATEWAY_JSON_KEY_SET_H_
