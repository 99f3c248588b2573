#include "gateway/domain/passwords.h"

#include "absl/strings/match.h"
#include "chassis/base/check.h"
#include "chassis/base/errors.h"
#include "chassis/base/text.h"

namespace regulars::gateway {
namespace {

constexpr absl::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";  // Crockford's.
constexpr size_t kCharacters = 20;
constexpr size_t kGroup = 5;

absl::Status Weak(absl::string_view why) {
  return FieldError("new_password", "WEAK_PASSWORD", why);
}

}  // namespace

absl::Status CheckNewPassword(absl::string_view new_password, absl::string_view current_password,
                              absl::string_view email) {
  if (!IsValidUtf8(new_password)) return Weak("must be UTF-8");
  const size_t length = CodePointCount(new_password);
  if (length < kMinPasswordLength) return Weak("has fewer than 12 characters");
  if (length > kMaxPasswordLength) return Weak("has more than 200 characters");
  if (absl::EqualsIgnoreCase(new_password, email)) return Weak("is the e-mail address");
  if (new_password == current_password) return Weak("is the old one");
  return absl::OkStatus();
}

std::string OneTimePassword(absl::string_view random) {
  // Five bits a character, read through a window of two bytes.
  static_assert(kOneTimePasswordRandomBytes * 8 >= kCharacters * 5 + 8);
  CHECK(random.size() == kOneTimePasswordRandomBytes);  // Callers take it from the system.
  std::string password;
  for (size_t i = 0; i < kCharacters; ++i) {
    if (i > 0 && i % kGroup == 0) password += '-';
    const size_t bit = i * 5;
    const auto high = static_cast<unsigned char>(random[bit / 8]);
    const auto low = static_cast<unsigned char>(random[bit / 8 + 1]);
    password += kAlphabet[((high << 8 | low) >> (11 - bit % 8)) & 31];
  }
  return password;
}

}  // namespace regulars::gateway
