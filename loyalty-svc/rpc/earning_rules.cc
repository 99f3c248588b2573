#include "loyalty-svc/rpc/earning_rules.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <optional>

#include "absl/strings/str_cat.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/etag.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"
#include "chassis/feed/event.h"
#include "chassis/rpc/page_token.h"
#include "chassis/rpc/timestamps.h"
#include "loyalty-svc/domain/earning.h"
#include "loyalty-svc/rpc/messages.h"
#include "loyalty-svc/store/programmes.h"
#include "loyalty-svc/store/receipts.h"
#include "regulars/loyalty/v1/events.pb.h"

namespace regulars::loyalty {
namespace {

// The least step of time that the store tells apart.
constexpr absl::Duration kTick = absl::Microseconds(1);
// How far ahead a revision may be planned: what is later is a slip of the hand.
constexpr absl::Duration kLongestPlan = absl::Hours(24 * 366 * 5);

// The fields that callers write: one row a field.
struct Field {
  absl::string_view path;
  bool (*is_set)(const v1::EarningRule&);
  void (*copy)(const EarningRule& from, EarningRule& to);
};

template <auto kMember>
constexpr Field MakeField(absl::string_view path, bool (*is_set)(const v1::EarningRule&)) {
  return {path, is_set,
          [](const EarningRule& from, EarningRule& to) { to.*kMember = from.*kMember; }};
}

constexpr size_t kFields = 7;
using Mask = std::bitset<kFields>;
constexpr std::array<Field, kFields> kTable = {
    MakeField<&EarningRule::points_per_step>(
        "points_per_step", [](const v1::EarningRule& m) { return m.points_per_step() != 0; }),
    MakeField<&EarningRule::step_amount_micros>(
        "step_amount_micros", [](const v1::EarningRule& m) { return m.step_amount_micros() != 0; }),
    MakeField<&EarningRule::counted_lines>(
        "counted_lines", [](const v1::EarningRule& m) { return m.counted_lines() != 0; }),
    MakeField<&EarningRule::rounding>("rounding",
                                      [](const v1::EarningRule& m) { return m.rounding() != 0; }),
    MakeField<&EarningRule::minimum_amount_micros>(
        "minimum_amount_micros",
        [](const v1::EarningRule& m) { return m.minimum_amount_micros() != 0; }),
    MakeField<&EarningRule::start_time>(
        "start_time", [](const v1::EarningRule& m) { return m.has_start_time(); }),
    MakeField<&EarningRule::end_time>("end_time",
                                      [](const v1::EarningRule& m) { return m.has_end_time(); }),
};

absl::StatusOr<Mask> ReadMask(const v1::UpdateEarningRuleRequest& request) {
  Mask mask;
  if (request.update_mask().paths().empty()) {
    for (size_t i = 0; i < kFields; ++i) mask[i] = kTable[i].is_set(request.earning_rule());
    return mask;
  }
  for (const std::string& path : request.update_mask().paths()) {
    bool known = path == "name" || path == "effective_time" || path == "revision" ||
                 path == "update_time" || path == "etag";
    for (size_t i = 0; i < kFields; ++i) {
      if (path != "*" && path != kTable[i].path) continue;
      mask.set(i);
      known = true;
    }
    if (!known) {
      return FieldError("update_mask", "INVALID_UPDATE_MASK",
                        absl::StrCat("names '", EscapeForLog(path),
                                     "', which is no field of the rule that can change"));
    }
  }
  return mask;
}

// What the caller wrote; enums that were left out as they are at first.
absl::StatusOr<EarningRule> ReadRule(const v1::EarningRule& message) {
  EarningRule read{.points_per_step = message.points_per_step(),
                   .step_amount_micros = message.step_amount_micros(),
                   .minimum_amount_micros = message.minimum_amount_micros()};
  if (!v1::EarningRule::CountedLines_IsValid(message.counted_lines())) {
    return FieldError("counted_lines", "INVALID_COUNTED_LINES", "is no CountedLines");
  }
  if (message.counted_lines() != v1::EarningRule::COUNTED_LINES_UNSPECIFIED) {
    read.counted_lines = static_cast<CountedLines>(message.counted_lines());
  }
  if (!v1::EarningRule::Rounding_IsValid(message.rounding())) {
    return FieldError("rounding", "INVALID_ROUNDING", "is no Rounding");
  }
  if (message.rounding() != v1::EarningRule::ROUNDING_UNSPECIFIED) {
    read.rounding = static_cast<Rounding>(message.rounding());
  }
  if (message.has_start_time()) {
    ABSL_ASSIGN_OR_RETURN(read.start_time, rpc::FromTimestamp(message.start_time(), "start_time"));
  }
  if (message.has_end_time()) {
    ABSL_ASSIGN_OR_RETURN(read.end_time, rpc::FromTimestamp(message.end_time(), "end_time"));
  }
  return read;
}

absl::Status CheckName(const std::string& name, absl::string_view field) {
  if (name == kRuleName) return absl::OkStatus();
  if (name.empty()) return FieldError(field, "NAME_MISSING", "must be 'earningRules/base'");
  return NotFound("EARNING_RULE_NOT_FOUND",
                  absl::StrCat("there is no '", EscapeForLog(name), "', only 'earningRules/base'"));
}

// Whether a revision holds for no order yet, given the time of the latest known one: then what it
// says is a plan, and may be another one.
bool IsPlan(const RuleRevision& revision, absl::Time latest_order, absl::Time now) {
  return revision.effective_time > now && revision.effective_time > latest_order;
}

// Says from when on a revision behind `before` holds, given the time of the latest known order.
absl::StatusOr<absl::Time> EffectiveTime(Snapshot& db, const v1::EarningRule& message,
                                         const RuleRevision& before, absl::Time latest_order) {
  constexpr char kField[] = "earning_rule.effective_time";
  if (!message.has_effective_time()) {
    return std::max({db.now(), latest_order + kTick, before.effective_time + kTick});
  }
  ABSL_ASSIGN_OR_RETURN(const absl::Time wanted,
                        rpc::FromTimestamp(message.effective_time(), kField));
  if (wanted <= before.effective_time) {
    return FieldError(kField, "INVALID_EFFECTIVE_TIME",
                      "must be later than that of the revision before");
  }
  if (wanted > db.now() + kLongestPlan) {
    return FieldError(kField, "INVALID_EFFECTIVE_TIME", "must be at most 5 years from now");
  }
  if (wanted <= latest_order) {
    return FailedPrecondition(
        "ORDERS_COUNTED",
        absl::StrCat("orders up to ", absl::FormatTime(latest_order, absl::UTCTimeZone()),
                     " are known: a revision can only hold for later ones"));
  }
  return wanted;
}

// Gives a changed rule its number and its time: in the place of `latest`, where that is a plan,
// else behind it.
absl::Status Place(Snapshot& db, const v1::EarningRule& message, const RuleRevision& latest,
                   absl::Time latest_order, RuleRevision& changed) {
  RuleRevision before = latest;
  if (IsPlan(latest, latest_order, db.now())) {
    ABSL_ASSIGN_OR_RETURN(const auto older, programmes::ListRules(db, latest.revision, 1));
    if (!older.empty()) before = older.front();
  }
  changed.revision = before.revision + 1;
  ABSL_ASSIGN_OR_RETURN(changed.effective_time, EffectiveTime(db, message, before, latest_order));
  return absl::OkStatus();
}

// Whether only the time of a plan is to be another one.
bool MovesPlan(Snapshot& db, const v1::EarningRule& message, const RuleRevision& latest,
               std::optional<absl::Time> latest_order) {
  if (!message.has_effective_time() || !latest_order) return false;
  const auto wanted = rpc::FromTimestamp(message.effective_time(), "effective_time");
  return IsPlan(latest, *latest_order, db.now()) &&
         !(wanted.ok() && *wanted == latest.effective_time);
}

}  // namespace

absl::StatusOr<v1::EarningRule> GetEarningRule(Snapshot& db,
                                               const v1::GetEarningRuleRequest& request) {
  ABSL_RETURN_IF_ERROR(CheckName(request.name(), "name"));
  ABSL_ASSIGN_OR_RETURN(const RuleRevision latest, programmes::LatestRule(db));
  return WriteRule(latest);
}

absl::StatusOr<v1::ListEarningRuleRevisionsResponse> ListEarningRuleRevisions(
    Snapshot& db, const v1::ListEarningRuleRevisionsRequest& request) {
  ABSL_RETURN_IF_ERROR(CheckName(request.name(), "name"));
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  ABSL_ASSIGN_OR_RETURN(const int64_t before, rpc::PositionOf(page));
  ABSL_ASSIGN_OR_RETURN(const auto revisions, programmes::ListRules(db, before, page.size + 1));
  v1::ListEarningRuleRevisionsResponse response;
  for (const RuleRevision& revision : revisions) {
    if (response.earning_rules_size() == page.size) {
      const int64_t last = response.earning_rules(static_cast<int>(page.size) - 1).revision();
      response.set_next_page_token(rpc::NextPageToken(request, db.now(), {absl::StrCat(last)}));
      break;
    }
    *response.add_earning_rules() = WriteRule(revision);
  }
  return response;
}

absl::StatusOr<v1::EarningRule> UpdateEarningRule(Transaction& tx,
                                                  const v1::UpdateEarningRuleRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  const v1::EarningRule& message = request.earning_rule();
  ABSL_RETURN_IF_ERROR(CheckName(message.name(), "earning_rule.name"));
  ABSL_ASSIGN_OR_RETURN(const RuleRevision before, programmes::LatestRule(tx));
  ABSL_RETURN_IF_ERROR(CheckEtag(message.etag(), EtagOf(before)));
  ABSL_ASSIGN_OR_RETURN(const Mask mask, ReadMask(request));
  v1::EarningRule named = message;
  for (size_t i = 0; i < kFields; ++i) {
    if (!mask[i]) ClearField(named, kTable[i].path);
  }
  const absl::StatusOr<EarningRule> read = ReadRule(named);
  if (!read.ok()) return PrefixFields(read.status(), "earning_rule.");
  RuleRevision after = before;
  for (size_t i = 0; i < kFields; ++i) {
    if (mask[i]) kTable[i].copy(*read, after.rule);
  }
  const absl::Status checked = CheckEarningRule(after.rule);
  if (!checked.ok()) return PrefixFields(checked, "earning_rule.");
  ABSL_ASSIGN_OR_RETURN(const auto latest_order, receipts::LatestOrderTime(tx));
  if (after.rule == before.rule && !MovesPlan(tx, message, before, latest_order)) {
    return WriteRule(before);
  }
  if (latest_order) ABSL_RETURN_IF_ERROR(Place(tx, message, before, *latest_order, after));
  after.update_time = tx.now();
  ABSL_RETURN_IF_ERROR(programmes::PutRule(tx, after));
  v1::EarningRuleUpdated event;
  event.set_earning_rule(kRuleName);
  event.set_revision(after.revision);
  tx.Publish(PackEvent(kRuleName, /*realm=*/"", event));
  return WriteRule(after);
}

}  // namespace regulars::loyalty
