// Signing in and out, and tokens that stay fresh.
#ifndef CLI_SESSION_H_
#define CLI_SESSION_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/base/clock.h"
#include "cli/client.h"
#include "cli/config.h"

namespace regulars::cli {

// Signs a user in at `profile.server` and fills the profile. If the password must be changed first,
// `new_password` is asked for one.
absl::Status SignInUser(Transport& transport, absl::string_view email, absl::string_view password,
                        const std::function<absl::StatusOr<std::string>()>& new_password,
                        const Waiting& waiting, Profile& profile);

// Signs an API key in by OAuth client credentials (RFC 6749 §4.4).
absl::Status SignInKey(Transport& transport, const Clock& clock, absl::string_view client_id,
                       absl::string_view client_secret, Profile& profile);

// Ends the session at the server; of a key there is nothing to end.
absl::Status SignOutUser(Transport& transport, const Profile& profile, bool everywhere);

// The tokens of a profile. A renewed one is written back. Refresh tokens work once, so renewing
// holds the file's lock and first looks whether another process has done it. One that cannot be
// written back serves until the end of this process, and `note` is told.
class ProfileCredentials : public Credentials {
 public:
  ProfileCredentials(const ConfigFile& file, std::string name, Profile profile,
                     Transport& transport, const Clock& clock,
                     std::function<void(absl::string_view)> note)
      : file_(file),
        name_(std::move(name)),
        profile_(std::move(profile)),
        transport_(transport),
        clock_(clock),
        note_(std::move(note)) {}

  absl::StatusOr<std::string> Token() override;
  absl::StatusOr<std::string> Renew(absl::string_view token) override;

 private:
  const ConfigFile& file_;
  const std::string name_;
  Profile profile_;
  // The refresh token that was used up for tokens that could not be written back; else "".
  std::string unsaved_over_;
  Transport& transport_;
  const Clock& clock_;
  const std::function<void(absl::string_view)> note_;
};

}  // namespace regulars::cli

#endif  // CLI_SESSION_H_
