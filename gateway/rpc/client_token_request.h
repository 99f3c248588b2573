// What another system asks for when it asks for a token. A plain value.
#ifndef GATEWAY_RPC_CLIENT_TOKEN_REQUEST_H_
#define GATEWAY_RPC_CLIENT_TOKEN_REQUEST_H_

#include <string>

namespace regulars::gateway {

struct ClientTokenRequest {
  // The id of an API key.
  std::string client_id;
  std::string client_secret;
  // Scopes with spaces between; empty: all that the key has.
  std::string scope;
  // The address that the request comes from; empty if unknown.
  std::string source;
};

}  // namespace regulars::gateway

#endif  // GATEWAY_RPC_CLIENT_TOKEN_REQUEST_H_
