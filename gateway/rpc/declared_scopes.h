// Which scopes there are: what the methods of this installation's services ask for.
#ifndef GATEWAY_RPC_DECLARED_SCOPES_H_
#define GATEWAY_RPC_DECLARED_SCOPES_H_

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

namespace regulars::gateway {

// `services` are the installed ones, "customer" for package regulars.customer.v1; a scope
// "self.<verb>" of an interface that they share is one of each of them. Sorted.
std::vector<std::string> DeclaredScopes(
    const std::vector<const google::protobuf::FileDescriptor*>& files,
    const std::vector<std::string>& services);

}  // namespace regulars::gateway

#endif  // GATEWAY_RPC_DECLARED_SCOPES_H_
