// What the chassis costs: its write and its read against a bare gRPC echo of the same messages, and
// the feed.
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bench/benches.h"
#include "bench/child.h"
#include "bench/grpc_load.h"
#include "chassis/auth/signing_key.h"
#include "chassis/auth/token.h"
#include "chassis/auth/token_cache.h"
#include "chassis/base/check.h"
#include "chassis/feed/feed_service.h"
#include "chassis/rpc/service.h"
#include "chassis/server/runtime.h"
#include "chassis/storage/store.h"
#include "google/protobuf/any.pb.h"
#include "regulars/feed/v1/feed_service.grpc.pb.h"
#include "regulars/testing/v1/box.grpc.pb.h"

namespace regulars::bench {
namespace {

using testing::v1::Box;
using testing::v1::BoxService;
using testing::v1::CreateBoxRequest;
using testing::v1::GetBoxRequest;

constexpr int kInFlight = 128;
constexpr int kRounds = 5;
constexpr absl::Duration kRound = absl::Seconds(2);
// More than the store's caches hold.
constexpr int kBoxes = 400'000;
constexpr int kEvents = 500'000;

const auth::TokenRules kRules = {"bench", "bench"};

constexpr Migration kMigrations[] = {
    {1, "CREATE TABLE box(id INTEGER PRIMARY KEY, name TEXT NOT NULL, label TEXT NOT NULL)"}};

constexpr int kLabelBytes = 80;

// An event's payload, as long as most.
std::string Payload() {
  Box box;
  box.set_name("boxes/06g1x7k3vq8s5e0h4m2n9p1r3t");
  box.set_label(std::string(30, 'x'));
  google::protobuf::Any any;
  any.PackFrom(box);
  return any.SerializeAsString();
}

// gRPC and nothing else.
class EchoService : public BoxService::CallbackService {
  grpc::ServerUnaryReactor* CreateBox(grpc::CallbackServerContext* context,
                                      const CreateBoxRequest* request, Box* response) override {
    *response = request->box();
    response->set_name("boxes/06g1x7k3vq8s5e0h4m2n9p1r3t");
    return Answer(context);
  }
  grpc::ServerUnaryReactor* GetBox(grpc::CallbackServerContext* context, const GetBoxRequest*,
                                   Box* response) override {
    response->set_name("06g1x7k3vq8s5e0h4m2n9p1r3t");
    response->set_label(std::string(kLabelBytes, 'x'));
    return Answer(context);
  }
  static grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context) {
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

absl::StatusOr<Box> CreateBox(Transaction& tx, const CreateBoxRequest& request) {
  Box box = request.box();
  box.set_name(absl::StrCat("boxes/", tx.NewId()));
  ABSL_RETURN_IF_ERROR(
      tx.Sql("INSERT INTO box (name, label) VALUES (?, ?)", box.name(), box.label()).Run());
  tx.Publish(
      {.type = "regulars.testing.box_created.v1", .subject = box.name(), .payload = Payload()});
  return box;
}

absl::StatusOr<Box> GetBox(Snapshot& db, const GetBoxRequest& request) {
  int64_t id = 0;
  if (!absl::SimpleAtoi(request.name(), &id)) return absl::InvalidArgumentError("name");
  ABSL_ASSIGN_OR_RETURN(
      auto row,
      db.Sql("SELECT name, label FROM box WHERE id = ?", id).First<std::string, std::string>());
  if (!row) return absl::NotFoundError("no such box");
  Box box;
  std::tie(*box.mutable_name(), *box.mutable_label()) = *row;
  return box;
}

void Fill(Store& store) {
  CHECK(store.writer()
            .Write(Lane::kInteractive, {},
                   [payload = Payload()](Transaction& tx) -> absl::Status {
                     for (int i = 0; i < kBoxes; ++i) {
                       ABSL_RETURN_IF_ERROR(tx.Sql("INSERT INTO box (name, label) VALUES (?, ?)",
                                                   tx.NewId(), std::string(kLabelBytes, 'x'))
                                                .Run());
                     }
                     for (int i = 0; i < kEvents; ++i) {
                       tx.Publish({.type = "regulars.testing.box_created.v1",
                                   .subject = "boxes/06g1x7k3vq8s5e0h4m2n9p1r3t",
                                   .payload = payload});
                     }
                     return absl::OkStatus();
                   })
            .ok());
}

struct ChassisServer {
  std::unique_ptr<Store> store;
  Metrics metrics;
  auth::TokenCache tokens;
  std::atomic<bool> draining{false};
  rpc::Environment environment;
};

Child StartEcho() {
  return Child([](const auto& ready, const auto& stopped) {
    EchoService service;
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service);
    auto server = builder.BuildAndStart();
    ready(port);
    stopped();
    server->Shutdown(std::chrono::system_clock::now());
  });
}

Child StartChassis(const std::string& folder, const auth::KeySet& keys, size_t changes_per_group) {
  return Child([&](const auto& ready, const auto& stopped) {
    TuneRuntime();  // As a process of ours does.
    std::filesystem::create_directories(folder);
    auto store = Store::Open({.path = folder + "/bench.db",
                              .service = "bench",
                              .migrations = kMigrations,
                              .writer_limits = {.changes_per_group = changes_per_group}});
    CHECK(store.ok());  // The folder was made for this.
    Fill(**store);
    ChassisServer parts{.store = *std::move(store), .tokens = auth::TokenCache(kRules, keys)};
    parts.environment = {
        .service = "test",
        .store = parts.store.get(),
        .metrics = &parts.metrics,
        .authenticate = [&](absl::string_view t) { return parts.tokens.Verify(t, absl::Now()); },
        .draining = &parts.draining};
    rpc::Service service(parts.environment, BoxService::service_full_name());
    service.Write("CreateBox", CreateBox);
    service.Read("GetBox", GetBox);
    auto feed = MakeFeedService(parts.environment);
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service);
    builder.RegisterService(feed.get());
    auto server = builder.BuildAndStart();
    ready(port);
    stopped();
    parts.draining = true;
    parts.store->writer().position().Close();
    server->Shutdown(std::chrono::system_clock::now());
    server->Wait();
    parts.store->Close();
  });
}

StartCall Creates(BoxService::Stub& stub, const std::string& token, std::atomic<int64_t>& next) {
  return GrpcCalls<CreateBoxRequest, Box>(
      token,
      [&next](CreateBoxRequest& request) {
        request.mutable_box()->set_label(std::string(kLabelBytes, 'x'));
        request.set_request_id(absl::StrCat("5f0c7a52-9d3e-4a1b-8c6d-", ++next));
      },
      [&stub](auto* context, auto* request, auto* response, auto done) {
        stub.async()->CreateBox(context, request, response, done);
      });
}

StartCall Gets(BoxService::Stub& stub, const std::string& token, std::atomic<int64_t>& next) {
  return GrpcCalls<GetBoxRequest, Box>(
      token,
      [&next](GetBoxRequest& request) {
        request.set_name(absl::StrCat((++next * 7919) % kBoxes + 1));
      },
      [&stub](auto* context, auto* request, auto* response, auto done) {
        stub.async()->GetBox(context, request, response, done);
      });
}

double EventsPerSecond(const std::string& address, const std::string& token) {
  auto stub = feed::v1::FeedService::NewStub(
      grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.AddMetadata("authorization", token);
  feed::v1::SubscribeRequest request;
  request.set_stop_at_head(true);
  const absl::Time start = absl::Now();
  auto stream = stub->Subscribe(&context, request);
  int64_t events = 0;
  for (feed::v1::SubscribeResponse batch; stream->Read(&batch);) events += batch.events_size();
  CHECK(stream->Finish().ok() && events >= kEvents);
  return static_cast<double>(events) / absl::ToDoubleSeconds(absl::Now() - start);
}

std::unique_ptr<BoxService::Stub> Connect(const Child& child) {
  return BoxService::NewStub(
      grpc::CreateChannel(child.address(), grpc::InsecureChannelCredentials()));
}

}  // namespace

void BenchChassis(const std::string& folder, Report& report) {
  const auth::SigningKey key = auth::SigningKey::Generate();
  const auth::KeySet keys({key.public_key()});
  auth::Caller caller{.principal = "services/bench", .scopes = {"test.read", "test.write"}};
  const auto issued = auth::IssueToken(caller, kRules, key, absl::Now(), absl::Hours(1));
  CHECK(issued.ok());
  const std::string token = "Bearer " + *issued;

  const Child echo = StartEcho();
  const Child grouped = StartChassis(folder + "/grouped", keys, Writer::Limits().changes_per_group);
  const Child single = StartChassis(folder + "/single", keys, 1);
  auto echo_stub = Connect(echo);
  auto grouped_stub = Connect(grouped);
  auto single_stub = Connect(single);

  Figures echoes, read_echoes, writes, singles, reads;
  std::vector<double> events;
  std::atomic<int64_t> next{0};
  for (int round = 0; round < kRounds; ++round) {
    echoes.Add(RunLoad(Creates(*echo_stub, token, next), kInFlight, kRound));
    writes.Add(RunLoad(Creates(*grouped_stub, token, next), kInFlight, kRound));
    singles.Add(RunLoad(Creates(*single_stub, token, next), kInFlight, kRound));
    read_echoes.Add(RunLoad(Gets(*echo_stub, token, next), kInFlight, kRound));
    reads.Add(RunLoad(Gets(*grouped_stub, token, next), kInFlight, kRound));
    events.push_back(EventsPerSecond(grouped.address(), token));
  }
  CHECK(echoes.errors + read_echoes.errors + writes.errors + singles.errors + reads.errors == 0);
  const double limit = Median(echoes.per_second);
  report.Add(
      {"chassis: one-row write, 128 in flight", Median(writes.per_second), "calls/s", limit, 0.40});
  report.Add({"chassis: grouped against one per commit", Median(writes.per_second), "calls/s",
              Median(singles.per_second), 4.0});
  report.Add({"chassis: one-row write, p99", Median(writes.p99_ms), "ms", std::nullopt, 25, true});
  report.Add({"chassis: point read", Median(reads.per_second), "calls/s",
              Median(read_echoes.per_second), 0.65});
  report.Add(
      {"feed: events read by one subscriber", Median(events), "events/s", std::nullopt, 100'000});
}

}  // namespace regulars::bench
