#include "campaign-svc/delivery/smtp_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "chassis/base/check.h"
#include "chassis/base/clock.h"

namespace regulars::campaign {
namespace {

// An idle connection that is older is not used again: servers close theirs after a few minutes.
constexpr long kIdleSeconds = 60;  // NOLINT(google-runtime-int): libcurl's type.
// The reply of a server that ends the connection (RFC 5321, 3.8).
constexpr int kServiceCloses = 421;
// The reply to AUTH (RFC 4954, 6).
constexpr int kSignedIn = 235;
// Replies from here on refuse (RFC 5321, 4.2.1).
constexpr int kRefusals = 400;

void InitCurl() {
  // Once per process, before threads call libcurl.
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  CHECK(initialised == CURLE_OK);  // It fails only without memory.
}

long Milliseconds(absl::Duration duration) {  // NOLINT(google-runtime-int): libcurl's type.
  return static_cast<long>(absl::ToInt64Milliseconds(duration));  // NOLINT(google-runtime-int)
}

bool IsAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isascii(c); });
}

}  // namespace

// What libcurl tells of the conversation about one mail while it goes on.
struct SmtpClient::Conversation {
  absl::string_view rest;
  // Whether the mail may only go out on a connection that is signed in.
  const bool must_sign_in;
  // Whether the connection is; kept by the client for as long as it lasts.
  bool& signed_in;
  // Whether an address is not ASCII, and whether the server takes such ones (SMTPUTF8); kept alike.
  const bool needs_utf8;
  bool& offers_utf8;
  const StoppedAt* const stopped;
  const absl::Duration stop_patience;
  SmtpResult result = {};
  // QUIT was said, as libcurl does after a refusal: what comes now is no answer about the mail.
  bool over = false;

  void Reach(SmtpStage stage) {
    result.stage = stage;
    result.code = 0;
    result.enhanced.clear();
  }

  // Asked when the server has said what it takes, before MAIL FROM. Without SMTPUTF8 libcurl would
  // send such addresses all the same; RFC 6531 (3.2) forbids that.
  static int BeforeMail(void* self, char*, char*, int, int) {
    auto& conversation = *static_cast<Conversation*>(self);
    if (!conversation.needs_utf8 || conversation.offers_utf8) return CURL_PREREQFUNC_OK;
    conversation.Reach(SmtpStage::kConnect);
    // Without the sign-in that is asked for, the server is at fault for all mails.
    conversation.result.lacks_utf8 = !conversation.must_sign_in || conversation.signed_in;
    return CURL_PREREQFUNC_ABORT;
  }

  static size_t Read(char* buffer, size_t size, size_t count, void* self) {
    auto& conversation = *static_cast<Conversation*>(self);
    if (conversation.must_sign_in && !conversation.signed_in) return CURL_READFUNC_ABORT;
    const size_t bytes = std::min(size * count, conversation.rest.size());
    std::memcpy(buffer, conversation.rest.data(), bytes);
    conversation.rest.remove_prefix(bytes);
    // What libcurl has, it may have sent.
    if (conversation.rest.empty()) conversation.Reach(SmtpStage::kHandedOver);
    return bytes;
  }

