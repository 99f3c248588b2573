#include "campaign-svc/delivery/sender.h"

#include <mutex>
#include <utility>

#include "campaign-svc/delivery/compose.h"
#include "campaign-svc/delivery/sender_batch.h"
#include "campaign-svc/store/messages.h"
#include "campaign-svc/store/settings.h"
#include "campaign-svc/store/suppressions.h"
#include "campaign-svc/store/templates.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/observe/log.h"

namespace regulars::campaign {
namespace {

// Longer than a batch's asking, and its mails one after the other where the server answers: where
// it does not, no more are claimed once this has passed.
constexpr absl::Duration kLease = absl::Hours(1);
// What is known of a person is asked again when it is older than this at the hand-over.
constexpr absl::Duration kFresh = absl::Seconds(60);
constexpr absl::Duration kAskAgain = absl::Seconds(30);
// One mail on its way, and one whose outcome is being written.
constexpr int kPlacesPerConnection = 2;

// Who writes. It was there when the message was written down, and may have been taken away since:
// then the message waits for it.
absl::StatusOr<Mailbox> SenderOf(const Settings& settings) {
  const auto from = ParseMailbox(settings.from_address);
  if (settings.complete() && from.ok()) return *from;
  return Unavailable("SENDER_MISSING", "the settings lack public_url or email.from_address",
                     kAskAgain);
}

}  // namespace

Sender::Sender(Store& store, Upstreams upstreams, TemplateCache& cache, const LinkSigner& signer,
               std::string hash_secret, SenderOptions options)
    : store_(store),
      people_(upstreams),
      cache_(cache),
      signer_(signer),
      hash_secret_(std::move(hash_secret)),
      options_(std::move(options)),
      smtp_(options_.smtp),
      pace_(store.clock()),
      campaign_needs_(store.clock(), kAskAgain, kAskAgain),
      single_needs_(store.clock(), kAskAgain, kAskAgain),
      campaign_window_(options_.connections * kPlacesPerConnection),
      single_window_(options_.connections * kPlacesPerConnection) {}

void Sender::AddTo(EffectPool& pool) {
  pool.Add(MakeKind(SendLane::kSingle));
  pool.Add(MakeKind(SendLane::kCampaign));
}

EffectKind<Sender::Job> Sender::MakeKind(SendLane lane) {
  const bool single = lane == SendLane::kSingle;
  EffectKind<Job> kind;
  kind.name = single ? kSingleEffect : kCampaignEffect;
  kind.threads = options_.connections;
  kind.batch = kMessagesAtOnce;
  kind.lease = kLease;
  kind.lane = single ? Lane::kFollowing : Lane::kTasks;
  kind.claim = [this, lane](Transaction& tx, const EffectClaim& claim) {
    return Claim(tx, lane, claim);
  };
  kind.perform = [this](Job& job) { Perform(job); };
  kind.record = [this](Transaction& tx, std::vector<Job>& jobs) { return Record(tx, jobs); };
  kind.next_due = [this, lane](Snapshot& db) { return NextDue(db, lane); };
  return kind;
}

absl::Status Sender::PrepareBatch(Batch& batch) const {
  ABSL_RETURN_IF_ERROR(store_.readers().Run(Origin(), [&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(batch.settings, settings::Load(db));
    ABSL_ASSIGN_OR_RETURN(batch.from, SenderOf(batch.settings));
    ABSL_ASSIGN_OR_RETURN(
        batch.row, templates::FindWithVersion(db, batch.template_key, batch.template_number));
    if (!batch.row) return NotFound("TEMPLATE_NOT_FOUND", "the template is gone");
    ABSL_ASSIGN_OR_RETURN(batch.compiled,
                          cache_.Get(db, batch.template_key, batch.template_number));
    return absl::OkStatus();
  }));
  batch.asked_time = store_.clock().Now();
  const Question question{batch.test ? Purpose::kTransactional : batch.row->purpose,
                          batch.row->topic, batch.compiled->use()};
  ABSL_ASSIGN_OR_RETURN(Answer answer, people_.Ask(Origin(), question, batch.customers));
  for (Person& person : answer.people) {
    std::string id = person.customer;
    batch.people[std::move(id)] = std::move(person);
  }
  return absl::OkStatus();
}

void Sender::Perform(Job& job) {
  std::string wire;
  Mailbox to;
  // Who is not written to takes no slot; and what was known before the wait may be old after it.
  if (FindPerson(job) && AwaitTurn(job) && FindPerson(job) && Compose(job, wire, to) &&
      MarkSending(job)) {
    HandOver(job, to, wire);
  }
}

void Sender::PrepareFor(Job& job) {
  Hold& needs = NeedsOf(LaneOf(job.message));
  const auto prepare = [&](Batch& batch) {
    std::call_once(batch.prepared, [&] {
      batch.status = PrepareBatch(batch);
      const bool holds = absl::IsUnavailable(batch.status);
      // Where nothing is claimed until it is over, this is said once for all who wait.
      if (absl::IsFailedPrecondition(batch.status) || (holds && !needs.Holds())) {
        LogWarning("messages wait: what they need is not there",
                   {{"error", batch.status.ToString()}});
      }
      if (!holds) return needs.End();
      needs.Begin();
    });
  };
  prepare(*job.batch);
  if (!job.batch->status.ok() || store_.clock().Now() - job.batch->asked_time <= kFresh) return;
  // It waited long for its turn: what was allowed then may not be now.
  auto fresh = NewBatch(job.message, job.batch->holder);
  if (!job.message.customer.empty()) fresh->customers.push_back(job.message.customer);
  prepare(*fresh);
  job.batch = std::move(fresh);
}

bool Sender::FindPerson(Job& job) {
  PrepareFor(job);
  const absl::Time now = store_.clock().Now();
  Message& message = job.message;
  if (const absl::Status& status = job.batch->status; !status.ok()) {
    if (absl::IsNotFound(status) || absl::IsInvalidArgument(status)) {
      Final(message, MessageState::kFailed, "RENDERING_FAILED");
      return false;
    }
    message.state = MessageState::kPending;
    const std::string reason = GetErrorDetails(status).reason;
    message.reason = reason == "SENDER_MISSING" ? reason : "CUSTOMERS_UNAVAILABLE";
    job.retry_after = kAskAgain;
    if (!message.first_time) message.first_time = now;
    if (now - *message.first_time > kMaxWait) message.state = MessageState::kFailed;
    return false;
  }
  if (message.customer.empty()) {
    if (message.origin == MessageOrigin::kTest) return true;
    Final(message, MessageState::kSkipped, kCustomerGone);
    return false;
  }
  const Person& person = job.batch->people.at(message.customer);
  if (message.origin == MessageOrigin::kTest || person.allowed) return true;
  Final(message, MessageState::kSkipped, person.reason);
  return false;
}

bool Sender::Compose(Job& job, std::string& wire, Mailbox& to) {
  Message& message = job.message;
  const Batch& batch = *job.batch;
  const Person nobody;
  const auto found = batch.people.find(message.customer);
  const Person& person = found == batch.people.end() ? nobody : found->second;
  const bool test = message.origin == MessageOrigin::kTest;
  const auto mailbox = ParseMailbox(test ? message.address : person.address);
  if (!mailbox.ok()) {
    Final(message, MessageState::kSkipped, "NO_ADDRESS");
    return false;
  }
  to = *mailbox;
  job.address_hash = AddressHash(hash_secret_, to.folded());
  const auto mail = ComposeMail(*batch.compiled, batch.settings, signer_,
                                {.message = message.id,
                                 .purpose = batch.row->purpose,
                                 .topic = batch.row->topic,
                                 .person = &person,
                                 .to = to,
                                 .variables = message.variables,
                                 .date = store_.clock().Now()});
  if (!mail.ok()) {
    LogWarning("a message cannot be rendered",
               {{"message", message.id}, {"error", mail.status().ToString()}});
    Final(message, MessageState::kFailed, "RENDERING_FAILED");
    return false;
  }
  wire = *mail;
  return true;
}

// Waits for the pace.
bool Sender::AwaitTurn(Job& job) {
  Message& message = job.message;
  message.state = MessageState::kPending;
  job.retry_after = absl::ZeroDuration();
  if (!pace_.Acquire(LaneOf(message), job.batch->settings.max_per_second)) return false;
  job.place = (IsSingle(message) ? single_window_ : campaign_window_).Enter();
  return job.place != nullptr && !pace_.server().Holds();
}

// Writes down that the message goes out now; unless something has closed its way meanwhile.
bool Sender::MarkSending(Job& job) {
  Message& message = job.message;
  std::optional<SuppressionCause> closed;
  bool marked = false;
  const absl::Status status = store_.writer().Write(
      IsSingle(message) ? Lane::kInteractive : Lane::kTasks, Origin(),
      [&](Transaction& tx) -> absl::Status {
        const std::string topic = job.batch->row->topic;
        if (message.origin != MessageOrigin::kTest) {
          ABSL_ASSIGN_OR_RETURN(
              closed, suppressions::Closed(tx, message.customer, job.address_hash, topic));
        }
        if (closed) return absl::OkStatus();
        ABSL_ASSIGN_OR_RETURN(marked, messages::MarkSending(tx, message, job.batch->holder));
        return absl::OkStatus();
      });
  if (closed && status.ok()) {
    Final(message, MessageState::kSkipped,
          *closed == SuppressionCause::kUnsubscribe ? "UNSUBSCRIBED" : "SUPPRESSED");
  }
  return status.ok() && marked;
}

void Sender::HandOver(Job& job, const Mailbox& to, const std::string& wire) {
  Conclude(job, smtp_.Send(job.batch->from.address(), to.address(), wire));
}

void Sender::WaitForServer(Job& job, const SmtpResult& result) {
  Message& message = job.message;
  message.state = MessageState::kPending;
  // The end of the process broke it off, before anything of the mail was said.
  if (stopping_) return;
  report_->Count(LaneOf(message), Verdict::kUnreachable);
  const absl::Time now = store_.clock().Now();
  bool began = false;
  job.retry_after = pace_.server().Begin(&began) - now;
  if (began) report_->Held(result, job.retry_after);
  message.smtp_code = result.code;
  // Not the message's fault: its attempt does not count, but its patience does.
  if (!message.first_time) message.first_time = now;
  message.reason = "SMTP_UNREACHABLE";
  if (now - *message.first_time > kMaxWait) Final(message, MessageState::kFailed, "EXPIRED");
}

void Sender::Conclude(Job& job, const SmtpResult& result) {
  Message& message = job.message;
  const Verdict verdict = Judge(result);
  if (verdict == Verdict::kUnreachable) return WaitForServer(job, result);
  report_->Count(LaneOf(message), verdict);
  pace_.server().End();
  report_->Works();
  message.smtp_code = result.code;
  message.first_time.reset();
  ++message.attempts;
  const bool last = message.attempts >= kMaxAttempts;
  switch (verdict) {
    case Verdict::kSent:
      return Final(message, MessageState::kSent, "");
    case Verdict::kBounced:
      return Final(message, MessageState::kBounced, "ADDRESS_REJECTED");
    case Verdict::kRejected:
      return Final(message, MessageState::kFailed,
                   result.lacks_utf8 ? "ADDRESS_UNSUPPORTED" : "SMTP_REJECTED");
    case Verdict::kUnknown: {
      const auto policy =
          IsSingle(message) ? options_.single_in_flight : options_.campaign_in_flight;
      ++message.doubts;
      if (GivesUp(message, policy)) return Final(message, MessageState::kUnknown, "");
      break;
    }
    case Verdict::kTemporary:
    case Verdict::kUnreachable:
      if (last) return Final(message, MessageState::kFailed, "SMTP_TEMPORARY");
      break;
  }
  message.state = MessageState::kPending;
  message.reason = "SMTP_TEMPORARY";
  job.retry_after = RetryDelay(++message.refusals, static_cast<uint64_t>(message.key));
}

}  // namespace regulars::campaign
