// One method as its descriptor and options declare it.
#ifndef CHASSIS_RPC_METHOD_H_
#define CHASSIS_RPC_METHOD_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>

#include "absl/strings/string_view.h"
#include "chassis/observe/metrics.h"

namespace regulars::rpc {

struct Method {
  // "/regulars.customer.v1.CustomerService/GetCustomer", as on the wire.
  std::string path;
  // "regulars.customer.v1.CustomerService.GetCustomer", as people write it.
  std::string full_name;
  // The scope a caller needs: "customer.read"; "authenticated" asks for any valid token, "public"
  // for none.
  std::string scope;
  const google::protobuf::Descriptor* request = nullptr;
  const google::protobuf::Descriptor* response = nullptr;
  bool client_streaming = false;
  bool server_streaming = false;
  CallMetrics* metrics = nullptr;

  std::string RequestId(const google::protobuf::Message& request) const;
  bool ValidateOnly(const google::protobuf::Message& request) const;
  // The resource that a call is about, for the audit: the reply's `name`, else the request's `name`
  // or `parent`; for a batch the collection of its results; else the request's `customer`; else "".
  std::string Resource(const google::protobuf::Message& request,
                       const google::protobuf::Message& response) const;
  // How many items a batch had, by its results; 1 for others.
  int64_t ItemCount(const google::protobuf::Message& response) const;
};

// Reads the method's descriptor and options. A method that does not exist or declares no scope is a
// programmer's error. A scope "self.read" of a shared service becomes "<service>.read".
Method DescribeMethod(const google::protobuf::ServiceDescriptor& service, absl::string_view name,
                      absl::string_view service_name, Metrics& metrics);

}  // namespace regulars::rpc

#endif  // CHASSIS_RPC_METHOD_H_
