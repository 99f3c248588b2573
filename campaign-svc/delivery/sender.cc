#include "campaign-svc/delivery/sender.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

#include "campaign-svc/delivery/compose.h"
#include "campaign-svc/delivery/outcomes.h"
#include "campaign-svc/store/campaigns.h"
#include "campaign-svc/store/messages.h"
#include "campaign-svc/store/settings.h"
#include "campaign-svc/store/suppressions.h"
#include "campaign-svc/store/templates.h"
#include "chassis/base/check.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/observe/log.h"

namespace regulars::campaign {
namespace {

// Messages that one change claims: the people of one batch are asked about together.
constexpr int64_t kBatch = 100;
// Longer than a batch's asking, and the mails of its slowest thread one after the other.
constexpr absl::Duration kLease = absl::Hours(1);
// What is known of a person is asked again when it is older than this at the hand-over.
constexpr absl::Duration kFresh = absl::Seconds(60);
constexpr absl::Duration kAskAgain = absl::Seconds(30);
// One mail on its way, and one whose outcome is being written.
constexpr int kPlacesPerThread = 2;
constexpr int64_t kMaxRunning = 1000;
constexpr int64_t kMaxRecovered = 500;
// At a slow pace fewer are claimed, so that no lease runs out while they wait.
constexpr int64_t kSecondsClaimed = 10;

bool IsSingle(const Message& message) { return message.origin != MessageOrigin::kCampaign; }

void Final(Message& message, MessageState state, absl::string_view reason) {
  message.state = state;
  message.reason = std::string(reason);
}

}  // namespace

// Messages of one template that were claimed together, and what all of them need. The first job
// asks, the others wait for it.
struct Sender::Batch {
  int64_t template_key = 0;
  int64_t template_number = 0;
  int64_t holder = 0;
  // Test messages are rendered for people who need not have consented to anything.
  bool test = false;
  std::vector<std::string> customers;

