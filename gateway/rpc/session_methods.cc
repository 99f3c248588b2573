#include "gateway/rpc/session_methods.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"
#include "chassis/rpc/timestamps.h"
#include "chassis/rpc/unary.h"
#include "gateway/domain/email.h"
#include "gateway/domain/passwords.h"
#include "gateway/domain/scopes.h"
#include "gateway/rpc/convert.h"
#include "gateway/rpc/refresh_token.h"
#include "gateway/rpc/sign_in_guard.h"
#include "gateway/rpc/tokens.h"
#include "gateway/store/api_keys.h"
#include "gateway/store/passwords.h"
#include "gateway/store/sessions.h"
#include "gateway/store/users.h"

namespace regulars::gateway {
namespace {

constexpr char kSignInMethod[] = "regulars.access.v1.SessionService.SignIn";
constexpr char kRefreshMethod[] = "regulars.access.v1.SessionService.RefreshToken";

absl::Status BadRefreshToken() {
  return Unauthenticated("BAD_REFRESH_TOKEN",
                         "the refresh token is unknown, has ended or was used before");
}

// Whom somebody tries to be: nobody, if there is no such user.
struct Candidate {
  std::optional<User> user;
  std::optional<StoredPassword> password;
};
absl::StatusOr<Candidate> LoadCandidate(Snapshot& db, absl::string_view email) {
  Candidate candidate;
  ABSL_ASSIGN_OR_RETURN(candidate.user, users::FindByEmail(db, EmailKey(email)));
  if (!candidate.user) return candidate;
  ABSL_ASSIGN_OR_RETURN(candidate.password, passwords::Find(db, candidate.user->id));
  return candidate;
}

// Whether the right password lets them in.
bool MaySignIn(const Candidate& candidate, absl::Time now) {
  return candidate.user && !candidate.user->disabled && candidate.password &&
         candidate.password->Live(now);
}

absl::StatusOr<v1::TokenPair> Admit(const AccessContext& context, Transaction& tx,
                                    const SignInGuard& guard, const std::string& email,
                                    const StoredPassword& checked, const RefreshToken& token) {
  ABSL_RETURN_IF_ERROR(guard.CheckMayTry(tx));
  // The password was checked a moment ago; it must still be the one.
  ABSL_ASSIGN_OR_RETURN(const Candidate candidate, LoadCandidate(tx, email));
  if (!MaySignIn(candidate, tx.now()) || candidate.password != checked) return BadCredentials();
  ABSL_RETURN_IF_ERROR(guard.RecordSuccess(tx));
  ABSL_RETURN_IF_ERROR(users::SignedIn(tx, candidate.user->id));
  ABSL_RETURN_IF_ERROR(AuditAs(tx, kSignInMethod, UserName(candidate.user->id), "SIGNED_IN"));
  return OpenSession(context, tx, *candidate.user, token);
}

// That a session was ended stays, though the call is refused.
absl::StatusOr<v1::TokenPair> Refresh(const AccessContext& context, Transaction& tx,
                                      const RefreshToken& presented, const RefreshToken& next) {
  ABSL_ASSIGN_OR_RETURN(const auto session, sessions::Find(tx, presented.FamilyHash()));
  if (!session || session->expire_time <= tx.now()) return BadRefreshToken();
  if (!presented.SecretMatches(session->token_hash)) {
    // Two hold tokens of this session, and one of them has no right to.
    ABSL_RETURN_IF_ERROR(sessions::End(tx, session->id));
    ABSL_RETURN_IF_ERROR(
        AuditAs(tx, kRefreshMethod, UserName(session->user_id), "REFRESH_TOKEN_REUSED"));
    return rpc::RefuseAndKeep(BadRefreshToken());
  }
  ABSL_ASSIGN_OR_RETURN(const std::optional<User> user, users::Find(tx, session->user_id));
  if (!user || user->disabled) {
    ABSL_RETURN_IF_ERROR(sessions::End(tx, session->id));
    return rpc::RefuseAndKeep(BadRefreshToken());
  }
  const absl::Time expire_time = RefreshExpiry(session->create_time, tx.now());
  ABSL_RETURN_IF_ERROR(sessions::Rotate(tx, session->id, next.SecretHash(), expire_time));
  return MakeTokenPair(context, tx, *user, next, expire_time);
}

// What the store knows of the caller beyond the token.
absl::Status DescribeCaller(Snapshot& db, absl::string_view principal, v1::Principal& described) {
  if (absl::ConsumePrefix(&principal, "users/")) {
    described.set_kind(v1::Principal::KIND_USER);
    ABSL_ASSIGN_OR_RETURN(const std::optional<User> user, users::Find(db, principal));
    if (!user) return absl::OkStatus();
    described.set_display_name(user->display_name);
    described.set_password_expired(user->password_expired);
  } else if (absl::ConsumePrefix(&principal, "apiKeys/")) {
    described.set_kind(v1::Principal::KIND_API_KEY);
    ABSL_ASSIGN_OR_RETURN(const std::optional<ApiKey> key, api_keys::Find(db, principal));
    if (key) described.set_display_name(key->display_name);
  } else {
    described.set_kind(v1::Principal::KIND_SERVICE);
    described.set_display_name(std::string(principal));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status BadCredentials() {
  return Unauthenticated("BAD_CREDENTIALS", "the e-mail address or the password is wrong");
}

absl::StatusOr<ChangeOf<v1::TokenPair>> SignIn(AccessContext& context, const Origin& origin,
                                               const v1::SignInRequest& request) {
  if (CodePointCount(request.password()) > kMaxPasswordLength) {
    return FieldError("password", "PASSWORD_TOO_LONG", "is longer than 200 characters");
  }
  const SignInGuard guard = SignInGuard::ForUser(request.email(), origin.source);
  Candidate candidate;
  ABSL_RETURN_IF_ERROR(context.store.readers().Run(origin, [&](Snapshot& db) -> absl::Status {
    ABSL_RETURN_IF_ERROR(guard.CheckMayTry(db));
    ABSL_ASSIGN_OR_RETURN(candidate, LoadCandidate(db, request.email()));
    return absl::OkStatus();
  }));
  std::optional<absl::string_view> hash;
  if (candidate.password) hash = candidate.password->hash;
  ABSL_ASSIGN_OR_RETURN(const bool right, context.passwords.Verify(request.password(), hash));
  if (!right || !MaySignIn(candidate, context.store.clock().Now())) {
    const std::string whom = candidate.user ? UserName(candidate.user->id) : "";
    ABSL_RETURN_IF_ERROR(
        context.store.writer().Write(Lane::kInteractive, origin, [&](Transaction& tx) {
          return guard.RecordFailure(tx, kSignInMethod, whom, "BAD_CREDENTIALS");
        }));
    return BadCredentials();
  }
  return ChangeOf<v1::TokenPair>([&context, guard, email = request.email(),
                                  checked = *candidate.password,
                                  token = RefreshToken::New()](Transaction& tx) {
    return Admit(context, tx, guard, email, checked, token);
  });
}

absl::StatusOr<ChangeOf<v1::TokenPair>> RefreshSession(const AccessContext& context, const Origin&,
                                                       const v1::RefreshTokenRequest& request) {
  const std::optional<RefreshToken> presented = RefreshToken::Parse(request.refresh_token());
  if (!presented) return BadRefreshToken();
  return ChangeOf<v1::TokenPair>(
      [&context, presented = *presented, next = presented->Next()](Transaction& tx) {
        return Refresh(context, tx, presented, next);
      });
}

absl::StatusOr<google::protobuf::Empty> SignOut(Transaction& tx,
                                                const v1::SignOutRequest& request) {
  const std::optional<RefreshToken> presented = RefreshToken::Parse(request.refresh_token());
  if (!presented) return google::protobuf::Empty();
  ABSL_ASSIGN_OR_RETURN(const auto session, sessions::Find(tx, presented->FamilyHash()));
  if (!session) return google::protobuf::Empty();
  // A token of the session that was used before ends it, as everywhere; no more than that.
  if (request.everywhere() && presented->SecretMatches(session->token_hash)) {
    ABSL_RETURN_IF_ERROR(sessions::EndAllOf(tx, session->user_id));
  } else {
    ABSL_RETURN_IF_ERROR(sessions::End(tx, session->id));
  }
  ABSL_RETURN_IF_ERROR(AuditAs(tx, "regulars.access.v1.SessionService.SignOut",
                               UserName(session->user_id), "SIGNED_OUT"));
  return google::protobuf::Empty();
}

absl::StatusOr<v1::Principal> WhoAmI(const AccessContext& context, Snapshot& db,
                                     const v1::WhoAmIRequest&) {
  const auth::Caller& caller = db.caller();
  v1::Principal described;
  described.set_name(caller.principal);
  for (std::string& scope : Resolve(caller.scopes, context.declared_scopes)) {
    described.add_scopes(std::move(scope));
  }
  for (const std::string& store : caller.realms) described.add_stores(store);
  if (caller.expiry != absl::InfiniteFuture()) {
    *described.mutable_expire_time() = rpc::ToTimestamp(caller.expiry);
  }
  ABSL_RETURN_IF_ERROR(DescribeCaller(db, caller.principal, described));
  return described;
}

absl::StatusOr<google::api::HttpBody> GetKeySet(const AccessContext& context) {
  google::api::HttpBody body;
  body.set_content_type("application/jwk-set+json");  // RFC 7517 §8.5.1.
  body.set_data(context.keys.Jwks());
  return body;
}

}  // namespace regulars::gateway
