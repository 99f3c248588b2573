#include "gateway/http/health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "gateway/http/http_fixture.h"

namespace regulars::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using Upstreams = std::map<std::string, std::unique_ptr<Upstream>>;

constexpr absl::Duration kTimeout = absl::Seconds(1);

asio::awaitable<void> Ask(asio::io_context& io, const Upstreams& upstreams,
                          std::map<std::string, bool>& serving) {
  serving = co_await AskWhoServes(io, upstreams, kTimeout);
}

std::map<std::string, bool> WhoServes(const Upstreams& upstreams) {
  std::map<std::string, bool> serving;
  asio::io_context io{1};
  asio::co_spawn(io, Ask(io, upstreams, serving), asio::detached);
  io.run();
  while (Sleeper::AnyWaking()) absl::SleepFor(absl::Milliseconds(1));
  return serving;
}

class HealthTest : public HttpTest {};

TEST_F(HealthTest, SilentServicesAreWaitedForTogether) {
  // Takes connections and never says a word, as a process that was stopped.
  asio::io_context io;
  asio::ip::tcp::acceptor silent(io, {asio::ip::make_address("127.0.0.1"), 0});
  const std::string address = absl::StrCat("127.0.0.1:", silent.local_endpoint().port());
  Upstreams upstreams;
  for (const char* name : {"a", "b", "c", "d"}) {
    upstreams[name] = std::make_unique<Upstream>(
        name, grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  }
  upstreams["e"] = std::make_unique<Upstream>("e", upstream_.channel());
  const absl::Time start = absl::Now();
  EXPECT_THAT(WhoServes(upstreams),
              ElementsAre(Pair("a", false), Pair("b", false), Pair("c", false), Pair("d", false),
                          Pair("e", true)));
  EXPECT_LT(absl::Now() - start, 3 * kTimeout);
}

TEST_F(HealthTest, WithoutServicesNobodyIsWaitedFor) {
  EXPECT_THAT(WhoServes(Upstreams()), IsEmpty());
}

}  // namespace
}  // namespace regulars::gateway
