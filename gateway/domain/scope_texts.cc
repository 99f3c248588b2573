#include "gateway/domain/scope_texts.h"

#include <utility>

namespace regulars::gateway {
namespace {

// A scope that a method declares needs a line here: a test compares the two.
constexpr std::pair<absl::string_view, absl::string_view> kTexts[] = {
    {"access.admin",
     "Administer users, roles and API keys; backups, tasks and the audit of the gateway."},
    {"access.read", "See the gateway's long-running operations."},
    {"access.write", "Cancel and delete the gateway's long-running operations."},
    {"campaign.admin",
     "Change the settings for messages; backups, tasks, the audit and parked events of "
     "campaign-svc."},
    {"campaign.read",
     "Read templates, campaigns, messages, suppressions and settings; follow the feed of "
     "campaign-svc."},
    {"campaign.send", "Send single messages."},
    {"campaign.write",
     "Change templates, campaigns and suppressions; start and stop campaigns; send tests."},
    {"customer.admin",
     "Define attributes, change the company's settings, erase persons and export what is known of "
     "them; backups, tasks, the audit and parked events of customer-svc."},
    {"customer.read",
     "Read customers, consents, orders, segments, scores and settings; follow the feed of "
     "customer-svc."},
    {"customer.write",
     "Change customers, consents, orders, segments and currency rates; take in events and "
     "imports, and read what imports refused."},
    {"loyalty.admin",
     "Change the programme and its rules, verify the ledger; backups, tasks, the audit and parked "
     "events of loyalty-svc."},
    {"loyalty.read",
     "Read members, points and the programme, quote baskets; follow the feed of loyalty-svc."},
    {"loyalty.write", "Enrol members, close memberships, adjust points."},
    {"recommend.admin",
     "Change the settings of recommendations; backups, tasks, the audit and parked events of "
     "recommend-svc."},
    {"recommend.read",
     "Get recommendations; read items, rules and settings; follow the feed of recommend-svc."},
    {"recommend.write", "Change items."}};

}  // namespace

absl::string_view DescribeScope(absl::string_view scope) {
  for (const auto& [known, text] : kTexts) {
    if (known == scope) return text;
  }
  return "";
}

}  // namespace regulars::gateway
