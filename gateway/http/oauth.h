// What OAuth 2.0 fixes. POST /oauth/token: the OAuth 2.0 token endpoint for API keys (RFC 6749
// §4.4), a named exception to transcoding because its form and its errors are that standard's. GET
// /.well-known/jwks.json: the keys.
#ifndef GATEWAY_HTTP_OAUTH_H_
#define GATEWAY_HTTP_OAUTH_H_

#include "gateway/http/door.h"
#include "gateway/rpc/access.h"

namespace regulars::gateway {

// `access` must outlive the handlers. Waits for the store.
Handler TokenEndpoint(const Access& access);

// The public keys that tokens are verified with, as a JWK set (RFC 7517).
Handler KeysEndpoint(const Access& access);

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_OAUTH_H_
