#include "customer-svc/domain/consent.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "customer-svc/domain/text_rules.h"

namespace regulars::customer {
namespace {

constexpr std::array<absl::string_view, 5> kChannels = {"email", "sms", "phone", "post", "push"};
constexpr absl::Duration kMaxAhead = absl::Hours(24);

bool SameSubject(const ConsentRecord& a, const ConsentRecord& b) {
  return a.channel == b.channel && a.topic == b.topic;
}

bool SaysTheSame(const ConsentRecord& a, const ConsentRecord& b) {
  return SameSubject(a, b) && a.state == b.state && a.source == b.source && a.proof == b.proof;
}

// How much a state holds back: of two words of one time, that which allows less counts.
int Caution(ConsentState state) {
  switch (state) {
    case ConsentState::kWithdrawn:
      return 2;
    case ConsentState::kPending:
      return 1;
    default:
      return 0;
  }
}

bool IsLaterWord(const ConsentRecord& word, const ConsentRecord& than) {
  return std::make_tuple(CountedTime(word), Caution(word.state)) >=
         std::make_tuple(CountedTime(than), Caution(than.state));
}

const ConsentRecord* FindCurrent(const std::vector<ConsentRecord>& said, absl::string_view channel,
                                 absl::string_view topic) {
  const auto found = std::find_if(said.begin(), said.end(), [&](const ConsentRecord& word) {
    return word.current && word.channel == channel && word.topic == topic;
  });
  return found == said.end() ? nullptr : &*found;
}

// The oldest word that will not count once `plan` is done.
std::optional<int64_t> OldestPast(const std::vector<ConsentRecord>& said, const ConsentPlan& plan) {
  const ConsentRecord* oldest = nullptr;
  for (const ConsentRecord& word : said) {
    if (word.current && word.number != plan.superseded) continue;
    if (oldest == nullptr ||
        std::tie(word.change_time, word.number) < std::tie(oldest->change_time, oldest->number)) {
      oldest = &word;
    }
  }
  return oldest == nullptr ? std::nullopt : std::optional<int64_t>(oldest->number);
}

bool IsOpen(const ConsentRecord& word) { return word.state != ConsentState::kWithdrawn; }

// Topics that are withdrawn do not count: whoever has many must be able to close another one.
absl::Status CheckTopicCount(const std::vector<ConsentRecord>& said, const ConsentRecord& word) {
  const auto topics = std::count_if(said.begin(), said.end(), [&](const ConsentRecord& other) {
    return other.current && IsOpen(other) && other.channel == word.channel && !other.topic.empty();
  });
  if (static_cast<size_t>(topics) < kMaxTopics) return absl::OkStatus();
  return FieldError(
      "topic", "TOO_MANY_TOPICS",
      absl::StrCat("is a new one, and the customer has ", kMaxTopics, " on this channel"));
}

// Makes room for the word where there are as many as are kept.
absl::Status DropOldest(const std::vector<ConsentRecord>& said, const ConsentRecord& word,
                        ConsentPlan& plan) {
  if (said.size() < kMaxConsentRecords) return absl::OkStatus();
  plan.dropped = OldestPast(said, plan);
  if (plan.dropped || word.topic.empty()) return absl::OkStatus();
  return FieldError("topic", "TOO_MANY_TOPICS",
                    absl::StrCat("is a new one, and ", kMaxConsentRecords,
                                 " words of the customer count already"));
}

ConsentAnswer Answer(const ConsentRecord& word) {
  switch (word.state) {
    case ConsentState::kGranted:
      return {ContactVerdict::kAllowed, &word};
    case ConsentState::kPending:
      return {ContactVerdict::kPending, &word};
    default:
      return {ContactVerdict::kWithdrawn, &word};
  }
}

template <typename Part>
const Part* Primary(const std::vector<Part>& parts) {
  const auto found =
      std::find_if(parts.begin(), parts.end(), [](const Part& part) { return part.primary; });
  if (found != parts.end()) return &*found;
  return parts.empty() ? nullptr : &parts.front();
}

}  // namespace

bool IsChannel(absl::string_view channel) {
  return std::find(kChannels.begin(), kChannels.end(), channel) != kChannels.end();
}

absl::Status CheckChannelAndTopic(absl::string_view channel, absl::string_view topic) {
  if (!IsChannel(channel)) {
    return FieldError("channel", "UNKNOWN_CHANNEL", "must be email, sms, phone, post or push");
  }
  if (!topic.empty() && !IsSlug(topic)) {
    return FieldError("topic", "INVALID_TOPIC",
                      "must be 1 to 63 of a-z, 0-9 and '-', beginning with a letter");
  }
  return absl::OkStatus();
}

absl::Time CountedTime(const ConsentRecord& word) {
  return std::min(word.change_time, word.create_time);
}

absl::Status CheckConsent(const ConsentRecord& word, absl::Time now) {
  ABSL_RETURN_IF_ERROR(CheckChannelAndTopic(word.channel, word.topic));
  if (word.state < ConsentState::kGranted || word.state > ConsentState::kPending) {
    return FieldError("state", "INVALID_CONSENT_STATE", "must be granted, withdrawn or pending");
  }
  if (!IsSystem(word.source)) {
    return FieldError("source", "INVALID_SOURCE",
                      "must be 1 to 64 lower-case letters, digits, '-', '_', '.'");
  }
  if (word.change_time < absl::UnixEpoch() || word.change_time > now + kMaxAhead) {
    return FieldError("change_time", "CONSENT_TIME_OUT_OF_RANGE",
                      "must be from 1970 to one day ahead of now");
  }
  if (!IsProse(word.proof, kMaxProofLength)) {
    return FieldError("proof", "INVALID_TEXT", WhyNoProse(word.proof, kMaxProofLength));
  }
  return absl::OkStatus();
}

absl::StatusOr<ConsentPlan> PlanConsent(const std::vector<ConsentRecord>& said,
                                        const ConsentRecord& word, bool timed) {
  ConsentPlan plan;
  const ConsentRecord* current = FindCurrent(said, word.channel, word.topic);
  for (const ConsentRecord& other : said) {
    const bool is_known = timed ? other.change_time == word.change_time : other.current;
    if (is_known && SaysTheSame(other, word)) plan.known = other.number;
  }
  if (plan.known) return plan;
  plan.first = current == nullptr;
  plan.counts = plan.first || IsLaterWord(word, *current);
  const bool was_open = current != nullptr && IsOpen(*current);
  if (plan.counts && !word.topic.empty() && IsOpen(word) && !was_open) {
    ABSL_RETURN_IF_ERROR(CheckTopicCount(said, word));
  }
  if (!plan.counts && word.state == ConsentState::kWithdrawn &&
      current->state == ConsentState::kGranted) {
    plan.stands = current->number;
  }
  plan.moves = plan.counts && (plan.first || current->state != word.state);
  if (plan.counts && current != nullptr) plan.superseded = current->number;
  ABSL_RETURN_IF_ERROR(DropOldest(said, word, plan));
  return plan;
}

ConsentAnswer AskConsent(const std::vector<ConsentRecord>& said, absl::string_view channel,
                         absl::string_view topic) {
  const ConsentRecord* of_channel = FindCurrent(said, channel, "");
  if (of_channel != nullptr && of_channel->state == ConsentState::kWithdrawn) {
    return Answer(*of_channel);
  }
  if (!topic.empty()) {
    if (const ConsentRecord* of_topic = FindCurrent(said, channel, topic)) return Answer(*of_topic);
  }
  return of_channel == nullptr ? ConsentAnswer{} : Answer(*of_channel);
}

std::optional<std::string> PrimaryAddress(const Customer& customer, absl::string_view channel) {
  if (channel == "email") {
    const Email* email = Primary(customer.emails);
    return email == nullptr ? std::nullopt : std::optional<std::string>(email->address);
  }
  if (channel == "sms" || channel == "phone") {
    const Phone* phone = Primary(customer.phones);
    return phone == nullptr ? std::nullopt : std::optional<std::string>(phone->number);
  }
  if (channel == "post" && customer.addresses.empty()) return std::nullopt;
  return "";
}

}  // namespace regulars::customer
