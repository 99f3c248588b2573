#include "chassis/server/listener_watch.h"

#include <fcntl.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/clock.h"
#include "chassis/base/errors.h"
#include "chassis/base/host_port.h"
#include "chassis/base/status_macros.h"
#include "chassis/observe/log.h"

namespace regulars {
namespace {

// RFC 9113, section 3.4: how a client begins, and a SETTINGS frame without any.
constexpr absl::string_view kPreface("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33);

// What a client says first in TLS. A server answers it before it asks for a certificate.
std::string ClientHello() {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                  SSL_CTX_free);
  const std::unique_ptr<SSL, decltype(&SSL_free)> client(SSL_new(context.get()), SSL_free);
  BIO* said = BIO_new(BIO_s_mem());
  SSL_set_bio(client.get(), BIO_new(BIO_s_mem()), said);  // Which are its own then.
  SSL_connect(client.get());                              // Waits for the server's answer.
  std::string hello(BIO_ctrl_pending(said), '\0');
  BIO_read(said, hello.data(), static_cast<int>(hello.size()));
  return hello;
}

absl::Status NoConnections(absl::string_view why) {
  return Unavailable("NO_CONNECTIONS", absl::StrCat("no connections are taken: ", why),
                     absl::Seconds(10));
}

absl::Status Failed() { return NoConnections(std::strerror(errno)); }

}  // namespace

ListenerWatch::ListenerWatch(Options options)
    : options_(std::move(options)),
      greeting_(options_.tls ? ClientHello() : std::string(kPreface)),
      stop_event_(eventfd(0, EFD_CLOEXEC)) {
  const absl::StatusOr<HostPort> wanted = ParseHostPort("--listen", options_.address);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (stop_event_ < 0 || !wanted.ok() ||
      getaddrinfo(wanted->host.c_str(), std::to_string(options_.port).c_str(), &hints, &found) !=
          0) {
    return;
  }
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    places_.push_back({each->ai_family, std::string(reinterpret_cast<const char*>(each->ai_addr),
                                                    each->ai_addrlen)});
  }
  freeaddrinfo(found);
  thread_ = std::thread([this] { Run(); });
}

ListenerWatch::~ListenerWatch() {
  Stop();
  if (stop_event_ >= 0) close(stop_event_);
}

void ListenerWatch::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_one();
  if (!thread_.joinable()) return;
  eventfd_write(stop_event_, 1);
  thread_.join();
}

absl::Status ListenerWatch::Status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void ListenerWatch::Run() {
  while (failures_ < kLostAfter) {
    const absl::Status tried = Try();
    if (!tried.ok() && absl::IsCancelled(tried)) return;
    Note(tried);
    if (!Pause()) return;
  }
}

// False when it is to end.
bool ListenerWatch::Pause() {
  std::unique_lock lock(mutex_);
  return !stop_.wait_for(lock, absl::ToChronoMilliseconds(options_.interval),
                         [this] { return stopping_; });
}

void ListenerWatch::Note(const absl::Status& tried) {
  reached_ = reached_ || tried.ok();
  if (!reached_) return;
  failures_ = tried.ok() ? 0 : failures_ + 1;
  {
    const std::lock_guard lock(mutex_);
    status_ = tried;
  }
  if (failures_ == 1) {
    LogError("the gRPC port takes no connections", {{"why", std::string(tried.message())}});
  }
  if (failures_ < kLostAfter) return;
  LogError("the gRPC port takes no connections any more: the process ends",
           {{"attempts", absl::StrCat(failures_)}, {"why", std::string(tried.message())}});
  if (options_.lost) options_.lost();
}

// OK when the server answers at any of its addresses; CANCELLED by Stop().
absl::Status ListenerWatch::Try() const {
  absl::Status tried = NoConnections("it has no address");
  for (const Place& place : places_) {
    tried = TryAt(place);
    if (tried.ok() || absl::IsCancelled(tried)) break;
  }
  return tried;
}

absl::Status ListenerWatch::TryAt(const Place& place) const {
  const absl::Duration end = Monotonic() + options_.patience;
  const int fd = socket(place.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return Failed();
  const absl::Cleanup close_it = [fd] { close(fd); };
  const auto* address = reinterpret_cast<const sockaddr*>(place.address.data());
  if (connect(fd, address, static_cast<socklen_t>(place.address.size())) != 0 &&
      errno != EINPROGRESS) {
    return Failed();
  }
  ABSL_RETURN_IF_ERROR(Await(fd, POLLOUT, end));
  if (send(fd, greeting_.data(), greeting_.size(), MSG_NOSIGNAL) < 0) return Failed();
  ABSL_RETURN_IF_ERROR(Await(fd, POLLIN, end));
  char first = 0;
  if (recv(fd, &first, 1, 0) < 0) return Failed();
  return absl::OkStatus();
}

absl::Status ListenerWatch::Await(int socket, short events, absl::Duration end) const {  // NOLINT
  pollfd both[] = {{socket, events, 0}, {stop_event_, POLLIN, 0}};
  const absl::Duration wait = std::max(end - Monotonic(), absl::ZeroDuration());
  const int ready = poll(both, 2, static_cast<int>(absl::ToInt64Milliseconds(wait)));
  if (both[1].revents != 0) return absl::CancelledError();
  if (ready > 0) return absl::OkStatus();
  return ready < 0 && errno != EINTR ? Failed() : NoConnections("nobody answers");
}

}  // namespace regulars
