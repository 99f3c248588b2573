// Who a service is to the others, without anybody in between: it signs short tokens with a key of
// its own, which it makes at its first start. The private half stays beside its store; the public
// half goes into a folder that the processes of an installation share, as <service>.pem.
//
//   ABSL_ASSIGN_OR_RETURN(ServiceIdentity identity,
//                         ServiceIdentity::Open("loyalty", "loyalty.db.service-key", folder,
//                         clock));
//   identity.Token("customer")  →  a token of services/loyalty with the scope customer.read
//
//   ServiceKeys keys(folder, "customer", clock);                 // In customer-svc.
//   keys.Verify(token)  →  services/loyalty, for a token that loyalty's key signed
//
// See docs/decisions/0016. Both classes are thread-safe.
#ifndef CHASSIS_AUTH_SERVICE_IDENTITY_H_
#define CHASSIS_AUTH_SERVICE_IDENTITY_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/auth/signing_key.h"
#include "chassis/auth/token.h"
#include "chassis/auth/token_cache.h"
#include "chassis/base/clock.h"

namespace regulars::auth {

inline constexpr absl::Duration kServiceTokenLifetime = absl::Minutes(5);
inline constexpr size_t kMaxServices = 16;

// "services/loyalty".
std::string ServicePrincipal(absl::string_view service);

class ServiceIdentity {
 public:
  // Reads the key at `key_file`, or makes it (0600), and sees to it that `folder` holds its public
  // half. FAILED_PRECONDITION with SERVICE_KEY_UNUSABLE or SERVICE_KEYS_UNWRITABLE.
  static absl::StatusOr<std::unique_ptr<ServiceIdentity>> Open(absl::string_view service,
                                                               const std::string& key_file,
                                                               const std::string& folder,
                                                               const Clock& clock);

  // A token that `upstream` takes, signed now or not long ago.
  absl::StatusOr<std::string> Token(const std::string& upstream);

 private:
  struct Issued {
    std::string token;
    absl::Time renew_at;
  };

  ServiceIdentity(absl::string_view service, SigningKey key, const Clock& clock);

  const std::string principal_;
  const SigningKey key_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Issued> issued_;  // Guarded by mutex_. By upstream.
};

class ServiceKeys {
 public:
  // Looks for keys in `folder`, which may be empty or not there yet. `service` is who verifies.
  ServiceKeys(std::string folder, std::string service, const Clock& clock);
  ~ServiceKeys();

  // The caller of a token that a service's own key signed: exactly that service, with no scope but
  // reading from this one. Errors as VerifyToken(), TOKEN_UNKNOWN_KEY for all others' tokens.
  absl::StatusOr<std::shared_ptr<const Caller>> Verify(absl::string_view token);

 private:
  struct Trusted;  // One service's keys, and the tokens of it that were verified.

  std::shared_ptr<const std::vector<std::shared_ptr<Trusted>>> Current();
  void LookIfDue();

  const std::string folder_;
  const std::string service_;
  const Clock& clock_;
  std::mutex look_mutex_;                                       // Held by the one who looks.
  absl::Time next_look_ = absl::InfinitePast();                 // Guarded by look_mutex_.
  std::vector<std::pair<std::string, std::string>> last_read_;  // Guarded by look_mutex_.
  std::mutex mutex_;
  std::shared_ptr<const std::vector<std::shared_ptr<Trusted>>> trusted_;  // Guarded by mutex_.
};

}  // namespace regulars::auth

#endif  // CHASSIS_AUTH_SERVICE_IDENTITY_H_
