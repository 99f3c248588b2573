#include "bench/http_load.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/time/clock.h"
#include "chassis/base/check.h"

namespace regulars::bench {
namespace {

constexpr absl::Duration kPatience = absl::Milliseconds(100);
// Before it the server is still taking the connections: what is asked then does not count.
constexpr absl::Duration kWarmUp = absl::Milliseconds(250);

struct Connection {
  int fd = -1;
  absl::Time begun;
  std::string received;
};

int Connect(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  const int yes = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return fd;
}

class Loop {
 public:
  explicit Loop(const HttpLoad& load) : load_(load), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    connections_.resize(static_cast<size_t>(load.connections));
    for (size_t i = 0; i < connections_.size(); ++i) {
      connections_[i].fd = Connect(load.port);
      epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
      CHECK(epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_[i].fd, &event) == 0);
      idle_.push_back(i);
    }
  }
  ~Loop() {
    for (const Connection& connection : connections_) close(connection.fd);
    close(epoll_);
  }

  LoadResult Run() {
    start_ = absl::Now();
    counted_ = start_ + kWarmUp;
    end_ = counted_ + load_.duration;
    while (absl::Now() < end_ || idle_.size() < connections_.size()) {
      SendDue();
      epoll_event events[64];
      const timespec patience = absl::ToTimespec(UntilNextDue());
      const int count = epoll_pwait2(epoll_, events, 64, &patience, nullptr);
      for (int i = 0; i < count; ++i) Receive(connections_[events[i].data.u64], events[i].data.u64);
    }
    LoadResult result;
    result.errors = errors_;
    std::sort(latencies_.begin(), latencies_.end());
    CHECK(!latencies_.empty());
    result.per_second = static_cast<double>(in_time_) / absl::ToDoubleSeconds(load_.duration);
    result.p50 = latencies_[latencies_.size() / 2];
    result.p99 = latencies_[latencies_.size() * 99 / 100];
    return result;
  }

 private:
  absl::Time NextDue(absl::Time now) const {
    if (!load_.per_second) return now;
    return start_ + absl::Seconds(static_cast<double>(sent_) / *load_.per_second);
  }

  absl::Duration UntilNextDue() const {
    const absl::Time now = absl::Now();
    if (!load_.per_second || now >= end_ || idle_.empty()) return kPatience;
    return std::clamp(NextDue(now) - now, absl::ZeroDuration(), kPatience);
  }

  void SendDue() {
    for (absl::Time now = absl::Now(); now < end_ && !idle_.empty(); now = absl::Now()) {
      const absl::Time due = NextDue(now);
      if (due > now) return;
      ++sent_;
      Connection& connection = connections_[idle_.back()];
      idle_.pop_back();
      connection.begun = due;
      const std::string request = load_.next();
      CHECK(write(connection.fd, request.data(), request.size()) ==
            static_cast<ssize_t>(request.size()));
    }
  }

  void Receive(Connection& connection, size_t index) {
    char buffer[64 << 10];
    const ssize_t got = read(connection.fd, buffer, sizeof buffer);
    CHECK(got > 0);  // The server keeps connections open.
    connection.received.append(buffer, static_cast<size_t>(got));
    const size_t size = AnswerSize(connection.received);
    if (size == 0) return;
    // "HTTP/1.1 200": the ninth character begins the status.
    if (connection.received[9] != '2') ++errors_;
    connection.received.erase(0, size);
    const absl::Time now = absl::Now();
    if (connection.begun >= counted_) {
      latencies_.push_back(now - connection.begun);
      if (now <= end_) ++in_time_;
    }
    idle_.push_back(index);
  }

  const HttpLoad& load_;
  const int epoll_;
  std::vector<Connection> connections_;
  std::vector<size_t> idle_;
  absl::Time start_;
  absl::Time counted_;
  absl::Time end_;
  int64_t sent_ = 0;
  int64_t errors_ = 0;
  int64_t in_time_ = 0;
  std::vector<absl::Duration> latencies_;
};

}  // namespace

size_t AnswerSize(const std::string& received) {
  const size_t head = received.find("\r\n\r\n");
  if (head == std::string::npos) return 0;
  const std::string lower = absl::AsciiStrToLower(received.substr(0, head));
  const size_t field = lower.find("content-length: ");
  CHECK(field != std::string::npos);  // Every answer that is measured has one.
  const size_t size = head + 4 + std::strtoul(lower.c_str() + field + 16, nullptr, 10);
  return received.size() >= size ? size : 0;
}

LoadResult RunHttpLoad(const HttpLoad& load) { return Loop(load).Run(); }

}  // namespace regulars::bench
