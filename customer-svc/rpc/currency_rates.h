// The methods of SettingsService that speak of currency rates.
#ifndef CUSTOMER_SVC_RPC_CURRENCY_RATES_H_
#define CUSTOMER_SVC_RPC_CURRENCY_RATES_H_

#include <google/protobuf/empty.pb.h>

#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "regulars/customer/v1/settings_service.pb.h"

namespace regulars::customer {

absl::StatusOr<v1::CurrencyRate> GetCurrencyRate(Snapshot& db,
                                                 const v1::GetCurrencyRateRequest& request);
absl::StatusOr<v1::ListCurrencyRatesResponse> ListCurrencyRates(
    Snapshot& db, const v1::ListCurrencyRatesRequest& request);
absl::StatusOr<v1::CurrencyRate> UpdateCurrencyRate(Transaction& tx,
                                                    const v1::UpdateCurrencyRateRequest& request);
absl::StatusOr<v1::BatchUpsertCurrencyRatesResponse> BatchUpsertCurrencyRates(
    Transaction& tx, const v1::BatchUpsertCurrencyRatesRequest& request);
absl::StatusOr<google::protobuf::Empty> DeleteCurrencyRate(
    Transaction& tx, const v1::DeleteCurrencyRateRequest& request);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_CURRENCY_RATES_H_
