// What customers say about being written to, and what follows from it. Pure.
//
//   ABSL_ASSIGN_OR_RETURN(const ConsentPlan plan, PlanConsent(said, word));
//   const ConsentAnswer answer = AskConsent(said, "email", "newsletter");
#ifndef CUSTOMER_SVC_DOMAIN_CONSENT_H_
#define CUSTOMER_SVC_DOMAIN_CONSENT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "customer-svc/domain/customer.h"

namespace regulars::customer {

inline constexpr size_t kMaxTopics = 50;
inline constexpr size_t kMaxConsentRecords = 500;
inline constexpr size_t kMaxProofLength = 1000;

// Numbers are those of Consent.State, and stored.
enum class ConsentState : int64_t { kUnspecified = 0, kGranted = 1, kWithdrawn = 2, kPending = 3 };

// One word of a customer.
struct ConsentRecord {
  // Its place among the customer's words, in the order of arrival; 0 for one that is new.
  int64_t number = 0;
  std::string channel;
  std::string topic;  // "": the whole channel.
  ConsentState state = ConsentState::kUnspecified;
  absl::Time change_time;
  std::string source;
  std::string proof;
  std::string recorded_by;
  absl::Time create_time;
  bool current = false;
};

// When a word counts as said: a sender whose clock is fast says nothing of the future, so that what
// comes a minute later is a later word. The time that was given stays, for by it the same word sent
// again is known.
absl::Time CountedTime(const ConsentRecord& word);

// "email", "sms", "phone", "post" or "push".
bool IsChannel(absl::string_view channel);

// INVALID_ARGUMENT with UNKNOWN_CHANNEL or INVALID_TOPIC.
absl::Status CheckChannelAndTopic(absl::string_view channel, absl::string_view topic);

// Besides: INVALID_CONSENT_STATE, INVALID_SOURCE, CONSENT_TIME_OUT_OF_RANGE, INVALID_TEXT.
absl::Status CheckConsent(const ConsentRecord& word, absl::Time now);

// What a word comes to among those said before.
struct ConsentPlan {
  // Number of the same word said before: then nothing is to be written.
  std::optional<int64_t> known;
  // Whether it is the first about its channel and topic.
  bool first = false;
  // Whether it is what counts from now on.
  bool counts = false;
  // Whether another state counts from now on.
  bool moves = false;
  // The consent that stands against a withdrawal which came late: it was given after it.
  std::optional<int64_t> stands;
  // The word that counted until now and no longer does, and one that has to go for its age.
  std::optional<int64_t> superseded;
  std::optional<int64_t> dropped;
};

// `said` are all words of the customer. `timed` tells whether the sender gave the time; if not, a
// word that says what counts already is known. INVALID_ARGUMENT TOO_MANY_TOPICS.
absl::StatusOr<ConsentPlan> PlanConsent(const std::vector<ConsentRecord>& said,
                                        const ConsentRecord& word, bool timed);

// Numbers are those of ContactVerdict.
enum class ContactVerdict : int64_t {
  kAllowed = 1,
  kCustomerUnknown = 2,
  kWithdrawn = 3,
  kPending = 4,
  kNoConsent = 5,
  kNoAddress = 6,
};

struct ConsentAnswer {
  ContactVerdict verdict = ContactVerdict::kNoConsent;
  // The word that decided; null if there was none. Points into `said`.
  const ConsentRecord* decided_by = nullptr;
};

// Whether a channel and topic are open: a channel that is withdrawn is closed, else what was said
// about the topic counts, else what was said about the channel. Looks at current words alone.
ConsentAnswer AskConsent(const std::vector<ConsentRecord>& said, absl::string_view channel,
                         absl::string_view topic);

// Where a channel reaches a customer: the primary address, as written; "" for post and push, whose
// addresses are no text. nullopt where there is none; push has its devices elsewhere.
std::optional<std::string> PrimaryAddress(const Customer& customer, absl::string_view channel);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_CONSENT_H_
