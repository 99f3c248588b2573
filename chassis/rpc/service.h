// A gRPC service made of plain functions, one line a method:
//
//   rpc::Service service(environment, v1::BoxService::service_full_name());
//   service.Read("GetBox", GetBox);          // StatusOr<Box>(Snapshot&, const GetBoxRequest&)
//   service.Write("CreateBox", CreateBox);   // the same with a Transaction&
//   service.Pages("ExportBoxes", …);         // server stream, see pages.h
//   service.Items("StreamUpsertBoxes", …);   // stream with a result per item, see items.h
//   service.Upload("ImportBoxes", …);        // client stream that carries a file, see upload.h
//   service.Finish();                        // every declared method must have its function
//
// The chassis does the rest for each: authentication, scope, idempotency, validate_only, the
// transaction, audit, errors, metrics, log. Functions that need more than their arguments are
// lambdas that capture it.
//
// Methods are added before the server starts; then the object is read only.
#ifndef CHASSIS_RPC_SERVICE_H_
#define CHASSIS_RPC_SERVICE_H_

#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/rpc/environment.h"
#include "chassis/rpc/items.h"
#include "chassis/rpc/method.h"
#include "chassis/rpc/pages.h"
#include "chassis/rpc/unary.h"
#include "chassis/rpc/upload.h"

namespace regulars::rpc {

class Service : public grpc::Service {
 public:
  // `name` as the generated code gives it: v1::BoxService::service_full_name().
  Service(const Environment& environment, absl::string_view name);

  template <typename F>
  void Read(absl::string_view method, F function) {
    AddRead(method, std::function(std::move(function)));
  }
  template <typename F>
  void Write(absl::string_view method, F function) {
    AddWrite(method, std::function(std::move(function)));
  }
  // The same, but what `early` answers makes no change and leaves nothing in the audit: requests
  // that anybody may send in any number. std::optional<Response>(const Request&), once token and
  // scope are checked, on gRPC's thread: it must not wait.
  template <typename E, typename F>
  void Write(absl::string_view method, E early, F function) {
    AddWrite(method, std::function(std::move(function)), std::function(std::move(early)));
  }
  // StatusOr<std::function<StatusOr<Response>(Transaction&)>>(const Origin&, const Request&): asks
  // others first, on a thread that may wait, and answers with the one change to make. Where it
  // fails, a repeat of what was done still gets the first answer.
  template <typename F>
  void Gather(absl::string_view method, F function) {
    AddGather(method, std::function(std::move(function)));
  }
  // StatusOr<PageEnd>(Snapshot&, const Request&, std::string& cursor, std::vector<Response>&).
  template <typename F>
  void Pages(absl::string_view method, F function, int max_streams = 256) {
    AddPages(method, std::function(std::move(function)), max_streams);
  }
  // StatusOr<UpsertResult>(Transaction&, const Request&), for streams of Response.
  template <typename Response, typename F>
  void Items(absl::string_view method, F function, int max_streams = 32) {
    AddItems<Response>(method, std::function(std::move(function)), max_streams);
  }
  // StatusOr<std::function<StatusOr<Response>(Transaction&)>>(const Origin&, const Request&,
  // const SpoolFile&): looks at the file, on a thread that may wait, and answers with the one
  // change to make.
  template <typename F>
  void Upload(absl::string_view method, F function, int max_uploads = 64) {
    AddUpload(method, std::function(std::move(function)), max_uploads);
  }

  // Checks that every method of the descriptor has been given its function.
  void Finish() const;

 private:
  using Context = grpc::CallbackServerContext;

  const Method& Describe(absl::string_view name);
  void AddHandler(const Method& method, grpc::internal::RpcMethod::RpcType type,
                  grpc::internal::MethodHandler* handler);
  // The message types that a function names must be those of the descriptor.
  static void CheckTypes(const Method& method, const google::protobuf::Descriptor* request,
                         const google::protobuf::Descriptor* response);

  template <typename Request, typename Response>
  void AddUnary(
      const Method& method,
      std::function<grpc::ServerUnaryReactor*(Context&, const Message&, Message&)> start) {
    CheckTypes(method, Request::descriptor(), Response::descriptor());
    AddHandler(method, grpc::internal::RpcMethod::NORMAL_RPC,
               new grpc::internal::CallbackUnaryHandler<Request, Response>(
                   [start](Context* context, const Request* request, Response* response) {
                     return start(*context, *request, *response);
                   }));
  }

  template <typename Request, typename Response>
  void AddRead(absl::string_view name,
               std::function<absl::StatusOr<Response>(Snapshot&, const Request&)> function) {
    const Method& method = Describe(name);
    ReadFunction read = [function](Snapshot& db, const Message& request, Message& response) {
      return Store(function(db, static_cast<const Request&>(request)),
                   static_cast<Response&>(response));
    };
    AddUnary<Request, Response>(
        method, [this, &method, read](Context& context, const Message& request, Message& response) {
          return StartRead(environment_, method, read, context, request, response);
        });
  }

