// Who a service is to the others, without anybody in between: it signs short tokens with a key of
// its own, which it makes at its first start. The private half stays beside its store; the public
// half goes into a folder that the processes of an installation share, as <service>.pem.
//
//   ABSL_ASSIGN_OR_RETURN(ServiceIdentity identity,
//                         ServiceIdentity::Open("loyalty", "loyalty.db.service-key", folder,
//                         clock));
//   identity.Token("customer")  →  a token of services/loyalty with the scope customer.read
//
//   ServiceKeys keys(folder, {"customer.read"}, clock);   // In customer-svc.
//   keys.Verify(token)  →  services/loyalty, for a token that loyalty's key signed
//
// See docs/decisions/0016. Both classes are thread-safe.
#ifndef CHASSIS_AUTH_SERVICE_IDENTITY_H_
#define CHASSIS_AUTH_SERVICE_IDENTITY_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>
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
// Files of the folder that are looked at.
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
  // Looks for keys in `folder`, which may be empty or not there yet; ten times a second at most,
  // and only when somebody asks. `granted` is all that a service may do here.
  ServiceKeys(std::string folder, std::vector<std::string> granted, const Clock& clock);
  ~ServiceKeys();

  // The caller of a token that a service's own key signed: exactly that service, with those of the
  // token's scopes that are granted. Errors as VerifyToken(): TOKEN_UNKNOWN_KEY for what no service
  // signed.
  absl::StatusOr<std::shared_ptr<const Caller>> Verify(absl::string_view token);

 private:
  // One service's keys, and the tokens that they verified.
  struct Trusted {
    Trusted(std::string of_service, std::string file_text, KeySet keys);

    std::string service;
    std::string text;  // Of its file.
    TokenCache tokens;
  };
  using AllTrusted = std::vector<std::shared_ptr<Trusted>>;

  void LookIfDue();
  // What the folder holds now; keeps what has not changed, with its verified tokens.
  AllTrusted Read(const AllTrusted& before) const;
  absl::StatusOr<std::shared_ptr<const Caller>> Limit(std::shared_ptr<const Caller> caller,
                                                      const std::string& service) const;

  const std::string folder_;
  const std::vector<std::string> granted_;
  const Clock& clock_;
  std::mutex look_mutex_;     // Held by the one who looks.
  absl::Duration next_look_;  // As Monotonic(). Guarded by look_mutex_.
  std::mutex mutex_;
  std::shared_ptr<const AllTrusted> trusted_;  // Guarded by mutex_.
};

}  // namespace regulars::auth

#endif  // CHASSIS_AUTH_SERVICE_IDENTITY_H_
