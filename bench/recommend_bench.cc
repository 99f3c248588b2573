// Recommendations from a store of 100,000 orders, against a bare gRPC echo of answers of the same
// size; and how fast orders are counted.
#include <filesystem>
#include <memory>

#include "absl/strings/str_cat.h"
#include "bench/benches.h"
#include "bench/binary.h"
#include "bench/child.h"
#include "bench/grpc_load.h"
#include "chassis/base/check.h"
#include "chassis/base/ids.h"
#include "chassis/rpc/timestamps.h"
#include "chassis/storage/store.h"
#include "recommend-svc/follow/reconcile.h"
#include "recommend-svc/rpc/item_service.h"
#include "recommend-svc/store/schema.h"
#include "regulars/recommend/v1/recommend_service.grpc.pb.h"

namespace regulars::bench {
namespace {

namespace v1 = ::regulars::recommend::v1;
using Stub = v1::RecommendService::Stub;

constexpr int kInFlight = 128;
constexpr int kRounds = 5;
constexpr absl::Duration kRound = absl::Seconds(2);
constexpr int64_t kItems = 5'000;
constexpr int64_t kCustomers = 20'000;
constexpr int64_t kOrders = 100'000;
constexpr int64_t kLargeOrders = 2'000;
constexpr int64_t kMaxUsualItems = 16;
constexpr int64_t kLargeItems = 30;
// Orders that are counted in one change while the store is filled.
constexpr int64_t kFillGroup = 500;
// The whole journey is measured at this rate, with orders of usual size.
constexpr double kOrdersPerSecond = 200;
constexpr int kAsked = 10;

std::string CodeOf(int64_t item) { return absl::StrCat("item-", item); }

v1::Item Describe(int64_t item) {
  v1::Item message;
  message.set_code(CodeOf(item));
  message.set_title(absl::StrCat("Herb scissors with five blades, size ", item));
  message.set_url(absl::StrCat("https://shop.example/garden/tools/herb-scissors-", item));
  message.set_image_url(absl::StrCat("https://cdn.shop.example/images/600x600/", item, ".jpg"));
  message.mutable_price()->set_currency_code("EUR");
  message.mutable_price()->set_micros(9'990'000 + item);
  message.add_categories("Garden/Tools");
  return message;
}

// The item of a line: a few sell often, most rarely; people who buy one of a shelf of 50 buy more
// from it.
int64_t PickItem(Mixer& mixer, int64_t shelf) {
  const uint64_t dice = mixer.Next();
  if (dice % 3 != 0) return shelf * 50 + static_cast<int64_t>((dice >> 8) % 50);
  const double even = static_cast<double>((dice >> 8) % 1'000'000) / 1'000'000;
  return static_cast<int64_t>(even * even * static_cast<double>(kItems));
}

customer::v1::OrderFacts MakeOrder(int64_t number, int64_t items) {
  Mixer mixer(static_cast<uint64_t>(number));
  customer::v1::OrderFacts order;
  order.set_order(absl::StrCat("orders/", number));
  order.set_source("shop");
  order.set_receipt_number(absl::StrCat(number));
  order.set_customer(absl::StrCat("customers/", mixer.Next() % kCustomers));
  *order.mutable_order_time() =
      rpc::ToTimestamp(absl::FromUnixSeconds(1'700'000'000 + number * 300));
  const auto shelf = static_cast<int64_t>(mixer.Next() % (kItems / 50));
  for (int64_t i = 0; i < items; ++i) {
    auto& line = *order.add_lines();
    line.set_type(customer::v1::OrderLine::TYPE_SALE);
    line.set_kind(customer::v1::OrderLine::KIND_PRODUCT);
    line.set_item(CodeOf(PickItem(mixer, shelf)));
    line.set_quantity_micros(1'000'000);
  }
  return order;
}

void DescribeItems(Store& store) {
  const absl::Status written =
      store.writer().Write(Lane::kInteractive, {}, [](Transaction& tx) -> absl::Status {
        for (int64_t item = 0; item < kItems; ++item) {
          v1::CreateItemRequest request;
          *request.mutable_item() = Describe(item);
          ABSL_RETURN_IF_ERROR(recommend::CreateItem(tx, request).status());
        }
        return absl::OkStatus();
      });
  CHECK(written.ok());
}

// Counts orders [first, end), `group` of them in a change; how many a second.
double CountOrders(Store& store, int64_t first, int64_t end, int64_t group, bool large) {
  const absl::Time start = absl::Now();
  for (int64_t next = first; next < end; next += group) {
    const absl::Status written =
        store.writer().Write(Lane::kFollowing, {}, [&](Transaction& tx) -> absl::Status {
          for (int64_t number = next; number < next + group; ++number) {
            const int64_t items = large ? kLargeItems : 1 + number % kMaxUsualItems;
            ABSL_RETURN_IF_ERROR(recommend::Reconcile(tx, MakeOrder(number, items)));
          }
          return absl::OkStatus();
        });
    CHECK(written.ok());
  }
  return static_cast<double>(end - first) / absl::ToDoubleSeconds(absl::Now() - start);
}

// A store with items and orders; how fast the last orders, large ones, were counted.
void FillStore(const std::string& path, Report& report) {
  auto store = Store::Open(
      {.path = path, .service = "recommend", .migrations = recommend::RecommendMigrations()});
  CHECK(store.ok());  // The folder was made for this.
  DescribeItems(**store);
  CountOrders(**store, 0, kOrders, kFillGroup, /*large=*/false);
  const double counted =
      CountOrders(**store, kOrders, kOrders + kLargeOrders, /*group=*/1, /*large=*/true);
  report.Add({"recommend: orders of 30 items counted, one by one", counted, "orders/s",
              std::nullopt, kOrdersPerSecond});
}

// An answer as large as the service's.
v1::RecommendResponse MakeAnswer() {
  v1::RecommendResponse response;
  response.set_recommendation_id("06g1x7k3vq8s5e0h4m2n9p1r3t");
  for (int64_t item = 0; item < kAsked; ++item) {
    const v1::Item described = Describe(item);
    v1::Recommendation& one = *response.add_recommendations();
    one.set_item(described.code());
    one.set_title(described.title());
    one.set_url(described.url());
    one.set_image_url(described.image_url());
    *one.mutable_price() = described.price();
    one.set_availability(v1::Item::AVAILABILITY_IN_STOCK);
    one.set_strategy(v1::Recommendation::STRATEGY_BOUGHT_TOGETHER);
    one.set_score(0.123456789);
    v1::Reason& reason = *one.mutable_reason();
    reason.set_code(v1::Reason::CODE_BOUGHT_WITH_ITEM);
    reason.set_text(absl::StrCat("Often bought together with ", described.title(), "."));
    v1::ReasonItem& cause = *reason.add_items();
    cause.set_item(described.code());
    cause.set_title(described.title());
    v1::ItemRule& rule = *reason.mutable_rule();
    rule.set_antecedent(described.code());
    rule.set_consequent(described.code());
    rule.set_pair_order_count(100);
    rule.set_antecedent_order_count(1000);
    rule.set_consequent_order_count(1000);
    rule.set_support(0.123456789);
    rule.set_confidence(0.123456789);
    rule.set_lift(1.23456789);
  }
  return response;
}

// gRPC and nothing else.
class EchoService : public v1::RecommendService::CallbackService {
  grpc::ServerUnaryReactor* Recommend(grpc::CallbackServerContext* context,
                                      const v1::RecommendRequest*,
                                      v1::RecommendResponse* response) override {
    *response = answer_;
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  const v1::RecommendResponse answer_ = MakeAnswer();
};

// A child of this process that must be made before the process uses gRPC.
std::unique_ptr<Child>& Echo() {
  static std::unique_ptr<Child>& echo = *new std::unique_ptr<Child>;
  return echo;
}

// In turn: for a customer, for an item, for a customer, for a basket of five.
void Fill(int64_t number, v1::RecommendRequest& request) {
  request.set_count(kAsked);
  if (number % 2 == 0) {
    request.set_customer(absl::StrCat("customers/", number * 7919 % kCustomers));
    return;
  }
  const int64_t items = number % 4 == 1 ? 1 : 5;
  for (int64_t i = 0; i < items; ++i) request.add_items(CodeOf((number * 7919 + i) % kItems));
}

StartCall Asks(Stub& stub, const std::string& token, std::atomic<int64_t>& next) {
  return GrpcCalls<v1::RecommendRequest, v1::RecommendResponse>(
      token, [&next](v1::RecommendRequest& request) { Fill(++next, request); },
      [&stub](auto* context, auto* request, auto* response, auto done) {
        stub.async()->Recommend(context, request, response, done);
      });
}

// The answers must be as many and as large as the echo's: less would be easier.
void CheckAnswers(Stub& stub, const std::string& token) {
  constexpr int64_t kLooked = 1'000;
  int64_t items = 0, bytes = 0;
  for (int64_t number = 1; number <= kLooked; ++number) {
    v1::RecommendRequest request;
    Fill(number, request);
    v1::RecommendResponse response;
    grpc::ClientContext context;
    context.AddMetadata("authorization", token);
    CHECK(stub.Recommend(&context, request, &response).ok());
    items += response.recommendations_size();
    bytes += static_cast<int64_t>(response.ByteSizeLong());
  }
  const auto echoed = static_cast<int64_t>(MakeAnswer().ByteSizeLong());
  std::printf("recommend: %.2f items and %.0f bytes an answer, the echo's has %d and %d\n",
              static_cast<double>(items) / kLooked, static_cast<double>(bytes) / kLooked, kAsked,
              static_cast<int>(echoed));
  CHECK(items >= kLooked * kAsked * 99 / 100 && bytes >= kLooked * echoed * 9 / 10);
}

std::unique_ptr<Stub> Connect(const std::string& address) {
  return v1::RecommendService::NewStub(
      grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
}

}  // namespace

void PrepareRecommend() {
  Echo() = std::make_unique<Child>([](const auto& ready, const auto& stopped) {
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

void BenchRecommend(const std::string& folder, Report& report) {
  std::filesystem::create_directories(folder);
  const TokenMint mint(folder);
  const std::string path = folder + "/recommend.db";
  FillStore(path, report);
  const Binary service("recommend-svc", {absl::StrCat("--store=sqlite:", path),
                                         absl::StrCat("--token-keys=", mint.key_file())});
  const auto echo_stub = Connect(Echo()->address());
  const auto stub = Connect(service.address());
  std::atomic<int64_t> next{0};
  const StartCall echoes = Asks(*echo_stub, mint.header(), next);
  const StartCall asks = Asks(*stub, mint.header(), next);
  CheckAnswers(*stub, mint.header());
  Figures limit, ours, half;
  for (int round = 0; round < kRounds; ++round) {
    limit.Add(RunLoad(echoes, kInFlight, kRound));
    ours.Add(RunLoad(asks, kInFlight, kRound));
    half.Add(RunPacedLoad(asks, ours.per_second.back() / 2, kRound));
  }
  CHECK(limit.errors + ours.errors + half.errors == 0);
  report.Add({"recommend: 10 items for customer, item, basket", Median(ours.per_second), "calls/s",
              Median(limit.per_second), 0.30});
  report.Add(
      {"recommend: p99 at half that load", Median(half.p99_ms), "ms", std::nullopt, 5, true});
  report.Add(
      {"recommend-svc: memory after that, PSS", service.PssMb(), "MB", std::nullopt, 80, true});
}

}  // namespace regulars::bench
