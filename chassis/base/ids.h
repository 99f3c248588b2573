// Ids: UUIDv7 (RFC 9562) written as 26 characters of Crockford base32 in lower case, most
// significant first, so that text order is time order: "06g1x7k3vq8s5e0h4m2n9p1r3t".
#ifndef CHASSIS_BASE_IDS_H_
#define CHASSIS_BASE_IDS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace regulars {

inline constexpr size_t kIdLength = 26;

// The id that (time, the 74 random bits taken from high and low) determine.
std::string MakeId(absl::Time time, uint64_t high, uint64_t low);

// Whether `text` has the shape of an id that MakeId can have made.
bool IsId(absl::string_view text);

// A deterministic sequence of well-mixed 64-bit numbers from one seed (SplitMix64; Steele, Lea,
// Flood 2014). Not for secrets.
class Mixer {
 public:
  explicit Mixer(uint64_t seed) : state_(seed) {}
  uint64_t Next();

 private:
  uint64_t state_;
};

// `bytes` bytes from the system's cryptographic random source.
std::string SecureRandomBytes(size_t bytes);
uint64_t SecureRandomSeed();

}  // namespace regulars

#endif  // CHASSIS_BASE_IDS_H_