  // Asked about once a second: another value than 0 ends the conversation. Before the mail's end
  // nothing is lost by that.
  static int Progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    if (self == nullptr) return 0;
    const auto& conversation = *static_cast<const Conversation*>(self);
    const int64_t at = conversation.stopped == nullptr ? -1 : conversation.stopped->load();
    if (at < 0) return 0;
    return conversation.result.stage != SmtpStage::kHandedOver ||
                   Monotonic() >= absl::Microseconds(at) + conversation.stop_patience
               ? 1
               : 0;
  }

  static int Debug(CURL*, curl_infotype type, char* data, size_t size, void* self) {
    // The handle's end, with its QUIT, belongs to no mail.
    if (self == nullptr) return 0;
    auto& conversation = *static_cast<Conversation*>(self);
    const absl::string_view text(data, size);
    if (type == CURLINFO_HEADER_OUT) conversation.Said(text);
    if (type == CURLINFO_HEADER_IN) conversation.Heard(text);
    return 0;
  }

  void Said(absl::string_view command) {
    if (absl::StartsWith(command, "QUIT")) over = true;
    // An old connection may be taken leave of before the new one begins.
    if (absl::StartsWith(command, "EHLO")) over = signed_in = offers_utf8 = false;
    if (absl::StartsWith(command, "MAIL FROM")) Reach(SmtpStage::kMailFrom);
    if (absl::StartsWith(command, "RCPT TO")) Reach(SmtpStage::kRcptTo);
    if (absl::StartsWith(command, "DATA")) Reach(SmtpStage::kData);
  }

  void Heard(absl::string_view line) {
    int code = 0;
    if (over || line.size() < 3 || !absl::SimpleAtoi(line.substr(0, 3), &code)) return;
    // The answer to DATA comes before the mail is asked for; 354 is no answer to the mail.
    if (result.stage == SmtpStage::kHandedOver && code == 354) return;
    result.code = code;
    if (result.stage == SmtpStage::kConnect) {
      if (code == kSignedIn) signed_in = true;
      if (line.size() > 4 && absl::StartsWith(line.substr(4), "SMTPUTF8")) offers_utf8 = true;
    }
    result.enhanced =
        line.size() > 4 ? EnhancedCode(absl::StripAsciiWhitespace(line.substr(4))) : "";
  }
};

SmtpClient::SmtpClient(const SmtpOptions& options, const StoppedAt* stopped)
    : stopped_(stopped), stop_patience_(options.stop_patience) {
  InitCurl();
  must_sign_in_ = !options.user.empty();
  curl_ = curl_easy_init();
  CHECK(curl_ != nullptr);  // It fails only without memory.
  Configure(options);
}

SmtpClient::~SmtpClient() { curl_easy_cleanup(curl_); }

void SmtpClient::Configure(const SmtpOptions& options) {
  const auto set = [this](CURLoption option, auto value) {
    curl_easy_setopt(curl_, option, value);
  };
  const std::string url = absl::StrCat(options.tls == SmtpTls::kImplicit ? "smtps://" : "smtp://",
                                       options.host, ":", options.port, "/", options.helo);
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_UPLOAD, 1L);
  if (options.tls == SmtpTls::kStartTls) set(CURLOPT_USE_SSL, long{CURLUSESSL_ALL});  // NOLINT
  if (!options.ca_file.empty()) set(CURLOPT_CAINFO, options.ca_file.c_str());
  if (!options.user.empty()) {
    set(CURLOPT_USERNAME, options.user.c_str());
    set(CURLOPT_PASSWORD, options.password.c_str());
  }
  set(CURLOPT_CONNECTTIMEOUT_MS, Milliseconds(options.connect_timeout));
  set(CURLOPT_SERVER_RESPONSE_TIMEOUT,
      static_cast<long>(absl::ToInt64Seconds(options.reply_timeout)));  // NOLINT
  set(CURLOPT_TIMEOUT_MS, Milliseconds(options.mail_timeout));
  set(CURLOPT_MAXAGE_CONN, kIdleSeconds);
  set(CURLOPT_TCP_NODELAY, 1L);
  // The debug function hears each command and reply: libcurl's own error codes do not tell which
  // command was refused.
  set(CURLOPT_VERBOSE, 1L);
  set(CURLOPT_DEBUGFUNCTION, &Conversation::Debug);
  set(CURLOPT_PREREQFUNCTION, &Conversation::BeforeMail);
  set(CURLOPT_READFUNCTION, &Conversation::Read);
  set(CURLOPT_XFERINFOFUNCTION, &Conversation::Progress);
  set(CURLOPT_NOPROGRESS, 0L);
}

