// Keeps the stored members of segments right while facts change. Whoever changes what is known of a
// customer says so in the same change, after the facts are written:
//
//   ABSL_RETURN_IF_ERROR(tags::Add(tx, key, tag));
//   ABSL_RETURN_IF_ERROR(MoveMemberships(tx, key, kTagFacts));
//
// Stored membership, the events SegmentEntered and SegmentLeft and the time of the next look all
// move with it. Costs one read of one row where no segment asks for these facts.
#ifndef CUSTOMER_SVC_RPC_MEMBERSHIPS_H_
#define CUSTOMER_SVC_RPC_MEMBERSHIPS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/facts.h"

namespace regulars::customer {

// `changed` names the groups of facts that may be others than before. For a customer who was just
// made it is kAllFacts.
absl::Status MoveMemberships(Transaction& tx, int64_t customer_key, FactGroups changed = kAllFacts);

// Takes a customer out of all segments and scores. Call before the customer's row is deleted.
absl::Status ForgetMemberships(Transaction& tx, int64_t customer_key);

// Call after attribute definitions have changed. FAILED_PRECONDITION ATTRIBUTE_IN_USE if the filter
// of a segment can no longer be read; metadata `segment` names it.
absl::Status AttributeDefinitionsChanged(Transaction& tx);

// Finds the members of all segments anew. Call after the company's time zone has changed.
absl::Status RecomputeSegments(Transaction& tx);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_MEMBERSHIPS_H_
