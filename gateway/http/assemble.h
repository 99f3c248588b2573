// Puts the HTTP door together for one installation: the routes of the services that are configured,
// the OpenAPI document, the page that shows it.
#ifndef GATEWAY_HTTP_ASSEMBLE_H_
#define GATEWAY_HTTP_ASSEMBLE_H_

#include <grpcpp/channel.h>

#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "chassis/observe/metrics.h"
#include "gateway/http/door.h"
#include "gateway/transcode/descriptors.h"

namespace regulars::gateway {

// The compiled protos that this program was built with.
absl::StatusOr<std::unique_ptr<Descriptors>> BuiltInDescriptors();

// `channels` by service: "customer", "access". Packages of services that are not there do not exist
// over HTTP. `descriptors` must outlive the door.
absl::StatusOr<std::unique_ptr<Door>> Assemble(
    const Descriptors& descriptors, const HttpOptions& options,
    const std::map<std::string, std::shared_ptr<grpc::Channel>>& channels, Metrics& metrics);

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_ASSEMBLE_H_
