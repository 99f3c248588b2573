// A mail server within a test: it takes what it is given and remembers it, and misbehaves as the
// recipient's name asks. One thread a connection.
//
//   SmtpSink sink;
//   … mails to {sink.port()} …
//   EXPECT_EQ(sink.mails().size(), 3);
//
// Recipients "r450", "r550-5.1.1" … are refused with that reply, "d451" after the mail, "drop" and
// "hang" break or stall the connection after the mail, "cut" right after DATA was said.
#ifndef CAMPAIGN_SVC_TESTING_SMTP_SINK_H_
#define CAMPAIGN_SVC_TESTING_SMTP_SINK_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "chassis/base/check.h"

namespace regulars::campaign {

class SmtpSink {
 public:
  struct Mail {
    std::string to;
    std::string wire;
  };

  // Keeping whole mails is what a test wants; a benchmark counts them.
  explicit SmtpSink(bool keep = true) : keep_(keep) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    CHECK(listen(listener_, 64) == 0);  // There is always a free port.
    socklen_t size = sizeof(address);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }

  ~SmtpSink() {
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    close(listener_);
    {
      std::lock_guard lock(mutex_);
      for (const int socket : open_) shutdown(socket, SHUT_RDWR);
    }
    for (std::thread& thread : threads_) thread.join();
  }

  int port() const { return port_; }
  int64_t count() const { return count_; }
  int64_t connections() const { return connections_; }
  // Mails that were taken in and never answered.
  int64_t hanging() const { return hanging_; }
  std::vector<Mail> mails() {
    std::lock_guard lock(mutex_);
    return mails_;
  }
  // What every new connection hears instead of a greeting; "" for the usual one.
  void Greet(std::string line) {
    std::lock_guard lock(mutex_);
    greeting_ = std::move(line);
  }
  // The next `times` senders hear this instead of 250; "" breaks the connection.
  void RefuseSender(std::string line, int times) {
    std::lock_guard lock(mutex_);
    sender_refusal_ = std::move(line);
    refusals_left_ = times;
  }
  // From now on this command ("RCPT TO", …; "" for the greeting) is never answered.
  void HangAt(std::optional<std::string> command) {
    std::lock_guard lock(mutex_);
    hang_at_ = std::move(command);
  }
  // Each answer from now on takes so long.
  void AnswerAfter(absl::Duration delay) { delay_ms_ = absl::ToInt64Milliseconds(delay); }
  // From now on clients may sign in (AUTH PLAIN), whoever they are.
  void OfferSignIn() { offers_sign_in_ = true; }
  // Whether new connections hear that addresses need not be ASCII. They do unless told otherwise.
  void OfferUtf8(bool offer) { offers_utf8_ = offer; }

 private:
  void Accept() {
    for (;;) {
      const int socket = accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      const int on = 1;
      setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      ++connections_;
      std::lock_guard lock(mutex_);
      open_.insert(socket);
      threads_.emplace_back([this, socket] {
        Serve(socket);
        std::lock_guard inner(mutex_);
        open_.erase(socket);
        close(socket);
      });
    }
  }

  void Say(int socket, const std::string& line) {
    if (delay_ms_ > 0) absl::SleepFor(absl::Milliseconds(delay_ms_.load()));
    const std::string text = line + "\r\n";
    static_cast<void>(send(socket, text.data(), text.size(), MSG_NOSIGNAL));
  }

  // Reads up to `end`; false when the connection is gone.
  static bool ReadTo(int socket, std::string& buffer, const std::string& end, std::string& out) {
    size_t found;
    while ((found = buffer.find(end)) == std::string::npos) {
      char piece[16384];
      const ssize_t size = recv(socket, piece, sizeof(piece), 0);
      if (size <= 0) return false;
      buffer.append(piece, static_cast<size_t>(size));
    }
    out = buffer.substr(0, found);
    buffer.erase(0, found + end.size());
    return true;
  }

  // Whether this command ("" before any) is never answered.
  bool Hangs(const std::string& line) {
    std::lock_guard lock(mutex_);
    return hang_at_ && hang_at_->empty() == line.empty() && absl::StartsWith(line, *hang_at_);
  }

