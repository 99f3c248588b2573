// Makes the mail of one message: renders it, signs its links, builds its wire form. Pure.
#ifndef CAMPAIGN_SVC_DELIVERY_COMPOSE_H_
#define CAMPAIGN_SVC_DELIVERY_COMPOSE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "campaign-svc/delivery/people.h"
#include "campaign-svc/domain/link_token.h"
#include "campaign-svc/domain/mime.h"
#include "campaign-svc/domain/render.h"
#include "campaign-svc/domain/settings.h"
#include "campaign-svc/domain/template.h"

namespace regulars::campaign {

struct Letter {
  // Id of the message.
  std::string message;
  Purpose purpose = Purpose::kMarketing;
  std::string topic;
  // Whom it is rendered for, and where it goes.
  const Person* person = nullptr;
  Mailbox to;
  // Values that the sender filled, as JSON; "" for none.
  std::string variables;
  absl::Time date;
};

// All values of a message: the company's, the person's, the sender's.
Values AllValues(const Settings& settings, const Person& person, const std::string& variables,
                 const std::string& unsubscribe_url);

// The rendered message before links are signed, with the line that a marketing message needs for
// unsubscribing where the template has none.
absl::StatusOr<Rendered> RenderLetter(const CompiledTemplate& compiled, const Values& values,
                                      Purpose purpose);

// The whole mail. RENDERING_FAILED, or INVALID_ARGUMENT of BuildMail.
absl::StatusOr<std::string> ComposeMail(const CompiledTemplate& compiled, const Settings& settings,
                                        const LinkSigner& signer, const Letter& letter);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DELIVERY_COMPOSE_H_