  template <typename Request, typename Response>
  void AddWrite(absl::string_view name,
                std::function<absl::StatusOr<Response>(Transaction&, const Request&)> function,
                std::function<std::optional<Response>(const Request&)> early = nullptr) {
    const Method& method = Describe(name);
    WriteFunction write = [function](Transaction& tx, const Message& request, Message& response) {
      return Store(function(tx, static_cast<const Request&>(request)),
                   static_cast<Response&>(response));
    };
    EarlyFunction answer;
    if (early) {
      answer = [early](const Message& request, Message& response) {
        std::optional<Response> reply = early(static_cast<const Request&>(request));
        if (!reply) return false;
        static_cast<Response&>(response) = *std::move(reply);
        return true;
      };
    }
    AddUnary<Request, Response>(
        method, [this, &method, answer, write](Context& context, const Message& request,
                                               Message& response) {
          return StartWrite(environment_, method, answer, write, context, request, response);
        });
  }

  template <typename Request, typename Response>
  void AddGather(
      absl::string_view name,
      std::function<absl::StatusOr<std::function<absl::StatusOr<Response>(Transaction&)>>(
          const Origin&, const Request&)>
          function) {
    const Method& method = Describe(name);
    GatherFunction gather = [function](const Origin& origin,
                                       const Message& request) -> absl::StatusOr<WriteFunction> {
      ABSL_ASSIGN_OR_RETURN(auto change, function(origin, static_cast<const Request&>(request)));
      return WriteFunction([change](Transaction& tx, const Message&, Message& response) {
        return Store(change(tx), static_cast<Response&>(response));
      });
    };
    AddUnary<Request, Response>(
        method,
        [this, &method, gather](Context& context, const Message& request, Message& response) {
          return StartGather(environment_, method, gather, context, request, response);
        });
  }

  template <typename Request, typename Response>
  void AddPages(absl::string_view name,
                std::function<absl::StatusOr<PageEnd>(Snapshot&, const Request&, std::string&,
                                                      std::vector<Response>&)>
                    function,
                int max_streams) {
    const Method& method = Describe(name);
    CheckTypes(method, Request::descriptor(), Response::descriptor());
    auto open = std::make_shared<std::atomic<int>>(0);
    auto shared = std::make_shared<PageFunction<Request, Response>>(std::move(function));
    AddHandler(
        method, grpc::internal::RpcMethod::SERVER_STREAMING,
        new grpc::internal::CallbackServerStreamingHandler<Request, Response>(
            [this, &method, open, shared, max_streams](Context* context, const Request* request) {
              auto* reactor = new PagesReactor<Request, Response>(environment_, method, *open,
                                                                  *shared, *context, *request);
              reactor->Start(max_streams);
              return reactor;
            }));
  }

  template <typename Response, typename Request>
  void AddItems(
      absl::string_view name,
      std::function<absl::StatusOr<type::v1::UpsertResult>(Transaction&, const Request&)> function,
      int max_streams) {
    const Method& method = Describe(name);
    CheckTypes(method, Request::descriptor(), Response::descriptor());
    auto open = std::make_shared<std::atomic<int>>(0);
    auto shared = std::make_shared<ItemFunction<Request>>(std::move(function));
    AddHandler(method, grpc::internal::RpcMethod::BIDI_STREAMING,
               new grpc::internal::CallbackBidiHandler<Request, Response>(
                   [this, &method, open, shared, max_streams](Context* context) {
                     auto* reactor = new ItemsReactor<Request, Response>(environment_, method,
                                                                         *open, *shared, *context);
                     reactor->Start(max_streams);
                     return reactor;
                   }));
  }

  template <typename Request, typename Response>
  void AddUpload(
      absl::string_view name,
      std::function<absl::StatusOr<std::function<absl::StatusOr<Response>(Transaction&)>>(
          const Origin&, const Request&, const SpoolFile&)>
          function,
      int max_uploads) {
    const Method& method = Describe(name);
    CheckTypes(method, Request::descriptor(), Response::descriptor());
    auto open = std::make_shared<std::atomic<int>>(0);
    auto shared = std::make_shared<UploadFunction>(
        [function](const Origin& origin, const Message& request,
                   const SpoolFile& file) -> absl::StatusOr<WriteFunction> {
          ABSL_ASSIGN_OR_RETURN(auto change,
                                function(origin, static_cast<const Request&>(request), file));
          return WriteFunction([change](Transaction& tx, const Message&, Message& response) {
            return Store(change(tx), static_cast<Response&>(response));
          });
        });
    AddHandler(
        method, grpc::internal::RpcMethod::CLIENT_STREAMING,
        new grpc::internal::CallbackClientStreamingHandler<Request, Response>(
            [this, &method, open, shared, max_uploads](Context* context, Response* response) {
              auto* reactor = new UploadReactor<Request, Response>(environment_, method, *open,
                                                                   *shared, *context, *response);
              reactor->Start(max_uploads);
              return reactor;
            }));
  }

  template <typename Response>
  static absl::Status Store(absl::StatusOr<Response> result, Response& response) {
    if (!result.ok()) return std::move(result).status();
    response = *std::move(result);
    return absl::OkStatus();
  }

  const Environment& environment_;
  const google::protobuf::ServiceDescriptor& descriptor_;
  std::deque<Method> methods_;  // A deque: gRPC and the handlers point into it.
};

}  // namespace regulars::rpc

#endif  // CHASSIS_RPC_SERVICE_H_
