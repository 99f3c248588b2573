#include "loyalty-svc/rpc/receipt_changes.h"

#include <algorithm>
#include <any>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "loyalty-svc/rpc/member_changes.h"
#include "loyalty-svc/store/members.h"
#include "loyalty-svc/store/programmes.h"

namespace regulars::loyalty {
namespace {

// What should stand for a receipt with this member.
absl::StatusOr<int64_t> Wanted(Snapshot& db, const Receipt& receipt, const Member& member) {
  if (!member.Counts(receipt.order_time)) return 0;
  ABSL_ASSIGN_OR_RETURN(const auto returned, receipts::ReturnedOf(db, receipt.order_id));
  return receipt.earned - PointsTakenBack(receipt.earned, receipt.counted, returned) -
         receipt.unlinked;
}

PostingKind KindOf(const Receipt& receipt, int64_t cause, int64_t points, bool is_first) {
  if (receipt.is_cancelled) return PostingKind::kCancellation;
  if (cause != receipt.key) return points < 0 ? PostingKind::kReturn : PostingKind::kCorrection;
  if (!is_first) return PostingKind::kCorrection;
  return points < 0 ? PostingKind::kReturn : PostingKind::kEarn;
}

absl::Status PostFor(Transaction& tx, const Programme& programme, Member& member,
                     const Receipt& receipt, int64_t cause, PostingKind kind, int64_t points) {
  if (points == 0) return absl::OkStatus();
  Posting posting{
      .kind = kind, .points = points, .qualifying = points, .receipt = receipt.key, .cause = cause};
  return Post(tx, programme, member, std::move(posting), receipt.order_id).status();
}

// Takes back what stands with a member whose order it is no more. With a closed member it stays:
// nothing moves there.
absl::Status LeaveMember(Transaction& tx, const Programme& programme, Receipt& receipt,
                         int64_t cause) {
  ABSL_ASSIGN_OR_RETURN(auto member, members::FindByKey(tx, *receipt.standing_member));
  if (member && member->is_active()) {
    const PostingKind kind =
        receipt.is_cancelled ? PostingKind::kCancellation : PostingKind::kCorrection;
    ABSL_RETURN_IF_ERROR(PostFor(tx, programme, *member, receipt, cause, kind, -receipt.standing));
  }
  receipt.standing = 0;
  receipt.standing_member.reset();
  return receipts::SaveStanding(tx, receipt);
}

// Posts the difference between what should stand for a receipt and what stands. `cause` is the
// receipt that was told of.
absl::Status Reconcile(Transaction& tx, const Programme& programme, Receipt receipt,
                       int64_t cause) {
  std::optional<Member> member;
  if (receipt.holder) {
    ABSL_ASSIGN_OR_RETURN(member, members::FindByKey(tx, *receipt.holder));
  }
  const bool is_first = !receipt.standing_member.has_value();
  if (!is_first && (!member || *receipt.standing_member != member->key)) {
    ABSL_RETURN_IF_ERROR(LeaveMember(tx, programme, receipt, cause));
  }
  if (!member || !member->is_active()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const int64_t wanted, Wanted(tx, receipt, *member));
  const int64_t points = wanted - receipt.standing;
  if (points == 0) return absl::OkStatus();
  const PostingKind kind = KindOf(receipt, cause, points, !receipt.standing_member.has_value());
  ABSL_RETURN_IF_ERROR(PostFor(tx, programme, *member, receipt, cause, kind, points));
  receipt.standing = wanted;
  receipt.standing_member = member->key;
  return receipts::SaveStanding(tx, receipt);
}

// What a receipt says now, beside what stands for it.
void TakeIn(const OrderFacts& order, const Assessment& assessment, std::optional<int64_t> holder,
            const Seen& seen, Receipt& receipt) {
  receipt.order_id = order.order_id;
  receipt.source = order.source;
  receipt.number = order.receipt_number;
  receipt.holder = holder;
  receipt.order_time = order.order_time;
  receipt.store = order.store;
  receipt.is_cancelled = order.is_cancelled;
  receipt.has_sale = order.HasSale();
  receipt.has_links = !assessment.links.empty();
  receipt.earned = assessment.earned_points;
  receipt.unlinked = assessment.unlinked_points;
  receipt.counted = assessment.counted;
  receipt.seen = seen;
}

// Stores a receipt with the links of its returns; the orders that lost or won some go to `touched`.
absl::Status StoreReceipt(Transaction& tx, const std::vector<SoldPart>& links, bool had_links,
                          Receipt& receipt, std::set<std::string>& touched) {
  if (receipt.key == 0) {
    ABSL_RETURN_IF_ERROR(receipts::Insert(tx, receipt));
  } else {
    ABSL_RETURN_IF_ERROR(receipts::Update(tx, receipt));
  }
  if (!had_links && links.empty()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const auto before, receipts::LinkedOrders(tx, receipt.key));
  touched.insert(before.begin(), before.end());
  for (const SoldPart& link : links) touched.insert(link.order_id);
  return receipts::ReplaceLinks(tx, receipt.key, links);
}

// Makes the buyer of an order that sells something a member, if the programme wants that.
absl::Status EnrolBuyer(Transaction& tx, const Programme& programme, const OrderFacts& order,
                        const Receipt& receipt) {
  if (programme.enrolment != Enrolment::kFirstOrder || !receipt.holder) return absl::OkStatus();
  if (receipt.is_cancelled || !receipt.has_sale) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const auto known, members::FindByKey(tx, *receipt.holder));
  if (known) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(
      const Member member,
      MakeMember(tx, programme, *receipt.holder, order.customer_id, /*counted_from=*/std::nullopt));
  return CountKnownOrders(tx, programme, member, receipt.key);
}

// Reconciles the next receipts of a member, behind the one with key `after`, which it moves, and
// but for the one with key `except`; whether there may be more. What was told meanwhile of a
// receipt does no harm: then nothing is left to post.
absl::StatusOr<bool> CountSome(Transaction& tx, const Programme& programme, const Member& member,
                               int64_t except, int64_t& after) {
  ABSL_ASSIGN_OR_RETURN(const auto keys, receipts::KeysOfHolder(tx, member.key, member.counted_from,
                                                                after, kCountedAtEnrolment));
  for (const int64_t key : keys) {
    after = key;
    if (key == except) continue;
    ABSL_ASSIGN_OR_RETURN(auto receipt, receipts::FindByKey(tx, key));
    if (receipt) ABSL_RETURN_IF_ERROR(Reconcile(tx, programme, *std::move(receipt), key));
  }
  return static_cast<int64_t>(keys.size()) == kCountedAtEnrolment;
}

// A task's input is "<key of the member> <key of a receipt>", its cursor the key of a later one.
absl::StatusOr<StepEnd> CountStep(Transaction& tx, Task& task, std::any&) {
  const std::pair<std::string, std::string> input = absl::StrSplit(task.input, ' ');
  int64_t key = 0;
  int64_t after = 0;
  if (!absl::SimpleAtoi(input.first, &key) ||
      !absl::SimpleAtoi(task.cursor.empty() ? input.second : task.cursor, &after)) {
    return InvalidArgument("INPUT_UNREADABLE", "the task's input is not two keys");
  }
  ABSL_ASSIGN_OR_RETURN(const Programme programme, programmes::Load(tx));
  do {
    ABSL_ASSIGN_OR_RETURN(const auto member, members::FindByKey(tx, key));
    if (!member || !member->is_active()) return StepEnd::Done();
    ABSL_ASSIGN_OR_RETURN(const bool more, CountSome(tx, programme, *member, /*except=*/0, after));
    if (!more) return StepEnd::Done();
    task.cursor = absl::StrCat(after);
  } while (!tx.MustYield());
  return StepEnd::Again();
}

// Whether `seen` is no newer than what the receipt's state is from.
bool IsStale(const Seen& known, const Seen& seen) {
  return seen.position != 0 && seen.epoch == known.epoch && seen.position <= known.position;
}

}  // namespace