SmtpResult SmtpClient::Send(const std::string& from, const std::string& to,
                            const std::string& wire) {
  const SmtpResult result = Try(from, to, wire);
  // Servers end connections that they have kept for long enough. Nothing of this mail was said.
  const bool ended =
      result.stage == SmtpStage::kMailFrom && (result.code == 0 || result.code == kServiceCloses);
  long connections = 0;  // NOLINT(google-runtime-int): libcurl's type.
  curl_easy_getinfo(curl_, CURLINFO_NUM_CONNECTS, &connections);
  if (!ended || connections > 0) return result;
  curl_easy_setopt(curl_, CURLOPT_FRESH_CONNECT, 1L);
  const SmtpResult again = Try(from, to, wire);
  curl_easy_setopt(curl_, CURLOPT_FRESH_CONNECT, 0L);
  return again;
}

SmtpResult SmtpClient::Try(const std::string& from, const std::string& to,
                           const std::string& wire) {
  Conversation conversation{.rest = wire,
                            .must_sign_in = must_sign_in_,
                            .signed_in = signed_in_,
                            .needs_utf8 = !IsAscii(from) || !IsAscii(to),
                            .offers_utf8 = offers_utf8_,
                            .stopped = stopped_,
                            .stop_patience = stop_patience_};
  const std::string sender = absl::StrCat("<", from, ">");
  const std::string recipient = absl::StrCat("<", to, ">");
  curl_slist* recipients = curl_slist_append(nullptr, recipient.c_str());
  curl_easy_setopt(curl_, CURLOPT_MAIL_FROM, sender.c_str());
  curl_easy_setopt(curl_, CURLOPT_MAIL_RCPT, recipients);
  curl_easy_setopt(curl_, CURLOPT_PREREQDATA, &conversation);
  curl_easy_setopt(curl_, CURLOPT_READDATA, &conversation);
  curl_easy_setopt(curl_, CURLOPT_DEBUGDATA, &conversation);
  curl_easy_setopt(curl_, CURLOPT_XFERINFODATA, &conversation);
  curl_easy_setopt(curl_, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(wire.size()));
  mails_ = (mails_ + 1) % kMailsPerConnection;
  curl_easy_setopt(curl_, CURLOPT_FORBID_REUSE, mails_ == 0 ? 1L : 0L);
  std::array<char, CURL_ERROR_SIZE> words{};
  curl_easy_setopt(curl_, CURLOPT_ERRORBUFFER, words.data());
  const CURLcode code = curl_easy_perform(curl_);
  curl_easy_setopt(curl_, CURLOPT_ERRORBUFFER, nullptr);
  curl_easy_setopt(curl_, CURLOPT_DEBUGDATA, nullptr);
  curl_easy_setopt(curl_, CURLOPT_XFERINFODATA, nullptr);
  curl_easy_setopt(curl_, CURLOPT_MAIL_RCPT, nullptr);
  curl_slist_free_all(recipients);
  SmtpResult& result = conversation.result;
  result.accepted = code == CURLE_OK;
  if (result.accepted) return result;
  result.trouble = words[0] != '\0' ? words.data() : curl_easy_strerror(code);
  // libcurl goes on without signing in where the server does not offer it. What is refused then
  // (relaying) is not the recipient's fault.
  if (must_sign_in_ && !signed_in_ && result.stage != SmtpStage::kConnect) {
    result = {.trouble = "the server offers no way to sign in"};
  }
  if (result.stage == SmtpStage::kConnect && result.code < kRefusals) {
    result.code = 0;
    result.enhanced.clear();
  }
  return result;
}

void SmtpClients::Stop() { stopped_ = absl::ToInt64Microseconds(Monotonic()); }

SmtpResult SmtpClients::Send(const std::string& from, const std::string& to,
                             const std::string& wire) {
  std::unique_ptr<SmtpClient> client;
  {
    std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      client = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (client == nullptr) client = std::make_unique<SmtpClient>(options_, &stopped_);
  const SmtpResult result = client->Send(from, to, wire);
  std::lock_guard lock(mutex_);
  idle_.push_back(std::move(client));
  return result;
}

}  // namespace regulars::campaign
