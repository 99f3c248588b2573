// The other services of the installation that hold data about customers: they confirm erasures, and
// their part belongs into an export.
#ifndef CUSTOMER_SVC_RPC_DATA_HOLDERS_H_
#define CUSTOMER_SVC_RPC_DATA_HOLDERS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "chassis/peers/peer.h"
#include "chassis/storage/transaction.h"
#include "regulars/privacy/v1/privacy_service.pb.h"

namespace regulars::customer {

struct DataHolder {
  // "loyalty".
  std::string service;
  // Asks it for what it holds about a customer, and waits. For threads that may.
  std::function<absl::StatusOr<privacy::v1::ExportPersonalDataResponse>(
      const Origin& origin, const privacy::v1::ExportPersonalDataRequest& request)>
      ask;
};

using DataHolders = std::vector<DataHolder>;

// The services behind these peers; a null one is not installed. They must outlive the holders.
DataHolders MakeDataHolders(const std::vector<Peer*>& peers);

std::vector<std::string> NamesOf(const DataHolders& holders);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_DATA_HOLDERS_H_
