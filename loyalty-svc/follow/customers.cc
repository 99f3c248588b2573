#include "loyalty-svc/follow/customers.h"

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "chassis/base/status_macros.h"
#include "chassis/feed/follow_tables.h"
#include "chassis/privacy/erasure_task.h"
#include "loyalty-svc/rpc/member_changes.h"
#include "loyalty-svc/store/members.h"
#include "loyalty-svc/store/programmes.h"

namespace regulars::loyalty {
namespace {

absl::string_view IdOf(absl::string_view customer) {
  return absl::StripPrefix(customer, "customers/");
}

}  // namespace

absl::Status FollowCustomerDeleted(Transaction& tx, const FollowedEvent&,
                                   const customer::v1::CustomerDeleted& payload) {
  return EndMembership(tx, payload.customer());
}

absl::Status FollowErasureRequested(Transaction& tx, const FollowedEvent&,
                                    const customer::v1::ErasureRequested& payload) {
  return Erase(tx, payload.erasure(), payload.customer(), Confirm::kAlways);
}

absl::Status FollowCompanySettingsUpdated(Transaction& tx, const FollowedEvent&,
                                          const customer::v1::CompanySettingsUpdated& payload) {
  return LearnBaseCurrency(tx, payload.base_currency());
}

absl::Status EndMembership(Transaction& tx, const std::string& customer) {
  ABSL_ASSIGN_OR_RETURN(auto member, members::FindByCustomer(tx, IdOf(customer)));
  if (!member) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const Programme programme, programmes::Load(tx));
  return CloseMembership(tx, programme, *member);
}

absl::Status Erase(Transaction& tx, const std::string& erasure, const std::string& customer,
                   Confirm confirm) {
  ABSL_RETURN_IF_ERROR(EndMembership(tx, customer));
  ABSL_ASSIGN_OR_RETURN(const bool changed, members::Forget(tx, IdOf(customer)));
  // What waits there would bring nothing back, and names the person.
  ABSL_RETURN_IF_ERROR(follow::UnparkSubject(tx, customer));
  if (confirm == Confirm::kIfItChanged && !changed) return absl::OkStatus();
  return ScheduleErasure(tx, tx.origin().cause(), erasure, customer);
}

absl::Status LearnBaseCurrency(Transaction& tx, const std::string& currency) {
  return currency.empty() ? absl::OkStatus() : programmes::SaveBaseCurrency(tx, currency);
}

}  // namespace regulars::loyalty
