// POST /oauth/token: the OAuth 2.0 token endpoint for API keys (RFC 6749 §4.4), a named exception
// to transcoding because its form and its errors are fixed by that standard.
#ifndef GATEWAY_HTTP_OAUTH_H_
#define GATEWAY_HTTP_OAUTH_H_

#include "gateway/http/door.h"
#include "gateway/rpc/access.h"

namespace regulars::gateway {

// `access` must outlive the handler. Waits for the store.
PostHandler TokenEndpoint(const Access& access);

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_OAUTH_H_
