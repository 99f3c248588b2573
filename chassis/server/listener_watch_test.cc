#include "chassis/server/listener_watch.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <future>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "chassis/server/tls.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_dir.h"

namespace regulars {
namespace {

using ::regulars::testing::HasReason;

constexpr absl::Duration kPatience = absl::Seconds(20);

// Listens, and accepts nobody, as gRPC that has run out of files; or answers each with a byte.
class Door {
 public:
  Door() : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(fd_, 16), 0);
    EXPECT_EQ(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~Door() { close(fd_); }

  void Answer() const {
    const int visitor = accept(fd_, nullptr, nullptr);
    EXPECT_EQ(write(visitor, "x", 1), 1);
    close(visitor);
  }
  int port() const { return port_; }

 private:
  const int fd_;
  int port_ = 0;
};

class ListenerWatchTest : public ::testing::Test {
 protected:
  ListenerWatch::Options OptionsFor(int port) {
    return {.address = absl::StrCat("127.0.0.1:", port),
            .port = port,
            .interval = absl::Milliseconds(5),
            .patience = absl::Milliseconds(50),
            .lost = [this] { lost_.set_value(); }};
  }
  bool Lost(absl::Duration within) {
    return lost_future_.wait_for(absl::ToChronoMilliseconds(within)) == std::future_status::ready;
  }
  // How a server of gRPC's looks to the watch after many attempts.
  void ExpectWell(const std::shared_ptr<grpc::ServerCredentials>& credentials, bool tls) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", credentials, &port);
    const auto server = builder.BuildAndStart();
    ASSERT_NE(server, nullptr);
    ListenerWatch::Options options = OptionsFor(port);
    options.tls = tls;
    options.patience = kPatience;
    const ListenerWatch watch(std::move(options));
    EXPECT_FALSE(Lost(absl::Milliseconds(300)));
    EXPECT_OK(watch.Status());
    server->Shutdown();
    EXPECT_TRUE(Lost(kPatience)) << "it had been reached";
    EXPECT_THAT(watch.Status(), HasReason("NO_CONNECTIONS"));
  }

  std::promise<void> lost_;
  std::future<void> lost_future_ = lost_.get_future();
};

TEST_F(ListenerWatchTest, AServerThatAnswersNobodyAnyMoreIsLost) {
  const Door door;
  ListenerWatch::Options options = OptionsFor(door.port());
  options.patience = absl::Seconds(1);
  const ListenerWatch watch(options);
  door.Answer();
  EXPECT_TRUE(Lost(kPatience));
  EXPECT_THAT(watch.Status(), HasReason("NO_CONNECTIONS"));
}

TEST_F(ListenerWatchTest, AServerThatWasNeverReachedIsNotWatched) {
  const Door door;
  const ListenerWatch watch(OptionsFor(door.port()));
  EXPECT_FALSE(Lost(absl::Milliseconds(500)));
  EXPECT_OK(watch.Status());
}

TEST_F(ListenerWatchTest, TheEndWaitsForNoAttempt) {
  const Door door;
  ListenerWatch::Options options = OptionsFor(door.port());
  options.patience = absl::Hours(1);
  const absl::Time start = absl::Now();
  { const ListenerWatch watch(options); }
  EXPECT_LT(absl::Now() - start, kPatience);
}

TEST_F(ListenerWatchTest, AServerThatSpeaksPlainTextIsWell) {
  ExpectWell(grpc::InsecureServerCredentials(), /*tls=*/false);
}

TEST_F(ListenerWatchTest, AServerThatAsksForCertificatesIsWell) {
  if (std::system("command -v openssl >/dev/null 2>&1") != 0) GTEST_SKIP() << "needs openssl";
  const testing::TempDir dir;
  const std::string key = dir.File("a.key"), certificate = dir.File("a.pem");
  ASSERT_EQ(std::system(absl::StrCat("openssl req -x509 -newkey ec -pkeyopt "
                                     "ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost "
                                     "-keyout ",
                                     key, " -out ", certificate, " 2>/dev/null")
                            .c_str()),
            0);
  ASSERT_OK_AND_ASSIGN(const auto credentials, ServerCredentials({certificate, key, certificate}));
  ExpectWell(credentials, /*tls=*/true);
}

}  // namespace
}  // namespace regulars
