// The codec beside protobuf's two ways from JSON to the wire and back, on a message of the size of
// a customer (about 600 bytes of JSON).
#include <benchmark/benchmark.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver_util.h>

#include <memory>

#include "chassis/base/check.h"
#include "gateway/json/strict.h"
#include "gateway/testing/conformance_schema.h"
#include "gateway/transcode/json_reader.h"
#include "gateway/transcode/json_writer.h"

namespace regulars::gateway {
namespace {

namespace util = ::google::protobuf::util;

constexpr absl::string_view kJson = R"({
  "name": "shelves/0m5k1v8h2qj7r9t3w6x4y8z0ab/books/0m5k1v8h2qj7r9t3w6x4y8z0cd",
  "title": "The Sea, the Sea – a novel in seven parts",
  "pageCount": 502,
  "createTime": "2024-02-29T12:30:15.250Z",
  "labels": {"genre": "novel", "prize": "booker", "year": "1978"},
  "binding": "PAPERBACK",
  "authors": [
    {"emails": [{"address": "iris@example.com"}, {"address": "iris.murdoch@example.org"}]},
    {"emails": [{"address": "second.author@example.com"}]}
  ],
  "pin": "4711",
  "copies": "1234567",
  "borrower": "customers/0m5k1v8h2qj7r9t3w6x4y8z0ef"
})";
constexpr char kTypeUrl[] = "type.googleapis.com/regulars.conformance.v1.Book";

std::string Wire() {
  std::string wire;
  CHECK(
      ReadJsonMessage(ConformanceSchema(), TypeOf<conformance::v1::Book>(), kJson, {}, &wire).ok());
  return wire;
}

util::TypeResolver* Resolver() {
  static util::TypeResolver* const resolver = util::NewTypeResolverForDescriptorPool(
      "type.googleapis.com", google::protobuf::DescriptorPool::generated_pool());
  return resolver;
}

const google::protobuf::Message& DynamicPrototype() {
  static auto* const factory = new google::protobuf::DynamicMessageFactory;
  return *factory->GetPrototype(conformance::v1::Book::descriptor());
}

void StrictCheck(benchmark::State& state) {
  for (auto _ : state) CHECK(json::CheckStrict(kJson).ok());
}
BENCHMARK(StrictCheck);

void JsonToWire(benchmark::State& state) {
  const MessageType& type = TypeOf<conformance::v1::Book>();
  for (auto _ : state) {
    std::string wire;
    CHECK(ReadJsonMessage(ConformanceSchema(), type, kJson, {}, &wire).ok());
    benchmark::DoNotOptimize(wire);
  }
}
BENCHMARK(JsonToWire);

void JsonToWireProtobufDynamicMessage(benchmark::State& state) {
  for (auto _ : state) {
    const std::unique_ptr<google::protobuf::Message> message(DynamicPrototype().New());
    CHECK(util::JsonStringToMessage({kJson.data(), kJson.size()}, message.get()).ok());
    benchmark::DoNotOptimize(message->SerializeAsString());
  }
}
BENCHMARK(JsonToWireProtobufDynamicMessage);

void JsonToWireProtobufResolver(benchmark::State& state) {
  const std::string json(kJson);
  for (auto _ : state) {
    std::string wire;
    CHECK(util::JsonToBinaryString(Resolver(), kTypeUrl, json, &wire).ok());
    benchmark::DoNotOptimize(wire);
  }
}
BENCHMARK(JsonToWireProtobufResolver);

void WireToJson(benchmark::State& state) {
  const MessageType& type = TypeOf<conformance::v1::Book>();
  const std::string wire = Wire();
  for (auto _ : state) {
    std::string json;
    CHECK(WriteJsonMessage(ConformanceSchema(), type, wire, &json).ok());
    benchmark::DoNotOptimize(json);
  }
}
BENCHMARK(WireToJson);

void WireToJsonProtobufDynamicMessage(benchmark::State& state) {
  const std::string wire = Wire();
  util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  for (auto _ : state) {
    const std::unique_ptr<google::protobuf::Message> message(DynamicPrototype().New());
    std::string json;
    CHECK(message->ParseFromString(wire));
    CHECK(util::MessageToJsonString(*message, &json, options).ok());
    benchmark::DoNotOptimize(json);
  }
}
BENCHMARK(WireToJsonProtobufDynamicMessage);

void WireToJsonProtobufResolver(benchmark::State& state) {
  const std::string wire = Wire();
  util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  for (auto _ : state) {
    std::string json;
    CHECK(util::BinaryToJsonString(Resolver(), kTypeUrl, wire, &json, options).ok());
    benchmark::DoNotOptimize(json);
  }
}
BENCHMARK(WireToJsonProtobufResolver);

}  // namespace
}  // namespace regulars::gateway

BENCHMARK_MAIN();
