#include "campaign-svc/delivery/mail_report.h"

#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "campaign-svc/delivery/sender.h"
#include "chassis/observe/log.h"

namespace regulars::campaign {

void MailReport::Export(const std::shared_ptr<MailReport>& report, Metrics& metrics,
                        Warnings& warnings) {
  for (const SendLane lane : {SendLane::kSingle, SendLane::kCampaign}) {
    for (size_t i = 0; i < kVerdicts; ++i) {
      const std::string outcome(VerdictName(static_cast<Verdict>(i)));
      metrics.AddCounter(
          "regulars_mails_total", "Attempts to hand a mail over, by what came of them",
          {{"kind", lane == SendLane::kSingle ? kSingleEffect : kCampaignEffect},
           {"outcome", outcome}},
          [report, lane, i] { return report->counts_.at(static_cast<size_t>(lane)).at(i).load(); });
    }
  }
  metrics.AddGauge("regulars_mail_server_held",
                   "1 while messages wait since the mail server could not be used", {},
                   [report] { return report->Trouble().empty() ? 0 : 1; });
  warnings.Add([report] { return report->Trouble(); });
}

void MailReport::Count(SendLane lane, Verdict verdict) {
  ++counts_.at(static_cast<size_t>(lane)).at(static_cast<size_t>(verdict));
}

void MailReport::Held(const SmtpResult& result, absl::Duration wait) {
  const std::string code = result.code == 0 ? "" : absl::StrCat(" ", result.code);
  std::string trouble = absl::StrCat("mail server: ", StageName(result.stage), code, ": ",
                                     result.trouble, "; messages wait");
  {
    const std::lock_guard lock(mutex_);
    if (trouble == trouble_) return;
    trouble_ = std::move(trouble);
  }
  LogWarning("messages wait: the mail server cannot be used",
             {{"stage", std::string(StageName(result.stage))},
              {"code", absl::StrCat(result.code)},
              {"why", result.trouble},
              {"again_in_s", absl::StrCat(absl::ToInt64Seconds(wait))}});
}

void MailReport::Works() {
  if (Clear()) LogInfo("the mail server can be used again");
}

void MailReport::NothingWaits() {
  if (Clear()) LogInfo("no message waits for the mail server any more");
}

bool MailReport::Clear() {
  const std::lock_guard lock(mutex_);
  if (trouble_.empty()) return false;
  trouble_.clear();
  return true;
}

std::string MailReport::Trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

}  // namespace regulars::campaign
