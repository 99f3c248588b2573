#include "chassis/base/ids.h"

#include <sys/random.h>

#include <cstring>

#include "chassis/base/check.h"

namespace regulars {
namespace {

constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

}  // namespace

std::string MakeId(absl::Time time, uint64_t high, uint64_t low) {
  const uint64_t unix_ms = static_cast<uint64_t>(absl::ToUnixMillis(time)) & 0xffff'ffff'ffff;
  // RFC 9562 §5.7: 48 bits of milliseconds, version 7, 12 random bits; variant 2, 62 random bits.
  const uint64_t first = unix_ms << 16 | uint64_t{7} << 12 | (high & 0xfff);
  const uint64_t second = uint64_t{2} << 62 | (low & 0x3fff'ffff'ffff'ffff);
  unsigned __int128 bits = static_cast<unsigned __int128>(first) << 64 | second;
  std::string id(kIdLength, '0');
  for (size_t i = kIdLength; i-- > 0; bits >>= 5) {
    id[i] = kAlphabet[static_cast<unsigned>(bits) & 31];
  }
  return id;
}

bool IsId(absl::string_view text) {
  // 26 characters hold 130 bits; the first may use only three of its five.
  if (text.size() != kIdLength || text[0] > '7') return false;
  for (const char c : text) {
    if (c == '\0' || std::strchr(kAlphabet, c) == nullptr) return false;
  }
  return true;
}

uint64_t Mixer::Next() {
  uint64_t z = state_ += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

std::string SecureRandomBytes(size_t bytes) {
  std::string out(bytes, '\0');
  size_t filled = 0;
  while (filled < bytes) {
    const ssize_t got = getrandom(out.data() + filled, bytes - filled, 0);
    // getrandom on an initialised system fails only when a signal interrupts a long read.
    CHECK(got > 0 || errno == EINTR);
    if (got > 0) filled += static_cast<size_t>(got);
  }
  return out;
}

uint64_t SecureRandomSeed() {
  uint64_t seed;
  std::memcpy(&seed, SecureRandomBytes(sizeof seed).data(), sizeof seed);
  return seed;
}

}  // namespace regulars
