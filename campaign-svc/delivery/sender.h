// Sends messages: claims them, asks about their people, renders, hands over, records.
//
// A message's way through one process:
//   claimed    its row is leased; nothing has left. After a crash it is claimed again.
//   sending    written down (and synced) right before the mail server hears of it. After a crash
//              nobody knows whether it went out: see SenderOptions::InFlight.
//   final      sent, skipped, failed, bounced or unknown; or waiting again for a later attempt.
//
// Two kinds of effect, "mail.single" and "mail.campaign", with threads of their own, so that single
// messages never wait behind a campaign; what they share is the pace (pace.h).
//
//   Sender sender(environment, upstreams, options);
//   sender.AddTo(pool);
//
// Thread-safe.
#ifndef CAMPAIGN_SVC_DELIVERY_SENDER_H_
#define CAMPAIGN_SVC_DELIVERY_SENDER_H_

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "campaign-svc/delivery/mail_report.h"
#include "campaign-svc/delivery/pace.h"
#include "campaign-svc/delivery/people.h"
#include "campaign-svc/delivery/smtp_client.h"
#include "campaign-svc/delivery/template_cache.h"
#include "campaign-svc/delivery/window.h"
#include "campaign-svc/domain/link_token.h"
#include "campaign-svc/domain/message.h"
#include "chassis/base/mailbox.h"
#include "chassis/effects/effect_pool.h"
#include "chassis/storage/store.h"

namespace regulars::campaign {

inline constexpr char kSingleEffect[] = "mail.single";
inline constexpr char kCampaignEffect[] = "mail.campaign";

struct SenderOptions {
  // What becomes of a message that was being handed over when the process or the connection broke:
  // it may have been sent.
  enum class InFlight { kGiveUp, kSendAgain };

  SmtpOptions smtp;
  InFlight campaign_in_flight = InFlight::kGiveUp;
  InFlight single_in_flight = InFlight::kSendAgain;
  // To the mail server, of each of the two kinds.
  int connections = 8;
};

class Sender {
 public:
  // `store`, `upstreams`, `cache` and `signer` must outlive it. `hash_secret` keys address hashes.
  Sender(Store& store, Upstreams upstreams, TemplateCache& cache, const LinkSigner& signer,
         std::string hash_secret, SenderOptions options);

  // Adds both kinds; before the pool starts.
  void AddTo(EffectPool& pool);
  // What came of mails, and whether the mail server can be used.
  const std::shared_ptr<MailReport>& report() const { return report_; }
  const People& people() const { return people_; }
  // Lets threads go that wait for their turn, or for the mail server; before the pool stops.
  void Stop() {
    stopping_ = true;
    pace_.Stop();
    smtp_.Stop();
    campaign_window_.Stop();
    single_window_.Stop();
  }
  // What was claimed and not begun waits again, and has cost nobody an attempt; after the pool has
  // stopped. A process that cannot do it, or is killed, leaves it to the next one (Recover).
  absl::Status Release();

 private:
  struct Batch;
  struct Job {
    Message message;
    std::shared_ptr<Batch> batch;
    // Why it waits on, where it does.
    absl::Duration retry_after;
    std::string address_hash;
    // Its place among those on their way; null before and after.
    std::shared_ptr<void> place;
  };

  static std::shared_ptr<Batch> NewBatch(const Message& message, int64_t holder);
  EffectKind<Job> MakeKind(SendLane lane);
  absl::StatusOr<std::vector<Job>> Claim(Transaction& tx, SendLane lane, const EffectClaim& claim);
  absl::Status Recover(Transaction& tx, SendLane lane, const EffectClaim& claim);
  void Perform(Job& job);
  absl::Status Record(Transaction& tx, std::vector<Job>& jobs);
  absl::StatusOr<std::optional<absl::Time>> NextDue(Snapshot& db, SendLane lane);
  // Ends the report of a mail server that could not be used, once nobody is left to wait for it.
  absl::Status ForgetTrouble(Snapshot& db);

  // The steps of Perform(); each false when the message's way ends there.
  bool FindPerson(Job& job);
  bool AwaitTurn(Job& job);
  bool Compose(Job& job, std::string& wire, Mailbox& to);
  bool MarkSending(Job& job);
  void HandOver(Job& job, const Mailbox& to, const std::string& wire);
  void Conclude(Job& job, const SmtpResult& result);
  // What becomes of a message when the mail server could not be used.
  void WaitForServer(Job& job, const SmtpResult& result);

  // Whether a message's batch can be had, and is fresh; makes a fresh one where it is not.
  void PrepareFor(Job& job);
  absl::Status PrepareBatch(Batch& batch) const;
  // Whether what a lane's batches need is there.
  Hold& NeedsOf(SendLane lane) {
    return lane == SendLane::kSingle ? single_needs_ : campaign_needs_;
  }

  Store& store_;
  const People people_;
  TemplateCache& cache_;
  const LinkSigner& signer_;
  const std::string hash_secret_;
  const SenderOptions options_;
  const std::shared_ptr<MailReport> report_ = std::make_shared<MailReport>();
  std::atomic<bool> stopping_{false};
  SmtpClients smtp_;
  Pace pace_;
  Hold campaign_needs_;
  Hold single_needs_;
  Window campaign_window_;
  Window single_window_;
};

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DELIVERY_SENDER_H_