  // Hears the client out until it goes.
  static void Stall(int socket) {
    char piece[1024];
    while (recv(socket, piece, sizeof(piece), 0) > 0) {
    }
  }

  void Serve(int socket) {
    std::string greeting;
    {
      std::lock_guard lock(mutex_);
      greeting = greeting_;
    }
    if (Hangs("")) return Stall(socket);
    Say(socket, greeting.empty() ? "220 sink.example" : greeting);
    std::string buffer;
    std::string line;
    std::string to;
    while (ReadTo(socket, buffer, "\r\n", line)) {
      if (Hangs(line)) return Stall(socket);
      if (absl::StartsWith(line, "EHLO")) {
        Say(socket,
            absl::StrCat("250-sink.example\r\n", offers_sign_in_ ? "250-AUTH PLAIN\r\n" : "",
                         offers_utf8_ ? "250-SMTPUTF8\r\n" : "", "250 8BITMIME"));
      } else if (absl::StartsWith(line, "MAIL FROM") && RefusesSender(line)) {
        if (line.empty()) return;
        Say(socket, line);
      } else if (absl::StartsWith(line, "AUTH PLAIN")) {
        Say(socket, "334 ");
        if (!ReadTo(socket, buffer, "\r\n", line)) return;
        Say(socket, "235 2.7.0 welcome");
      } else if (absl::StartsWith(line, "RCPT TO:<")) {
        to = line.substr(9, line.find('>') - 9);
        Say(socket, absl::StartsWith(to, "r") ? Refusal(to) : "250 2.1.5 ok");
      } else if (line == "DATA") {
        if (absl::StartsWith(to, "cut")) return;
        Say(socket, "354 go on");
        if (!ReadTo(socket, buffer, "\r\n.\r\n", line)) return;
        if (!EndMail(socket, to, line)) return;
      } else if (line == "QUIT") {
        Say(socket, "221 bye");
        return;
      } else {
        Say(socket, "250 2.0.0 ok");
      }
    }
  }

  // Puts the refusal in place of the command.
  bool RefusesSender(std::string& line) {
    std::lock_guard lock(mutex_);
    if (refusals_left_ == 0) return false;
    --refusals_left_;
    line = sender_refusal_;
    return true;
  }

  // "r550-5.1.1@x.example" → "550 5.1.1 no"; "ruth@…" is taken.
  static std::string Refusal(const std::string& to) {
    const std::string local = to.substr(1, to.find('@') - 1);
    if (local.empty() || local[0] < '4' || local[0] > '5') return "250 2.1.5 ok";
    return absl::StrCat(absl::StrReplaceAll(local, {{"-", " "}}), " no");
  }

  bool EndMail(int socket, const std::string& to, const std::string& wire) {
    if (absl::StartsWith(to, "drop")) return false;
    if (absl::StartsWith(to, "hang")) {
      ++hanging_;
      std::string ignored;
      std::string buffer;
      ReadTo(socket, buffer, "\r\n", ignored);
      return false;
    }
    if (absl::StartsWith(to, "d4") || absl::StartsWith(to, "d5")) {
      Say(socket, absl::StrCat(to.substr(1, 3), " no"));
      return true;
    }
    {
      std::lock_guard lock(mutex_);
      if (keep_) mails_.push_back({to, absl::StrReplaceAll(wire, {{"\r\n..", "\r\n."}})});
      ++count_;
    }
    Say(socket, "250 2.0.0 taken");
    return true;
  }

  const bool keep_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int64_t> count_{0};
  std::atomic<int64_t> connections_{0};
  std::atomic<int64_t> hanging_{0};
  std::atomic<int64_t> delay_ms_{0};
  std::atomic<bool> offers_sign_in_{false};
  std::atomic<bool> offers_utf8_{true};
  std::thread acceptor_;
  std::mutex mutex_;
  std::string greeting_;  // Guarded by mutex_, as all below.
  std::string sender_refusal_;
  int refusals_left_ = 0;
  std::optional<std::string> hang_at_;
  std::vector<Mail> mails_;
  std::set<int> open_;
  std::vector<std::thread> threads_;
};

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_TESTING_SMTP_SINK_H_
