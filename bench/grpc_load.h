// Calls of one method for RunLoad.
//
//   const StartCall gets = GrpcCalls<GetBoxRequest, Box>(
//       token, [](GetBoxRequest& request) { request.set_name("boxes/1"); },
//       [&](auto* context, auto* request, auto* response, auto done) {
//         stub->async()->GetBox(context, request, response, done);
//       });
#ifndef BENCH_GRPC_LOAD_H_
#define BENCH_GRPC_LOAD_H_

#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <functional>
#include <string>

#include "bench/load.h"

namespace regulars::bench {

// One call with its memory, which lives until it is answered.
template <typename Request, typename Response>
struct GrpcCall {
  grpc::ClientContext context;
  Request request;
  Response response;
};

// `token` is the authorization header; `fill` makes each request; `call` sends it. The token and
// what the functions refer to must outlive the load.
template <typename Request, typename Response, typename Fill, typename Send>
StartCall GrpcCalls(const std::string& token, Fill fill, Send send) {
  return [&token, fill, send](const std::function<void(bool)>& done) {
    auto* call = new GrpcCall<Request, Response>;
    call->context.AddMetadata("authorization", token);
    fill(call->request);
    send(&call->context, &call->request, &call->response,
         std::function<void(grpc::Status)>([call, done](const grpc::Status& status) {
           const bool ok = status.ok();
           if (!ok) std::fprintf(stderr, "%s\n", status.error_message().c_str());
           // Before `done`: the load may be over with it, and the process soon after.
           delete call;
           done(ok);
         }));
  };
}

// What the rounds of one load gave.
struct Figures {
  std::vector<double> per_second;
  std::vector<double> p99_ms;
  int64_t errors = 0;

  void Add(const LoadResult& result) {
    per_second.push_back(result.per_second);
    p99_ms.push_back(absl::ToDoubleMilliseconds(result.p99));
    errors += result.errors;
  }
};

}  // namespace regulars::bench

#endif  // BENCH_GRPC_LOAD_H_
