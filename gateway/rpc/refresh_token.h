// Refresh tokens: 48 random bytes behind a prefix that scanners know. The first 16 name the session
// and stay the same in all its tokens; the other 32 are new in each. So a token that was used
// before is told from one that was made up, without a list of used ones.
//
//   const RefreshToken token = RefreshToken::New();
//   session.family_hash = token.FamilyHash();  session.token_hash = token.SecretHash();
//   reply.set_refresh_token(token.ToText());                     // "rgr_…", told once
#ifndef GATEWAY_RPC_REFRESH_TOKEN_H_
#define GATEWAY_RPC_REFRESH_TOKEN_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace regulars::gateway {

class RefreshToken {
 public:
  // The first of a session.
  static RefreshToken New();
  // The next one of the same session.
  RefreshToken Next() const;

  static std::optional<RefreshToken> Parse(absl::string_view text);
  std::string ToText() const;

  std::string FamilyHash() const;
  std::string SecretHash() const;
  // In constant time.
  bool SecretMatches(absl::string_view hash) const;

 private:
  RefreshToken(std::string family, std::string secret);

  std::string family_;
  std::string secret_;
};

}  // namespace regulars::gateway

#endif  // GATEWAY_RPC_REFRESH_TOKEN_H_
