// A 64-bit fingerprint of what is added to it, the same for ever: FNV-1a (Fowler, Noll, Vo), mixed.
// Not for secrets.
//
//   Fingerprint print;
//   print.Add("ann");
//   const uint64_t value = print.Take();
#ifndef CHASSIS_BASE_FINGERPRINT_H_
#define CHASSIS_BASE_FINGERPRINT_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "chassis/base/ids.h"

namespace regulars {

class Fingerprint {
 public:
  void Add(int64_t value) {
    for (int shift = 0; shift < 64; shift += 8) AddByte(static_cast<uint64_t>(value) >> shift);
  }
  // ("ab", "c") and ("a", "bc") differ.
  void Add(absl::string_view text) {
    Add(static_cast<int64_t>(text.size()));
    for (const char c : text) AddByte(static_cast<unsigned char>(c));
  }
  uint64_t Take() const { return Mixer(hash_).Next(); }

 private:
  void AddByte(uint64_t byte) { hash_ = (hash_ ^ (byte & 0xff)) * 0x100000001b3; }

  uint64_t hash_ = 0xcbf29ce484222325;
};

}  // namespace regulars

#endif  // CHASSIS_BASE_FINGERPRINT_H_
