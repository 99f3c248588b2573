// What a request to /oauth/token says (RFC 6749 §2.3.1, §4.4.2). Pure; safe from any thread.
#ifndef GATEWAY_HTTP_OAUTH_REQUEST_H_
#define GATEWAY_HTTP_OAUTH_REQUEST_H_

#include "absl/status/statusor.h"
#include "gateway/http/message.h"
#include "gateway/rpc/client_token_request.h"

namespace regulars::gateway {

// The client by HTTP Basic or by the form, never by both. INVALID_ARGUMENT with INVALID_REQUEST, or
// with UNSUPPORTED_GRANT_TYPE for another grant than client_credentials.
absl::StatusOr<ClientTokenRequest> ReadTokenRequest(const HttpRequest& request);

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_OAUTH_REQUEST_H_