absl::Status ApplyOrder(Transaction& tx, const OrderFacts& order, const Seen& seen) {
  ABSL_ASSIGN_OR_RETURN(auto known, receipts::Find(tx, order.source, order.receipt_number));
  if (known && IsStale(known->seen, seen)) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(Programme programme, programmes::Load(tx));
  if (!order.base_currency.empty() && programme.base_currency != order.base_currency) {
    ABSL_RETURN_IF_ERROR(programmes::SaveBaseCurrency(tx, order.base_currency));
  }
  ABSL_ASSIGN_OR_RETURN(const RuleRevision revision, programmes::RuleAt(tx, order.order_time));
  const Assessment assessment = Assess(revision.rule, order);
  std::optional<int64_t> holder;
  if (!order.customer_id.empty()) {
    ABSL_ASSIGN_OR_RETURN(holder, members::FindOrAddHolder(tx, order.customer_id));
  }
  Receipt receipt = std::move(known).value_or(Receipt());
  if (receipt.key != 0 && receipt.order_id != order.order_id) {
    ABSL_RETURN_IF_ERROR(receipts::RenameOrder(tx, receipt.order_id, order.order_id));
  }
  const bool had_links = receipt.has_links;
  TakeIn(order, assessment, holder, seen, receipt);
  std::set<std::string> touched;
  ABSL_RETURN_IF_ERROR(StoreReceipt(tx, assessment.links, had_links, receipt, touched));
  ABSL_RETURN_IF_ERROR(EnrolBuyer(tx, programme, order, receipt));
  ABSL_RETURN_IF_ERROR(Reconcile(tx, programme, receipt, receipt.key));
  touched.erase(receipt.order_id);
  for (const std::string& order_id : touched) {
    ABSL_ASSIGN_OR_RETURN(auto sold, receipts::FindByOrder(tx, order_id));
    if (sold) ABSL_RETURN_IF_ERROR(Reconcile(tx, programme, *std::move(sold), receipt.key));
  }
  return absl::OkStatus();
}

absl::Status CountKnownOrders(Transaction& tx, const Programme& programme, const Member& member,
                              int64_t except) {
  int64_t after = 0;
  ABSL_ASSIGN_OR_RETURN(const bool more, CountSome(tx, programme, member, except, after));
  if (!more) return absl::OkStatus();
  return tasks::Schedule(tx, {.kind = kCountTask, .input = absl::StrCat(member.key, " ", after)})
      .status();
}

TaskKind CountTask() { return {.step = CountStep}; }

}  // namespace regulars::loyalty
