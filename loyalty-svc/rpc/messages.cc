#include "loyalty-svc/rpc/messages.h"

#include "absl/strings/str_cat.h"
#include "chassis/base/etag.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/timestamps.h"

namespace regulars::loyalty {
namespace {

std::string NameIfAny(absl::string_view collection, absl::string_view id) {
  return id.empty() ? std::string() : rpc::Name(collection, id);
}

}  // namespace

std::string CustomerName(absl::string_view id) { return NameIfAny("customers", id); }
std::string OrderName(absl::string_view id) { return NameIfAny("orders", id); }
std::string MemberName(absl::string_view id) { return rpc::Name("members", id); }
std::string PostingName(absl::string_view member_id, int64_t number) {
  return absl::StrCat(MemberName(member_id), "/postings/", number);
}
std::string AccountName(absl::string_view id) { return rpc::Name("accounts", id); }

void ClearField(google::protobuf::Message& message, absl::string_view path) {
  message.GetReflection()->ClearField(&message,
                                      message.GetDescriptor()->FindFieldByName(std::string(path)));
}

std::string EtagOf(const Programme& programme) {
  return MakeEtag(programme.version, programme.update_time.value_or(absl::UnixEpoch()));
}

std::string EtagOf(const RuleRevision& revision) {
  return MakeEtag(revision.revision, revision.update_time.value_or(absl::UnixEpoch()));
}

v1::Programme WriteProgramme(const Programme& programme) {
  v1::Programme message;
  message.set_name(kProgrammeName);
  message.set_display_name(programme.display_name);
  message.set_enrolment(static_cast<v1::Programme::Enrolment>(programme.enrolment));
  v1::PointsPayment& payment = *message.mutable_payment();
  payment.set_point_value_micros(programme.payment.point_value_micros);
  payment.set_max_basket_percent(static_cast<int32_t>(programme.payment.max_basket_percent));
  payment.set_min_points(programme.payment.min_points);
  payment.set_step_points(programme.payment.step_points);
  for (const Tier& tier : programme.tiers) {
    v1::Tier& written = *message.add_tiers();
    written.set_tier_id(tier.id);
    written.set_display_name(tier.display_name);
    written.set_threshold_points(tier.threshold_points);
  }
  message.set_base_currency(programme.base_currency);
  if (programme.update_time) {
    *message.mutable_update_time() = rpc::ToTimestamp(*programme.update_time);
  }
  message.set_etag(EtagOf(programme));
  return message;
}

v1::EarningRule WriteRule(const RuleRevision& revision) {
  const EarningRule& rule = revision.rule;
  v1::EarningRule message;
  message.set_name(kRuleName);
  message.set_points_per_step(rule.points_per_step);
  message.set_step_amount_micros(rule.step_amount_micros);
  message.set_counted_lines(static_cast<v1::EarningRule::CountedLines>(rule.counted_lines));
  message.set_rounding(static_cast<v1::EarningRule::Rounding>(rule.rounding));
  message.set_minimum_amount_micros(rule.minimum_amount_micros);
  if (rule.start_time) *message.mutable_start_time() = rpc::ToTimestamp(*rule.start_time);
  if (rule.end_time) *message.mutable_end_time() = rpc::ToTimestamp(*rule.end_time);
  if (revision.effective_time != absl::InfinitePast()) {
    *message.mutable_effective_time() = rpc::ToTimestamp(revision.effective_time);
  }
  message.set_revision(revision.revision);
  if (revision.update_time) {
    *message.mutable_update_time() = rpc::ToTimestamp(*revision.update_time);
  }
  message.set_etag(EtagOf(revision));
  return message;
}

v1::Member WriteMember(const Member& member) {
  v1::Member message;
  message.set_name(MemberName(member.id));
  message.set_customer(CustomerName(member.customer_id));
  message.set_state(static_cast<v1::Member::State>(member.state));
  message.set_balance(member.balance.points);
  message.set_qualifying_points(member.balance.qualifying);
  message.set_tier(member.tier);
  if (member.counted_from) {
    *message.mutable_counted_from_time() = rpc::ToTimestamp(*member.counted_from);
  }
  message.set_posting_count(member.balance.posting_count);
  *message.mutable_create_time() = rpc::ToTimestamp(member.create_time);
  if (member.close_time) *message.mutable_close_time() = rpc::ToTimestamp(*member.close_time);
  return message;
}

v1::Posting WritePosting(const Member& member, const ledger::ReadPosting& read) {
  const Posting& posting = read.posting;
  v1::Posting message;
  message.set_name(PostingName(member.id, posting.number));
  message.set_kind(static_cast<v1::Posting::Kind>(posting.kind));
  message.set_points(posting.points);
  message.set_balance_after(posting.balance_after);
  message.set_qualifying_points(posting.qualifying);
  message.set_counter_account(AccountName(AccountId(AccountOf(posting.kind))));
  if (read.order) {
    message.set_order(OrderName(read.order->order_id));
    message.set_order_source(read.order->source);
    message.set_order_receipt_number(read.order->number);
  }
  message.set_cause_order(OrderName(read.cause_order));
  message.set_reason_code(posting.reason_code);
  message.set_reference(posting.reference);
  *message.mutable_create_time() = rpc::ToTimestamp(posting.create_time);
  return message;
}

}  // namespace regulars::loyalty
