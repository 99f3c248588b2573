#include "customer-svc/rpc/data_holders.h"

#include "regulars/privacy/v1/privacy_service.grpc.pb.h"

namespace regulars::customer {

DataHolders MakeDataHolders(const std::vector<Peer*>& peers) {
  DataHolders holders;
  for (Peer* peer : peers) {
    if (peer == nullptr) continue;
    holders.push_back({peer->name(), [peer](const Origin& origin, const auto& request) {
                         return peer->Call(origin,
                                           &privacy::v1::PrivacyService::Stub::ExportPersonalData,
                                           request);
                       }});
  }
  return holders;
}

std::vector<std::string> NamesOf(const DataHolders& holders) {
  std::vector<std::string> names;
  for (const DataHolder& holder : holders) names.push_back(holder.service);
  return names;
}

}  // namespace regulars::customer
