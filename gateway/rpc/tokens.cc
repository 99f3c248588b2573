#include "gateway/rpc/tokens.h"

#include <algorithm>
#include <utility>

#include "chassis/base/status_macros.h"
#include "chassis/rpc/timestamps.h"
#include "gateway/domain/passwords.h"
#include "gateway/domain/scopes.h"
#include "gateway/rpc/callers.h"
#include "gateway/rpc/convert.h"
#include "gateway/store/sessions.h"

namespace regulars::gateway {

absl::StatusOr<IssuedToken> IssueToken(const AccessContext& context, absl::string_view principal,
                                       const Authority& authority, absl::Time now) {
  // Whole seconds, as the token holds them.
  now = absl::FromUnixSeconds(absl::ToUnixSeconds(now));
  IssuedToken issued = {.expire_time = now + kAccessTokenLife,
                        .scopes = Resolve(authority.scopes, context.declared_scopes)};
  const auth::Caller caller = {
      .principal = std::string(principal), .scopes = issued.scopes, .realms = authority.stores};
  ABSL_ASSIGN_OR_RETURN(
      issued.text,
      auth::IssueToken(caller, context.rules, context.keys.Signer(now), now, kAccessTokenLife));
  return issued;
}

absl::StatusOr<v1::TokenPair> OpenSession(const AccessContext& context, Transaction& tx,
                                          const User& user, const RefreshToken& token) {
  const Session session = {.id = tx.NewId(),
                           .user_id = user.id,
                           .family_hash = token.FamilyHash(),
                           .token_hash = token.SecretHash(),
                           .create_time = tx.now(),
                           .expire_time = RefreshExpiry(tx.now(), tx.now())};
  ABSL_RETURN_IF_ERROR(sessions::Insert(tx, session));
  return MakeTokenPair(context, tx, user, token, session.expire_time);
}

absl::StatusOr<v1::TokenPair> MakeTokenPair(const AccessContext& context, Transaction& tx,
                                            const User& user, const RefreshToken& token,
                                            absl::Time refresh_expire_time) {
  ABSL_ASSIGN_OR_RETURN(Authority authority, AuthorityOf(tx, user));
  if (user.password_expired) authority.scopes.clear();
  // By the machine's clock, as those who verify it have it: the store's may be ahead.
  ABSL_ASSIGN_OR_RETURN(IssuedToken issued, IssueToken(context, UserName(user.id), authority,
                                                       context.store.clock().Now()));
  v1::TokenPair pair;
  pair.set_access_token(issued.text);
  *pair.mutable_expire_time() = rpc::ToTimestamp(issued.expire_time);
  pair.set_refresh_token(token.ToText());
  *pair.mutable_refresh_expire_time() = rpc::ToTimestamp(refresh_expire_time);
  v1::Principal& principal = *pair.mutable_principal();
  principal.set_name(UserName(user.id));
  principal.set_kind(v1::Principal::KIND_USER);
  principal.set_display_name(user.display_name);
  for (std::string& scope : issued.scopes) principal.add_scopes(std::move(scope));
  for (std::string& store : authority.stores) principal.add_stores(std::move(store));
  *principal.mutable_expire_time() = rpc::ToTimestamp(issued.expire_time);
  principal.set_password_expired(user.password_expired);
  return pair;
}

absl::Time RefreshExpiry(absl::Time session_start, absl::Time now) {
  return std::min(now + kRefreshLife, session_start + kSessionLife);
}

}  // namespace regulars::gateway
