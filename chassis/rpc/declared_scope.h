// The scope that a method asks for, from its proto. Knows descriptors alone, so that what reads the
// protos without serving them (the gateway's routes and documents) says the same as what enforces
// them.
#ifndef CHASSIS_RPC_DECLARED_SCOPE_H_
#define CHASSIS_RPC_DECLARED_SCOPE_H_

#include <google/protobuf/descriptor.h>

#include <string>

#include "absl/strings/string_view.h"

namespace regulars::rpc {

// As written: "customer.read", "self.read", "public"; empty if it does not say.
std::string DeclaredScope(const google::protobuf::MethodDescriptor& method);

// The same for one service: a shared service's "self.read" becomes "customer.read".
std::string ScopeIn(absl::string_view service, const google::protobuf::MethodDescriptor& method);

}  // namespace regulars::rpc

#endif  // CHASSIS_RPC_DECLARED_SCOPE_H_
