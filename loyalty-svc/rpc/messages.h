// What callers see: names, and messages of what the store holds.
#ifndef LOYALTY_SVC_RPC_MESSAGES_H_
#define LOYALTY_SVC_RPC_MESSAGES_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "loyalty-svc/domain/earning.h"
#include "loyalty-svc/domain/member.h"
#include "loyalty-svc/domain/programme.h"
#include "loyalty-svc/store/ledger.h"
#include "regulars/loyalty/v1/member.pb.h"
#include "regulars/loyalty/v1/programme.pb.h"

namespace regulars::loyalty {

inline constexpr char kProgrammeName[] = "programmes/main";
inline constexpr char kRuleName[] = "earningRules/base";

// "" of an empty id.
std::string CustomerName(absl::string_view id);
std::string OrderName(absl::string_view id);
std::string MemberName(absl::string_view id);
std::string PostingName(absl::string_view member_id, int64_t number);
std::string AccountName(absl::string_view id);

v1::Programme WriteProgramme(const Programme& programme);
v1::EarningRule WriteRule(const RuleRevision& revision);
v1::Member WriteMember(const Member& member);
v1::Posting WritePosting(const Member& member, const ledger::ReadPosting& read);

// Takes the field away, so that nobody minds what it says.
void ClearField(google::protobuf::Message& message, absl::string_view path);

std::string EtagOf(const Programme& programme);
std::string EtagOf(const RuleRevision& revision);

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_RPC_MESSAGES_H_
