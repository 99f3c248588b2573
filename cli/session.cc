#include "cli/session.h"

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"

namespace regulars::cli {
namespace {

constexpr char kSessionPath[] = "/api/access/v1/session";
// A token that ends sooner than this is renewed before it is used.
constexpr absl::Duration kFreshness = absl::Seconds(30);

void TakePair(const Json& pair, Profile& profile) {
  profile.access_token = Text(pair, "accessToken");
  profile.refresh_token = Text(pair, "refreshToken");
  if (!absl::ParseTime(absl::RFC3339_full, Text(pair, "expireTime"), &profile.expire_time,
                       nullptr)) {
    profile.expire_time = absl::InfinitePast();
  }
}

absl::Status RefreshUser(Transport& transport, Profile& profile) {
  FixedToken none("");
  Client client(profile.server, transport, none);
  ABSL_ASSIGN_OR_RETURN(const Json pair, client.Post(absl::StrCat(kSessionPath, ":refresh"),
                                                     {{"refreshToken", profile.refresh_token}}));
  TakePair(pair, profile);
  return absl::OkStatus();
}

absl::Status GetNewTokens(Transport& transport, const Clock& clock, Profile& profile) {
  if (!profile.refresh_token.empty()) return RefreshUser(transport, profile);
  return SignInKey(transport, clock, std::string(profile.client_id),
                   std::string(profile.client_secret), profile);
}

}  // namespace

absl::Status SignInUser(Transport& transport, absl::string_view email, absl::string_view password,
                        const std::function<absl::StatusOr<std::string>()>& new_password,
                        const Waiting& waiting, Profile& profile) {
  FixedToken none("");
  Client stranger(profile.server, transport, none, waiting);
  const Json credentials = {{"email", std::string(email)}, {"password", std::string(password)}};
  ABSL_ASSIGN_OR_RETURN(Json pair,
                        stranger.Post(absl::StrCat(kSessionPath, ":signIn"), credentials));
  if (IsTrue(pair, "principal.passwordExpired")) {
    ABSL_ASSIGN_OR_RETURN(const std::string chosen, new_password());
    FixedToken token(Text(pair, "accessToken"));
    Client user(profile.server, transport, token, waiting);
    const Json change = {{"currentPassword", std::string(password)}, {"newPassword", chosen}};
    ABSL_ASSIGN_OR_RETURN(pair, user.Post(absl::StrCat(kSessionPath, ":changePassword"), change));
  }
  profile.SignOut();
  TakePair(pair, profile);
  profile.account = std::string(email);
  return absl::OkStatus();
}

absl::Status SignInKey(Transport& transport, const Clock& clock, absl::string_view client_id,
                       absl::string_view client_secret, Profile& profile) {
  HttpRequest request{.method = "POST", .url = absl::StrCat(profile.server, "/oauth/token")};
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  request.body = absl::StrCat("grant_type=client_credentials&client_id=", EscapeUrl(client_id),
                              "&client_secret=", EscapeUrl(client_secret));
  ABSL_ASSIGN_OR_RETURN(const HttpReply reply, transport.Send(request));
  if (reply.status / 100 != 2) return ErrorOf(reply);
  ABSL_ASSIGN_OR_RETURN(const Json token, ParseJson(reply.body));
  profile.SignOut();
  profile.access_token = Text(token, "access_token");
  profile.expire_time = clock.Now() + absl::Seconds(Int(token, "expires_in"));
  profile.client_id = std::string(client_id);
  profile.client_secret = std::string(client_secret);
  profile.account = std::string(client_id);
  return absl::OkStatus();
}

absl::Status SignOutUser(Transport& transport, const Profile& profile, bool everywhere) {
  if (profile.refresh_token.empty()) return absl::OkStatus();
  FixedToken none("");
  Client client(profile.server, transport, none);
  return client
      .Post(absl::StrCat(kSessionPath, ":signOut"),
            {{"refreshToken", profile.refresh_token}, {"everywhere", everywhere}})
      .status();
}

absl::StatusOr<std::string> ProfileCredentials::Token() {
  if (profile_.expire_time > clock_.Now() + kFreshness) return profile_.access_token;
  return Renew(profile_.access_token);
}

absl::StatusOr<std::string> ProfileCredentials::Renew(absl::string_view token) {
  std::string on_disk;
  bool renewed = false;
  bool usable = false;
  const absl::Status saved = file_.Change([&](Config& config) -> absl::Status {
    Profile& stored = config.profiles[name_];
    if (stored.server != profile_.server || !stored.signed_in()) {
      return Unauthenticated("NOT_SIGNED_IN", "this profile was signed out meanwhile");
    }
    on_disk = stored.refresh_token;
    if (!unsaved_over_.empty() && on_disk == unsaved_over_) stored = profile_;
    // Another process has renewed it if what is stored is not what ended.
    if (stored.access_token == token || stored.expire_time <= clock_.Now() + kFreshness) {
      ABSL_RETURN_IF_ERROR(GetNewTokens(transport_, clock_, stored));
      renewed = true;
    }
    profile_ = stored;
    usable = true;
    return absl::OkStatus();
  });
  if (!usable) return saved;
  unsaved_over_ = saved.ok() ? "" : on_disk;
  if (!saved.ok() && renewed && !on_disk.empty() && note_) {
    note_(absl::StrCat("the session was renewed but could not be kept (", saved.message(),
                       "): the next command needs a new sign-in"));
  }
  return profile_.access_token;
}

}  // namespace regulars::cli
