// Who may be written to: the methods of ConsentService that combine consent and address. Errors as
// consent_service.proto says.
#ifndef CUSTOMER_SVC_RPC_CONTACTS_H_
#define CUSTOMER_SVC_RPC_CONTACTS_H_

#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "regulars/customer/v1/consent_service.pb.h"

namespace regulars::customer {

absl::StatusOr<v1::MayContactResponse> MayContact(Snapshot& db,
                                                  const v1::MayContactRequest& request);
absl::StatusOr<v1::BatchGetContactsResponse> BatchGetContacts(
    Snapshot& db, const v1::BatchGetContactsRequest& request);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_CONTACTS_H_
