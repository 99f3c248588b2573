// What stands in the links of messages: which message, what for, where to; signed, so that nobody
// makes or changes one (no open redirect). Good for ever; the key that signed is named in it, so
// that keys can change.
//
//   LinkSigner signer({{1, secret}});
//   signer.Sign({LinkKind::kClick, message_id, "https://shop.example/pots"})
//
// Immutable; thread-safe.
#ifndef CAMPAIGN_SVC_DOMAIN_LINK_TOKEN_H_
#define CAMPAIGN_SVC_DOMAIN_LINK_TOKEN_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace regulars::campaign {

enum class LinkKind : char { kOpen = 'o', kClick = 'c', kUnsubscribe = 'u' };

struct Link {
  LinkKind kind = LinkKind::kOpen;
  // Id of the message.
  std::string message;
  // Click: the address that it leads to. Unsubscribe: "<customer id> <topic>", so that it works
  // even after the message's row is gone.
  std::string target;

  friend bool operator==(const Link&, const Link&) = default;
};

class LinkSigner {
 public:
  static constexpr size_t kSecretBytes = 32;
  // Longest token that is looked at.
  static constexpr size_t kMaxTokenBytes = 8192;

  // Secrets by key id, 1 to 255; the highest one signs.
  explicit LinkSigner(std::map<int64_t, std::string> secrets) : secrets_(std::move(secrets)) {}

  // Base64url without padding: safe in a path.
  std::string Sign(const Link& link) const;
  // The link, if it was signed here, for this use; takes the same time for any forged signature.
  std::optional<Link> Verify(absl::string_view token, LinkKind kind) const;

 private:
  std::string Mac(const std::string& secret, absl::string_view payload) const;

  const std::map<int64_t, std::string> secrets_;
};

// A keyed fingerprint of an address, for lists that hold none: hexadecimal.
std::string AddressHash(const std::string& secret, absl::string_view folded_address);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DOMAIN_LINK_TOKEN_H_
