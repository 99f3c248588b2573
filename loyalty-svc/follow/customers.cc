#include "loyalty-svc/follow/customers.h"

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "chassis/base/status_macros.h"
#include "chassis/feed/event.h"
#include "loyalty-svc/rpc/member_changes.h"
#include "loyalty-svc/store/members.h"
#include "loyalty-svc/store/programmes.h"
#include "regulars/loyalty/v1/events.pb.h"

namespace regulars::loyalty {
namespace {

absl::string_view IdOf(absl::string_view customer) {
  return absl::StripPrefix(customer, "customers/");
}

absl::Status CloseMemberOf(Transaction& tx, absl::string_view customer_id) {
  ABSL_ASSIGN_OR_RETURN(auto member, members::FindByCustomer(tx, customer_id));
  if (!member) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const Programme programme, programmes::Load(tx));
  return CloseMembership(tx, programme, *member);
}

}  // namespace

absl::Status FollowCustomerDeleted(Transaction& tx, const FollowedEvent&,
                                   const customer::v1::CustomerDeleted& payload) {
  return CloseMemberOf(tx, IdOf(payload.customer()));
}

absl::Status FollowErasureRequested(Transaction& tx, const FollowedEvent&,
                                    const customer::v1::ErasureRequested& payload) {
  return Erase(tx, payload.erasure(), payload.customer());
}

absl::Status FollowCompanySettingsUpdated(Transaction& tx, const FollowedEvent&,
                                          const customer::v1::CompanySettingsUpdated& payload) {
  if (payload.base_currency().empty()) return absl::OkStatus();
  return programmes::SaveBaseCurrency(tx, payload.base_currency());
}

absl::Status Erase(Transaction& tx, const std::string& erasure, const std::string& customer) {
  const absl::string_view id = IdOf(customer);
  ABSL_RETURN_IF_ERROR(CloseMemberOf(tx, id));
  ABSL_ASSIGN_OR_RETURN(const auto holder, members::FindHolder(tx, id));
  if (holder) ABSL_RETURN_IF_ERROR(members::ForgetHolder(tx, *holder));
  v1::ErasureConfirmed event;
  event.set_erasure(erasure);
  event.set_customer(customer);
  tx.Publish(PackEvent(customer, /*realm=*/"", event));
  return absl::OkStatus();
}

}  // namespace regulars::loyalty
