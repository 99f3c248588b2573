#include "loyalty-svc/rpc/personal_data.h"

#include <vector>

#include "absl/strings/strip.h"
#include "chassis/base/status_macros.h"
#include "loyalty-svc/rpc/messages.h"
#include "loyalty-svc/store/ledger.h"
#include "loyalty-svc/store/members.h"

namespace regulars::loyalty {
namespace {

// Postings read at a time; PersonalData bounds how many there are in all.
constexpr int64_t kBatch = 1000;

}  // namespace

absl::Status AddPersonalData(Snapshot& db, const std::string& customer, PersonalData& data) {
  ABSL_ASSIGN_OR_RETURN(const auto member,
                        members::FindByCustomer(db, absl::StripPrefix(customer, "customers/")));
  if (!member) return absl::OkStatus();
  ABSL_RETURN_IF_ERROR(data.Add("Membership", WriteMember(*member)));
  std::vector<ledger::ReadPosting> postings;
  int64_t before = 0;
  do {
    ABSL_ASSIGN_OR_RETURN(postings, ledger::NewestFirst(db, member->key, before, kBatch));
    for (const ledger::ReadPosting& read : postings) {
      ABSL_RETURN_IF_ERROR(data.Add("Points", WritePosting(*member, read)));
      before = read.posting.number;
    }
  } while (!postings.empty());
  return absl::OkStatus();
}

}  // namespace regulars::loyalty
