// Sender: taking messages from the store, and writing back what came of them.
#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "campaign-svc/delivery/outcomes.h"
#include "campaign-svc/delivery/sender.h"
#include "campaign-svc/delivery/sender_batch.h"
#include "campaign-svc/store/campaigns.h"
#include "campaign-svc/store/messages.h"
#include "chassis/base/status_macros.h"

namespace regulars::campaign {
namespace {

constexpr int64_t kMaxRecovered = 500;
// How often a message that was claimed when a process ended is due again at once.
constexpr int64_t kAtOnceAgain = 5;

std::optional<absl::Time> Earlier(std::optional<absl::Time> a, std::optional<absl::Time> b) {
  return !a || (b && *b < *a) ? b : a;
}

messages::Of MessagesOf(SendLane lane) {
  return lane == SendLane::kSingle ? messages::Of::kSingles : messages::Of::kCampaigns;
}

}  // namespace

std::shared_ptr<Sender::Batch> Sender::NewBatch(const Message& message, int64_t holder) {
  auto batch = std::make_shared<Batch>();
  batch->template_key = message.template_key;
  batch->template_number = message.template_number;
  batch->test = message.origin == MessageOrigin::kTest;
  batch->holder = holder;
  return batch;
}

// Takes up what another run of the process, or a thread that failed, has left.
absl::Status Sender::Recover(Transaction& tx, SendLane lane, const EffectClaim& claim) {
  ABSL_ASSIGN_OR_RETURN(std::vector<Message> abandoned,
                        messages::Abandoned(tx, MessagesOf(lane), claim.holder, kMaxRecovered));
  if (abandoned.empty()) return absl::OkStatus();
  Outcomes outcomes(tx);
  for (Message& message : abandoned) {
    const bool handed_over = message.state == MessageState::kSending;
    const auto policy = IsSingle(message) ? options_.single_in_flight : options_.campaign_in_flight;
    // A message that ends the process, by the memory that it takes, must not do so for ever.
    ++message.attempts;
    if (handed_over) ++message.doubts;
    if (handed_over && GivesUp(message, policy)) {
      Final(message, MessageState::kUnknown, "");
    } else if (message.attempts >= kMaxAttempts) {
      Final(message, MessageState::kFailed, "INTERRUPTED");
    } else {
      message.state = MessageState::kPending;
      message.due_time = tx.now();
      // Those that were claimed with it are sent meanwhile, and are not given up for it.
      const int64_t interruptions = message.attempts - message.refusals;
      if (interruptions > kAtOnceAgain) {
        message.due_time +=
            RetryDelay(interruptions - kAtOnceAgain, static_cast<uint64_t>(message.key));
      }
    }
    ABSL_RETURN_IF_ERROR(outcomes.Write(message));
  }
  return outcomes.Finish();
}

absl::Status Sender::Release() {
  for (int64_t released = kMaxRecovered; released == kMaxRecovered;) {
    ABSL_RETURN_IF_ERROR(
        store_.writer().Write(Lane::kTasks, Origin(), [&](Transaction& tx) -> absl::Status {
          ABSL_ASSIGN_OR_RETURN(std::vector<Message> claimed, messages::Claimed(tx, kMaxRecovered));
          released = static_cast<int64_t>(claimed.size());
          Outcomes outcomes(tx);
          for (Message& message : claimed) {
            message.state = MessageState::kPending;
            ABSL_RETURN_IF_ERROR(outcomes.Write(message));
          }
          return outcomes.Finish();
        }));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Sender::Job>> Sender::Claim(Transaction& tx, SendLane lane,
                                                       const EffectClaim& claim) {
  ABSL_RETURN_IF_ERROR(Recover(tx, lane, claim));
  std::vector<Job> jobs;
  if (options_.smtp.host.empty() || pace_.server().Holds() || NeedsOf(lane).Holds()) {
    return jobs;
  }
  const int64_t limit = std::min(claim.limit, kMessagesAtOnce);
  std::vector<campaigns::Running> sources = {{0, absl::InfinitePast()}};
  if (lane == SendLane::kCampaign) {
    ABSL_ASSIGN_OR_RETURN(sources, campaigns::WithDue(tx, tx.now(), kMaxRunningCampaigns));
    // Another one comes first each time, so that a large campaign does not hold up the others.
    if (!sources.empty()) {
      std::rotate(sources.begin(),
                  sources.begin() + static_cast<int64_t>(tx.Random() % sources.size()),
                  sources.end());
    }
  }
  std::map<std::tuple<int64_t, int64_t, bool>, std::shared_ptr<Batch>> batches;
  for (const auto& [source, since] : sources) {
    const int64_t left = limit - static_cast<int64_t>(jobs.size());
    if (left <= 0) break;
    ABSL_ASSIGN_OR_RETURN(std::vector<Message> messages,
                          messages::Claim(tx, source, left, claim.holder, claim.lease_until));
    for (Message& message : messages) {
      // A pause is no time in which it could not be tried.
      if (message.first_time && *message.first_time < since) message.first_time.reset();
      const bool test = message.origin == MessageOrigin::kTest;
      auto& batch = batches[{message.template_key, message.template_number, test}];
      if (batch == nullptr) batch = NewBatch(message, claim.holder);
      if (!message.customer.empty()) batch->customers.push_back(message.customer);
      jobs.push_back({.message = std::move(message), .batch = batch});
    }
  }
  return jobs;
}

absl::StatusOr<std::optional<absl::Time>> Sender::NextDue(Snapshot& db, SendLane lane) {
  // What is claimed may be lost: its thread failed, or the clock jumped behind its lease.
  ABSL_ASSIGN_OR_RETURN(const auto lease_end, messages::NextLeaseEnd(db, MessagesOf(lane)));
  if (options_.smtp.host.empty()) return lease_end;
  std::optional<absl::Time> next;
  if (lane == SendLane::kSingle) {
    ABSL_ASSIGN_OR_RETURN(next, messages::NextDueSingle(db));
  } else {
    ABSL_ASSIGN_OR_RETURN(next, campaigns::NextDue(db));
  }
  if (!next && !lease_end) ABSL_RETURN_IF_ERROR(ForgetTrouble(db));
  if (next) next = std::max({*next, pace_.server().until(), NeedsOf(lane).until()});
  return Earlier(next, lease_end);
}

absl::Status Sender::ForgetTrouble(Snapshot& db) {
  if (report_->Trouble().empty() || pace_.server().Holds()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const auto single, messages::NextDueSingle(db));
  ABSL_ASSIGN_OR_RETURN(const auto campaign, campaigns::NextDue(db));
  if (single || campaign) return absl::OkStatus();
  for (const auto of : {messages::Of::kSingles, messages::Of::kCampaigns}) {
    ABSL_ASSIGN_OR_RETURN(const auto under_way, messages::NextLeaseEnd(db, of));
    if (under_way) return absl::OkStatus();
  }
  report_->NothingWaits();
  return absl::OkStatus();
}

absl::Status Sender::Record(Transaction& tx, std::vector<Job>& jobs) {
  Outcomes outcomes(tx);
  for (Job& job : jobs) {
    job.place.reset();
    // Erased while it was on its way: what is written back must not bring its person back.
    ABSL_ASSIGN_OR_RETURN(const auto row, messages::Find(tx, job.message.id));
    // Recorded already, by a change whose end nobody saw.
    if (!row || (row->state != MessageState::kClaimed && row->state != MessageState::kSending)) {
      continue;
    }
    Message message = job.message;
    message.customer = row->customer;
    if (row->customer != job.message.customer) {
      message.variables.clear();
      message.address.clear();
    }
    message.due_time = tx.now() + job.retry_after;
    ABSL_RETURN_IF_ERROR(outcomes.Write(message, job.address_hash));
  }
  return outcomes.Finish();
}

}  // namespace regulars::campaign
