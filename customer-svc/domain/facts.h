// What is known of a customer, by the groups in which it changes and is read. Segments and those
// who change customers speak of groups, so that a change costs only what it touches.
#ifndef CUSTOMER_SVC_DOMAIN_FACTS_H_
#define CUSTOMER_SVC_DOMAIN_FACTS_H_

#include <cstdint>

namespace regulars::customer {

// A set of groups: bits joined by |.
using FactGroups = uint32_t;

// Names, kind, language, country, home store, birthday, addresses, times: among these that of the
// last change, so a change of anything that callers set is one of this group too.
inline constexpr FactGroups kProfileFacts = 1 << 0;
// E-mails, phones, external ids.
inline constexpr FactGroups kIdentifierFacts = 1 << 1;
inline constexpr FactGroups kTagFacts = 1 << 2;
inline constexpr FactGroups kAttributeFacts = 1 << 3;
// Orders and returns.
inline constexpr FactGroups kPurchaseFacts = 1 << 4;
// RFM scores.
inline constexpr FactGroups kScoreFacts = 1 << 5;
// Events of behaviour.
inline constexpr FactGroups kBehaviourFacts = 1 << 6;
// Membership, tier and balance, as loyalty-svc tells them.
inline constexpr FactGroups kLoyaltyFacts = 1 << 7;
// Messages sent, opened, clicked, as campaign-svc tells them.
inline constexpr FactGroups kEngagementFacts = 1 << 8;
inline constexpr FactGroups kAllFacts = (1 << 9) - 1;

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_FACTS_H_
