#include "chassis/auth/password.h"

#include <argon2.h>
#include <sys/mman.h>

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "chassis/auth/sha256.h"
#include "chassis/base/errors.h"
#include "chassis/base/ids.h"
#include "chassis/base/status_macros.h"

namespace regulars::auth {
namespace {

// Bounds of what a stored hash holds; a text within them is short.
constexpr size_t kMinSaltBytes = ARGON2_MIN_SALT_LENGTH;
constexpr size_t kMaxSaltBytes = 64;
constexpr size_t kMinHashBytes = 16;
constexpr size_t kMaxHashBytes = 64;
constexpr size_t kMaxStoredBytes = 256;

struct StoredHash {
  uint32_t memory_kib = kPasswordMemoryKib;
  uint32_t passes = kPasswordPasses;
  uint32_t lanes = kPasswordLanes;
  std::string salt;
  std::string hash;
};

std::string EncodeBase64(absl::string_view bytes) {
  return std::string(absl::StripSuffix(absl::StripSuffix(absl::Base64Escape(bytes), "="), "="));
}

// Reads "<name>=<number up to max>".
bool ReadParameter(absl::string_view text, absl::string_view name, uint32_t max, uint32_t* value) {
  return absl::ConsumePrefix(&text, name) && absl::ConsumePrefix(&text, "=") &&
         absl::SimpleAtoi(text, value) && *value > 0 && *value <= max;
}

// Reads "$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>" within the bounds above.
bool ReadStored(absl::string_view text, StoredHash* stored) {
  if (text.size() > kMaxStoredBytes) return false;
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '$');
  if (parts.size() != 6 || !parts[0].empty() || parts[1] != "argon2id" || parts[2] != "v=19") {
    return false;
  }
  const std::vector<absl::string_view> parameters = absl::StrSplit(parts[3], ',');
  return parameters.size() == 3 &&
         ReadParameter(parameters[0], "m", kMaxStoredMemoryKib, &stored->memory_kib) &&
         ReadParameter(parameters[1], "t", kMaxStoredPasses, &stored->passes) &&
         ReadParameter(parameters[2], "p", kMaxStoredLanes, &stored->lanes) &&
         absl::Base64Unescape(parts[4], &stored->salt) &&
         absl::Base64Unescape(parts[5], &stored->hash) && stored->salt.size() >= kMinSaltBytes &&
         stored->salt.size() <= kMaxSaltBytes && stored->hash.size() >= kMinHashBytes &&
         stored->hash.size() <= kMaxHashBytes;
}

// malloc would keep what it once gave, and an idle process would stay 20 MiB larger.
int Map(uint8_t** memory, size_t size) {
  void* const mapped =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  *memory = mapped == MAP_FAILED ? nullptr : static_cast<uint8_t*>(mapped);
  return *memory == nullptr ? ARGON2_MEMORY_ALLOCATION_ERROR : ARGON2_OK;
}
void Unmap(uint8_t* memory, size_t size) { munmap(memory, size); }

uint8_t* Bytes(absl::string_view text) {
  // libargon2 takes its inputs as pointers to non-const, and clears them only when asked.
  return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
}

// The hash of `password` under the salt, length and parameters of `like`.
absl::StatusOr<std::string> Argon2id(absl::string_view password, const StoredHash& like) {
  std::string hash(like.hash.size(), '\0');
  argon2_context context = {};
  context.out = Bytes(hash);
  context.outlen = static_cast<uint32_t>(hash.size());
  context.pwd = Bytes(password);
  context.pwdlen = static_cast<uint32_t>(password.size());
  context.salt = Bytes(like.salt);
  context.saltlen = static_cast<uint32_t>(like.salt.size());
  context.t_cost = like.passes;
  context.m_cost = like.memory_kib;
  context.lanes = context.threads = like.lanes;
  context.version = ARGON2_VERSION_13;
  context.allocate_cbk = Map;
  context.free_cbk = Unmap;
  context.flags = ARGON2_DEFAULT_FLAGS;
  const int code = argon2id_ctx(&context);
  if (code == ARGON2_OK) return hash;
  if (code == ARGON2_MEMORY_ALLOCATION_ERROR || code == ARGON2_THREAD_FAIL) {
    return ResourceExhausted("PASSWORD_MEMORY", "there is no memory to check passwords with",
                             absl::Seconds(1));
  }
  return Error(absl::StatusCode::kDataLoss, "a stored password hash cannot be used",
               {.reason = "PASSWORD_HASH_INVALID"});
}

absl::Status CheckLength(absl::string_view password) {
  if (password.size() <= kMaxPasswordBytes) return absl::OkStatus();
  return InvalidArgument("PASSWORD_TOO_LONG",
                         absl::StrCat("a password has at most ", kMaxPasswordBytes, " bytes"));
}

}  // namespace

absl::StatusOr<std::string> PasswordHasher::Hash(absl::string_view password) {
  ABSL_RETURN_IF_ERROR(CheckLength(password));
  const StoredHash like = {.salt = SecureRandomBytes(kPasswordSaltBytes),
                           .hash = std::string(kPasswordHashBytes, '\0')};
  ABSL_ASSIGN_OR_RETURN(const Gate::Pass pass, gate_.Enter());
  ABSL_ASSIGN_OR_RETURN(const std::string hash, Argon2id(password, like));
  return absl::StrCat("$argon2id$v=19$m=", like.memory_kib, ",t=", like.passes, ",p=", like.lanes,
                      "$", EncodeBase64(like.salt), "$", EncodeBase64(hash));
}

absl::StatusOr<bool> PasswordHasher::Verify(absl::string_view password,
                                            std::optional<absl::string_view> stored) {
  ABSL_RETURN_IF_ERROR(CheckLength(password));
  StoredHash expected = {.salt = std::string(kPasswordSaltBytes, '\0'),
                         .hash = std::string(kPasswordHashBytes, '\0')};
  if (stored && !ReadStored(*stored, &expected)) {
    return Error(absl::StatusCode::kDataLoss, "a stored password hash cannot be read",
                 {.reason = "PASSWORD_HASH_INVALID"});
  }
  ABSL_ASSIGN_OR_RETURN(const Gate::Pass pass, gate_.Enter());
  ABSL_ASSIGN_OR_RETURN(const std::string hash, Argon2id(password, expected));
  return stored.has_value() && ConstantTimeEquals(hash, expected.hash);
}

}  // namespace regulars::auth
