// Finds what to recommend, on one snapshot, for one or many.
//
//   Recommender recommender(db, cache, settings, tally, {.count = 10});
//   ABSL_RETURN_IF_ERROR(recommender.Exclude(codes));
//   ABSL_ASSIGN_OR_RETURN(v1::RecommendResponse response, recommender.For(customer_id, {}));
//
// Lives as long as the snapshot, on its thread. What it has read of items and best sellers it keeps
// for the next one.
#ifndef RECOMMEND_SVC_RPC_RECOMMENDER_H_
#define RECOMMEND_SVC_RPC_RECOMMENDER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "chassis/storage/transaction.h"
#include "recommend-svc/domain/history.h"
#include "recommend-svc/domain/rules.h"
#include "recommend-svc/domain/settings.h"
#include "recommend-svc/store/counts.h"
#include "recommend-svc/store/item_cache.h"
#include "recommend-svc/store/items.h"
#include "regulars/recommend/v1/recommend_service.pb.h"

namespace regulars::recommend {

class Recommender {
 public:
  struct Options {
    int count = 0;
    std::vector<std::string> categories;
    bool include_out_of_stock = false;
    bool exclude_bought = false;
    // 0: whenever.
    int64_t bought_within_days = 0;
    bool skip_fallback = false;
  };

  // Settings and tally are those of the snapshot.
  Recommender(Snapshot& db, ItemCache& cache, const Settings& settings, const counts::Tally& tally,
              Options options);

  // Leaves these items out for everybody; unknown codes are no error.
  absl::Status Exclude(absl::Span<const std::string> codes);

  // What to recommend to a customer ("" for nobody), with `codes` if there are any, else by
  // history. All of the response but its names and ids.
  absl::StatusOr<v1::RecommendResponse> For(const std::string& customer,
                                            absl::Span<const std::string> codes);

 private:
  // One search in the making.
  struct Search {
    std::vector<Antecedent> antecedents;
    absl::flat_hash_set<int64_t> excluded;
    v1::RecommendResponse response;
  };

  absl::Status AddAntecedent(int64_t item, Cause cause, Search& search);
  absl::Status BeginWithItems(absl::Span<const std::string> codes, Search& search);
  absl::Status BeginWithHistory(const std::vector<Touch>& touches, Search& search);
  absl::StatusOr<std::vector<Touch>> LoadViews(int64_t customer);
  // As far as they decide about a search that begins with these and `views`.
  absl::StatusOr<std::vector<Touch>> LoadPurchases(int64_t customer,
                                                   const std::vector<Touch>& views, Search& search);

  absl::Status AddByRules(Search& search);
  absl::Status AddBestSellers(Search& search);

  // nullptr for an item that is not to be recommended.
  absl::StatusOr<const items::Shown*> Acceptable(int64_t item);
  absl::StatusOr<const items::Shown*> Show(int64_t item);
  // One of the best sellers, from 0; nullptr behind the last.
  absl::StatusOr<const counts::BestSeller*> BestSellerAt(size_t place);

  absl::Status WriteRuleReason(const Search& search, const RankedItem& ranked,
                               const items::Shown& shown, v1::Reason& reason);
  absl::Status WriteBestSellerReason(const counts::BestSeller& seller, v1::Reason& reason);

  Snapshot& db_;
  ItemCache& cache_;
  const Settings settings_;
  const counts::Tally tally_;
  const Options options_;
  absl::flat_hash_set<int64_t> excluded_;
  absl::flat_hash_map<int64_t, std::shared_ptr<const items::Shown>> shown_;
  absl::flat_hash_map<int64_t, bool> acceptable_;
  std::vector<counts::BestSeller> best_sellers_;
  bool all_best_sellers_ = false;
};

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_RPC_RECOMMENDER_H_