  std::once_flag prepared;
  absl::Status status;
  Settings settings;
  std::optional<Template> row;
  std::shared_ptr<const CompiledTemplate> compiled;
  std::map<std::string, Person> people;
  absl::Time asked_time;
};

std::shared_ptr<Sender::Batch> Sender::NewBatch(const Message& message, int64_t holder) {
  auto batch = std::make_shared<Batch>();
  batch->template_key = message.template_key;
  batch->template_number = message.template_number;
  batch->test = message.origin == MessageOrigin::kTest;
  batch->holder = holder;
  return batch;
}

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
      campaign_window_(options_.campaign_threads * kPlacesPerThread),
      single_window_(options_.single_threads * kPlacesPerThread) {}

void Sender::AddTo(EffectPool& pool) {
  pool.Add(MakeKind(SendLane::kSingle));
  pool.Add(MakeKind(SendLane::kCampaign));
}

EffectKind<Sender::Job> Sender::MakeKind(SendLane lane) {
  const bool single = lane == SendLane::kSingle;
  EffectKind<Job> kind;
  kind.name = single ? kSingleEffect : kCampaignEffect;
  kind.threads = single ? options_.single_threads : options_.campaign_threads;
  kind.batch = kBatch;
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

// Takes up what another run of the process, or a thread that failed, has left.
absl::Status Sender::Recover(Transaction& tx, const EffectClaim& claim) {
  ABSL_ASSIGN_OR_RETURN(std::vector<Message> abandoned,
                        messages::Abandoned(tx, claim.holder, kMaxRecovered));
  if (abandoned.empty()) return absl::OkStatus();
  Outcomes outcomes(tx);
  for (Message& message : abandoned) {
    const bool handed_over = message.state == MessageState::kSending;
    const auto policy = IsSingle(message) ? options_.single_in_flight : options_.campaign_in_flight;
    if (handed_over &&
        (policy == SenderOptions::InFlight::kGiveUp || message.attempts + 1 >= kMaxAttempts)) {
      ++message.attempts;
      Final(message, MessageState::kUnknown, "");
    } else {
      if (handed_over) ++message.attempts;
      message.state = MessageState::kPending;
      message.due_time = tx.now();
    }
    ABSL_RETURN_IF_ERROR(outcomes.Write(message));
  }
  return outcomes.Finish();
}

absl::StatusOr<std::vector<Sender::Job>> Sender::Claim(Transaction& tx, SendLane lane,
                                                       const EffectClaim& claim) {
  ABSL_RETURN_IF_ERROR(Recover(tx, claim));
  std::vector<Job> jobs;
  if (options_.smtp.host.empty() || tx.now() < pace_.held_until()) return jobs;
  ABSL_ASSIGN_OR_RETURN(const Settings settings, settings::Load(tx));
  int64_t limit = std::min(claim.limit, kBatch);
  if (settings.max_per_second > 0) {
    limit = std::min(limit, settings.max_per_second * kSecondsClaimed);
  }
  std::vector<int64_t> sources = {0};
  if (lane == SendLane::kCampaign) {
    ABSL_ASSIGN_OR_RETURN(sources, campaigns::InState(tx, CampaignState::kRunning, kMaxRunning));
    // Another one comes first each time, so that a large campaign does not hold up the others.
    if (!sources.empty()) {
      std::rotate(sources.begin(),
                  sources.begin() + static_cast<int64_t>(tx.Random() % sources.size()),
                  sources.end());
    }
  }
  std::map<std::tuple<int64_t, int64_t, bool>, std::shared_ptr<Batch>> batches;
  for (const int64_t source : sources) {
    const int64_t left = limit - static_cast<int64_t>(jobs.size());
    if (left <= 0) break;
    ABSL_ASSIGN_OR_RETURN(std::vector<Message> messages,
                          messages::Claim(tx, source, left, claim.holder, claim.lease_until));
    for (Message& message : messages) {
      const bool test = message.origin == MessageOrigin::kTest;
      auto& batch = batches[{message.template_key, message.template_number, test}];
      if (batch == nullptr) batch = NewBatch(message, claim.holder);
      if (!message.customer.empty()) batch->customers.push_back(message.customer);
      jobs.push_back({.message = std::move(message), .batch = batch});
    }
  }
  return jobs;
}

absl::StatusOr<std::optional<absl::Time>> Sender::NextDue(Snapshot& db, SendLane lane) const {
  std::optional<absl::Time> next;
  if (options_.smtp.host.empty()) return next;
  std::vector<int64_t> sources = {0};
  if (lane == SendLane::kCampaign) {
    ABSL_ASSIGN_OR_RETURN(sources, campaigns::InState(db, CampaignState::kRunning, kMaxRunning));
  }
  for (const int64_t source : sources) {
    ABSL_ASSIGN_OR_RETURN(const auto due, messages::NextDue(db, source));
    if (due && (!next || *due < *next)) next = due;
  }
  if (next) next = std::max(*next, pace_.held_until());
  return next;
}

absl::Status Sender::PrepareBatch(Batch& batch) const {
  ABSL_RETURN_IF_ERROR(store_.readers().Run(Origin(), [&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(batch.settings, settings::Load(db));
    ABSL_ASSIGN_OR_RETURN(batch.row, templates::FindByKey(db, batch.template_key));
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
  if (FindPerson(job) && Compose(job, wire, to) && MarkSending(job)) HandOver(job, to, wire);
}

bool Sender::FindPerson(Job& job) {
  std::call_once(job.batch->prepared, [&] { job.batch->status = PrepareBatch(*job.batch); });
  const absl::Time now = store_.clock().Now();
  if (job.batch->status.ok() && now - job.batch->asked_time > kFresh) {
    // It waited long for its turn: what was allowed then may not be now.
    auto fresh = NewBatch(job.message, job.batch->holder);
    if (!job.message.customer.empty()) fresh->customers.push_back(job.message.customer);
    fresh->status = PrepareBatch(*fresh);
    std::call_once(fresh->prepared, [] {});
    job.batch = std::move(fresh);
  }
  Message& message = job.message;
  if (const absl::Status& status = job.batch->status; !status.ok()) {
    if (absl::IsNotFound(status) || absl::IsInvalidArgument(status)) {
      Final(message, MessageState::kFailed, "RENDERING_FAILED");
      return false;
    }
    LogWarning("messages wait: their people cannot be asked about", {{"error", status.ToString()}});
    message.state = MessageState::kPending;
    message.reason = "CUSTOMERS_UNAVAILABLE";
    job.retry_after = kAskAgain;
    if (!message.first_time) message.first_time = now;
    if (now - *message.first_time > kMaxWait) message.state = MessageState::kFailed;
    return false;
  }
  if (message.customer.empty()) {
    if (message.origin == MessageOrigin::kTest) return true;
    Final(message, MessageState::kSkipped, "CUSTOMER_GONE");
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

// Waits for the pace, then writes down that the message goes out now; unless something has closed
// its way meanwhile.
bool Sender::MarkSending(Job& job) {
  Message& message = job.message;
  message.state = MessageState::kPending;
  job.retry_after = absl::ZeroDuration();
  const SendLane lane = IsSingle(message) ? SendLane::kSingle : SendLane::kCampaign;
  if (!pace_.Acquire(lane, job.batch->settings.max_per_second)) return false;
  job.place = (IsSingle(message) ? single_window_ : campaign_window_).Enter();
  if (job.place == nullptr || store_.clock().Now() < pace_.held_until()) return false;
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
  if (!status.ok() || !marked) job.place.reset();
  return status.ok() && marked;
}

void Sender::HandOver(Job& job, const Mailbox& to, const std::string& wire) {
  const auto from = ParseMailbox(job.batch->settings.from_address);
  CHECK(from.ok());  // Checked when it was saved, and that it is there when the message was made.
  Conclude(job, smtp_.Send(from->address(), to.address(), wire));
}

void Sender::Conclude(Job& job, const SmtpResult& result) {
  Message& message = job.message;
  message.smtp_code = result.code;
  const absl::Time now = store_.clock().Now();
  if (!message.first_time) message.first_time = now;
  const Verdict verdict = Judge(result);
  if (verdict == Verdict::kUnreachable) {
    // Not the message's fault: its attempt does not count, but its patience does.
    job.retry_after = pace_.Hold() - now;
    message.reason = "SMTP_UNREACHABLE";
    message.state = MessageState::kPending;
    if (now - *message.first_time > kMaxWait) Final(message, MessageState::kFailed, "EXPIRED");
    return;
  }
  pace_.Reached();
  ++message.attempts;
  const bool last = message.attempts >= kMaxAttempts;
  switch (verdict) {
    case Verdict::kSent:
      return Final(message, MessageState::kSent, "");
    case Verdict::kBounced:
      return Final(message, MessageState::kBounced, "ADDRESS_REJECTED");
    case Verdict::kRejected:
      return Final(message, MessageState::kFailed, "SMTP_REJECTED");
    case Verdict::kUnknown: {
      const auto policy =
          IsSingle(message) ? options_.single_in_flight : options_.campaign_in_flight;
      if (policy == SenderOptions::InFlight::kGiveUp || last) {
        return Final(message, MessageState::kUnknown, "");
      }
      break;
    }
    case Verdict::kTemporary:
    case Verdict::kUnreachable:
      if (last) return Final(message, MessageState::kFailed, "SMTP_TEMPORARY");
      break;
  }
  message.state = MessageState::kPending;
  message.reason = "SMTP_TEMPORARY";
  job.retry_after = RetryDelay(message.attempts, static_cast<uint64_t>(message.key));
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
    if (row->customer != job.message.customer) message.variables.clear();
    message.due_time = tx.now() + job.retry_after;
    ABSL_RETURN_IF_ERROR(outcomes.Write(message, job.address_hash));
  }
  return outcomes.Finish();
}

}  // namespace regulars::campaign
