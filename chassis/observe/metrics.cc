#include "chassis/observe/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <atomic>
#include <sstream>
#include <utility>
#include <vector>

#include "chassis/base/errors.h"

namespace regulars {
namespace {

const prometheus::Histogram::BucketBoundaries& Buckets() {
  static const auto& buckets = *new prometheus::Histogram::BucketBoundaries{
      0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10};
  return buckets;
}

}  // namespace

struct CallMetrics::Impl {
  prometheus::Family<prometheus::Counter>& counters;
  const std::string method;
  prometheus::Histogram& seconds;
  // Made when a code first occurs.
  std::array<std::atomic<prometheus::Counter*>, 17> by_code{};
};

CallMetrics::CallMetrics(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CallMetrics::~CallMetrics() = default;

void CallMetrics::Count(absl::StatusCode code, absl::Duration took) {
  impl_->seconds.Observe(absl::ToDoubleSeconds(took));
  auto& counter = impl_->by_code[static_cast<size_t>(code) % impl_->by_code.size()];
  prometheus::Counter* known = counter.load(std::memory_order_acquire);
  if (known == nullptr) {
    // Add() hands back the same counter to everyone who asks with the same labels.
    known =
        &impl_->counters.Add({{"method", impl_->method}, {"code", std::string(CodeName(code))}});
    counter.store(known, std::memory_order_release);
  }
  known->Increment();
}

struct Metrics::Impl {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& calls = prometheus::BuildCounter()
                                                       .Name("regulars_calls_total")
                                                       .Help("Calls ended")
                                                       .Register(registry);
  prometheus::Family<prometheus::Histogram>& seconds = prometheus::BuildHistogram()
                                                           .Name("regulars_call_seconds")
                                                           .Help("Time from arrival to reply")
                                                           .Register(registry);
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<CallMetrics>> by_method;  // By mutex.
  std::vector<std::function<void()>> looks;  // By mutex. Each brings one value up to date.
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

CallMetrics& Metrics::ForCalls(const std::string& method) {
  std::lock_guard lock(impl_->mutex);
  auto& calls = impl_->by_method[method];
  if (!calls) {
    // An aggregate that cannot move: make_unique() does not make it.
    // NOLINTNEXTLINE(modernize-make-unique)
    calls.reset(new CallMetrics(std::unique_ptr<CallMetrics::Impl>(new CallMetrics::Impl{
        impl_->calls, method, impl_->seconds.Add({{"method", method}}, Buckets())})));
  }
  return *calls;
}

void Metrics::AddGauge(const std::string& name, const std::string& help,
                       const std::map<std::string, std::string>& labels,
                       std::function<double()> value) {
  prometheus::Gauge& gauge =
      prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry).Add(labels);
  std::lock_guard lock(impl_->mutex);
  impl_->looks.emplace_back([&gauge, value = std::move(value)] { gauge.Set(value()); });
}

void Metrics::AddCounter(const std::string& name, const std::string& help,
                         const std::map<std::string, std::string>& labels,
                         std::function<double()> value) {
  prometheus::Counter& counter =
      prometheus::BuildCounter().Name(name).Help(help).Register(impl_->registry).Add(labels);
  std::lock_guard lock(impl_->mutex);
  impl_->looks.emplace_back(
      [&counter, value = std::move(value)] { counter.Increment(value() - counter.Value()); });
}

std::string Metrics::Text() {
  {
    std::lock_guard lock(impl_->mutex);
    for (const auto& look : impl_->looks) look();
  }
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, impl_->registry.Collect());
  return out.str();
}

}  // namespace regulars
