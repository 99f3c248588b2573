#include "campaign-svc/delivery/flags.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"

namespace regulars::campaign {
namespace {

constexpr int kMaxPort = 65535;

absl::StatusOr<std::string> ReadSecret(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) {
    return FailedPrecondition("FILE_UNREADABLE", absl::StrCat("cannot read '", path, "'"));
  }
  return std::string(absl::StripAsciiWhitespace(text.str()));
}

bool IsHostCharacter(char c) { return absl::ascii_isalnum(c) || c == '-' || c == '.'; }

// Whether what is said to the host stays on this machine.
bool IsThisMachine(absl::string_view host) {
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  const std::string text(host);
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
  if (inet_pton(AF_INET6, text.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  return absl::EqualsIgnoreCase(text, "localhost");
}

SenderOptions::InFlight ToInFlight(const std::string& word) {
  return word == "give-up" ? SenderOptions::InFlight::kGiveUp : SenderOptions::InFlight::kSendAgain;
}

}  // namespace

void AddFlags(CLI::App& app, SenderFlags& flags) {
  const auto add = [&app](const char* flag, auto& value, const char* env, const char* help) {
    return app.add_option(flag, value, help)->envname(env)->capture_default_str();
  };
  auto* server = add("--smtp-server", flags.server, "REGULARS_SMTP_SERVER",
                     "host:port of the mail server; without it messages wait");
  add("--smtp-tls", flags.tls, "REGULARS_SMTP_TLS",
      "none: refused with --smtp-user unless the server is on this machine; starttls: TLS before "
      "anything else is said; implicit: TLS from the first byte")
      ->check(CLI::IsMember({"none", "starttls", "implicit"}));
  add("--smtp-ca", flags.ca_file, "REGULARS_SMTP_CA",
      "PEM roots of the mail server's certificate; default: the machine's");
  auto* user =
      add("--smtp-user", flags.user, "REGULARS_SMTP_USER", "Name to sign in with")->needs(server);
  add("--smtp-password-file", flags.password_file, "REGULARS_SMTP_PASSWORD_FILE",
      "File with the password")
      ->needs(user);
  add("--smtp-helo", flags.helo, "REGULARS_SMTP_HELO",
      "Name to introduce this machine by, host.domain: many servers take no other. Default: its "
      "host "
      "name");
  add("--smtp-connections", flags.connections, "REGULARS_SMTP_CONNECTIONS",
      "Connections for campaigns, and as many again for single messages")
      ->check(CLI::Range(1, 64));
  add("--campaign-in-flight", flags.campaign_in_flight, "REGULARS_CAMPAIGN_IN_FLIGHT",
      "What becomes of a campaign's message that was being handed over when the process or the "
      "connection broke: give-up (it may be missing) or send-again (it may come twice)")
      ->check(CLI::IsMember({"give-up", "send-again"}));
  add("--single-in-flight", flags.single_in_flight, "REGULARS_SINGLE_IN_FLIGHT",
      "The same for messages that other systems asked for")
      ->check(CLI::IsMember({"give-up", "send-again"}));
}

absl::StatusOr<SenderOptions> ReadFlags(const SenderFlags& flags) {
  SenderOptions options;
  options.connections = flags.connections;
  options.campaign_in_flight = ToInFlight(flags.campaign_in_flight);
  options.single_in_flight = ToInFlight(flags.single_in_flight);
  if (flags.server.empty()) return options;
  const size_t colon = flags.server.rfind(':');
  SmtpOptions& smtp = options.smtp;
  if (colon == std::string::npos || colon == 0 ||
      !absl::SimpleAtoi(flags.server.substr(colon + 1), &smtp.port) || smtp.port < 1 ||
      smtp.port > kMaxPort) {
    return FailedPrecondition(
        "INVALID_FLAG",
        absl::StrCat("--smtp-server must be host:port, and is '", flags.server, "'"));
  }
  // It becomes part of a URL, and of what is said to the server.
  if (!std::all_of(flags.helo.begin(), flags.helo.end(), IsHostCharacter)) {
    return FailedPrecondition("INVALID_FLAG",
                              absl::StrCat("--smtp-helo is no host name: '", flags.helo, "'"));
  }
  smtp.host = flags.server.substr(0, colon);
  smtp.tls = flags.tls == "none"       ? SmtpTls::kNone
             : flags.tls == "implicit" ? SmtpTls::kImplicit
                                       : SmtpTls::kStartTls;
  if (smtp.tls == SmtpTls::kNone && !flags.user.empty() && !IsThisMachine(smtp.host)) {
    return FailedPrecondition(
        "INVALID_FLAG",
        absl::StrCat("--smtp-user with --smtp-tls none would send the password in the open to '",
                     smtp.host, "': say --smtp-tls starttls or implicit"));
  }
  smtp.ca_file = flags.ca_file;
  smtp.user = flags.user;
  smtp.helo = flags.helo;
  ABSL_ASSIGN_OR_RETURN(smtp.password, ReadSecret(flags.password_file));
  return options;
}

}  // namespace regulars::campaign
