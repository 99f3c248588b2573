// Changes of templates.
#ifndef CAMPAIGN_SVC_RPC_TEMPLATE_WRITES_H_
#define CAMPAIGN_SVC_RPC_TEMPLATE_WRITES_H_

#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "google/protobuf/empty.pb.h"
#include "regulars/campaign/v1/template_service.pb.h"

namespace regulars::campaign {

absl::StatusOr<v1::Template> CreateTemplate(Transaction& tx,
                                            const v1::CreateTemplateRequest& request);
absl::StatusOr<v1::Template> UpdateTemplate(Transaction& tx,
                                            const v1::UpdateTemplateRequest& request);
absl::StatusOr<google::protobuf::Empty> DeleteTemplate(Transaction& tx,
                                                       const v1::DeleteTemplateRequest& request);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_RPC_TEMPLATE_WRITES_H_
