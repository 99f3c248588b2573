// What those who run the service see of handing mails over: how many came to what, and, while the
// mail server cannot be used, a gauge, a warning in /readyz and a line in the log. It names no
// recipient and no secret.
//
//   auto report = std::make_shared<MailReport>();
//   MailReport::Export(report, metrics, warnings);
//   report->Count(SendLane::kCampaign, verdict);
//
// Thread-safe.
#ifndef CAMPAIGN_SVC_DELIVERY_MAIL_REPORT_H_
#define CAMPAIGN_SVC_DELIVERY_MAIL_REPORT_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "absl/time/time.h"
#include "campaign-svc/delivery/pace.h"
#include "campaign-svc/domain/smtp_outcome.h"
#include "chassis/observe/metrics.h"
#include "chassis/observe/warnings.h"

namespace regulars::campaign {

class MailReport {
 public:
  // Shows it in metrics and warnings, which keep it. Once.
  static void Export(const std::shared_ptr<MailReport>& report, Metrics& metrics,
                     Warnings& warnings);

  void Count(SendLane lane, Verdict verdict);
  // The mail server could not be used; nobody tries again for `wait`. Logged when it is news.
  void Held(const SmtpResult& result, absl::Duration wait);
  // It could.
  void Works();
  // Nobody waits for it any more.
  void NothingWaits();

  // One line, or "" while all is well.
  std::string Trouble() const;

 private:
  using Counts = std::array<std::atomic<int64_t>, kVerdicts>;

  // Ends what Held() began; false where nothing had begun.
  bool Clear();

  std::array<Counts, 2> counts_{};  // By lane, by verdict.
  mutable std::mutex mutex_;
  std::string trouble_;  // Guarded by mutex_.
};

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DELIVERY_MAIL_REPORT_H_
