// Hands mails to one mail server, by libcurl.
//
//   SmtpClient client({.host = "mail.shop.example", .port = 587, .tls = SmtpTls::kStartTls});
//   const SmtpResult result = client.Send(from, to, wire);
//
// A client keeps its connection for the next mail, and makes a new one when that is gone, or after
// kMailsPerConnection. Every wait is bounded (SmtpOptions). A client belongs to one thread at a
// time; SmtpClients lends them out.
#ifndef CAMPAIGN_SVC_DELIVERY_SMTP_CLIENT_H_
#define CAMPAIGN_SVC_DELIVERY_SMTP_CLIENT_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "campaign-svc/domain/smtp_outcome.h"

namespace regulars::campaign {

enum class SmtpTls {
  kNone,
  // A plain connection that must turn to TLS before anything else is said.
  kStartTls,
  // TLS from the first byte.
  kImplicit,
};

struct SmtpOptions {
  // Empty: nothing is sent.
  std::string host;
  int port = 587;
  SmtpTls tls = SmtpTls::kStartTls;
  // PEM file of roots to trust; empty: the machine's. Certificates are always verified.
  std::string ca_file;
  std::string user;
  std::string password;
  // How this machine introduces itself; empty: by its host name.
  std::string helo;
  // For the connection, the greeting, TLS and the sign-in; servers greet slowly to be rid of spam.
  absl::Duration connect_timeout = absl::Seconds(60);
  // For one reply of the server. That to the mail's end may take 10 minutes (RFC 5321, 4.5.3.2.6):
  // whoever waits for less sends again what was taken (RFC 1047).
  absl::Duration reply_timeout = absl::Minutes(10);
  // For one mail in all.
  absl::Duration mail_timeout = absl::Minutes(15);
  // For the reply to a mail's end once the process ends; what is not that far is not waited for.
  absl::Duration stop_patience = absl::Seconds(30);
};

class SmtpClient {
 public:
  static constexpr int kMailsPerConnection = 100;

  // Since when the process ends, in microseconds of Monotonic(); negative before.
  using StoppedAt = std::atomic<int64_t>;

  // `stopped` must outlive it; null: nobody stops it.
  explicit SmtpClient(const SmtpOptions& options, const StoppedAt* stopped = nullptr);
  ~SmtpClient();
  SmtpClient(const SmtpClient&) = delete;
  SmtpClient& operator=(const SmtpClient&) = delete;

  // `wire` has CRLF line ends. Waits; never longer than mail_timeout.
  SmtpResult Send(const std::string& from, const std::string& to, const std::string& wire);

 private:
  struct Conversation;
  void Configure(const SmtpOptions& options);
  SmtpResult Try(const std::string& from, const std::string& to, const std::string& wire);

  void* curl_;
  const StoppedAt* const stopped_;
  const absl::Duration stop_patience_;
  bool must_sign_in_ = false;
  // Whether the connection that is kept is.
  bool signed_in_ = false;
  // Whether its server takes addresses that are not ASCII.
  bool offers_utf8_ = false;
  int mails_ = 0;
};

// Clients that nobody uses just now. Thread-safe.
class SmtpClients {
 public:
  explicit SmtpClients(SmtpOptions options) : options_(std::move(options)) {}

  const SmtpOptions& options() const { return options_; }
  SmtpResult Send(const std::string& from, const std::string& to, const std::string& wire);
  // Lets go of mail servers that do not answer, now and later.
  void Stop();

 private:
  const SmtpOptions options_;
  SmtpClient::StoppedAt stopped_{-1};
  std::mutex mutex_;
  std::vector<std::unique_ptr<SmtpClient>>
      idle_;  // Guarded by mutex_. As many as ever sent at once.
};

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DELIVERY_SMTP_CLIENT_H_
