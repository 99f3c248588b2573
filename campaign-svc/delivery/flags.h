// The flags of campaign-svc beside those that every service has.
#ifndef CAMPAIGN_SVC_DELIVERY_FLAGS_H_
#define CAMPAIGN_SVC_DELIVERY_FLAGS_H_

#include <string>

#include "absl/status/statusor.h"
#include "campaign-svc/delivery/sender.h"

namespace CLI {
class App;
}

namespace regulars::campaign {

struct SenderFlags {
  // "host:port"; empty: messages wait.
  std::string server;
  std::string tls = "starttls";
  std::string ca_file;
  std::string user;
  std::string password_file;
  std::string helo;
  int connections = 8;
  std::string campaign_in_flight = "give-up";
  std::string single_in_flight = "send-again";
};

void AddFlags(CLI::App& app, SenderFlags& flags);

// What the flags say, with the password read from its file. FAILED_PRECONDITION for a server that
// is no host:port, a password that would cross the network in the open, or a file that cannot be
// read.
absl::StatusOr<SenderOptions> ReadFlags(const SenderFlags& flags);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DELIVERY_FLAGS_H_
