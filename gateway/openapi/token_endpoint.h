// The OAuth 2.0 token endpoint in the document: it has no method in any proto.
#ifndef GATEWAY_OPENAPI_TOKEN_ENDPOINT_H_
#define GATEWAY_OPENAPI_TOKEN_ENDPOINT_H_

#include "gateway/json/printer.h"

namespace regulars::gateway {

// An element of "tags".
void WriteTokenTag(json::Printer* json);
// The item of its path.
void WriteTokenPath(json::Printer* json);
// A member of "securitySchemes": how an API key authenticates there.
void WriteClientScheme(json::Printer* json);

}  // namespace regulars::gateway

#endif  // GATEWAY_OPENAPI_TOKEN_ENDPOINT_H_
