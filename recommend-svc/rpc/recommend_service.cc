#include "recommend-svc/rpc/recommend_service.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/fingerprint.h"
#include "chassis/base/ids.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/reply_limit.h"
#include "recommend-svc/domain/text_rules.h"
#include "recommend-svc/rpc/recommender.h"
#include "recommend-svc/store/counts.h"
#include "recommend-svc/store/settings.h"
#include "regulars/recommend/v1/recommend_service.grpc.pb.h"

namespace regulars::recommend {
namespace {

constexpr int kMaxItems = 100;
constexpr int kMaxCount = 100;
constexpr int kDefaultCount = 10;
constexpr int kMaxExcluded = 1000;
constexpr int kMaxCategories = 20;
constexpr int kMaxBoughtDays = 3650;
constexpr int kMaxCustomers = 500;
constexpr int kMaxBatchCount = 20;
constexpr int kDefaultBatchCount = 5;

using Texts = google::protobuf::RepeatedPtrField<std::string>;

absl::Status CheckCodes(const Texts& codes, int limit, absl::string_view field) {
  if (codes.size() > limit) {
    return FieldError(field, "TOO_MANY_ITEMS", absl::StrCat("must be at most ", limit));
  }
  for (int i = 0; i < codes.size(); ++i) {
    if (IsCode(codes[i])) continue;
    return FieldError(absl::StrCat(field, "[", i, "]"), "INVALID_ITEM",
                      "must be an item code of 1 to 100 characters");
  }
  return absl::OkStatus();
}

absl::Status CheckCategories(const Texts& categories) {
  if (categories.size() > kMaxCategories) {
    return FieldError("filter.categories", "TOO_MANY_CATEGORIES", "must be at most 20");
  }
  for (int i = 0; i < categories.size(); ++i) {
    if (IsCategory(categories[i])) continue;
    return FieldError(absl::StrCat("filter.categories[", i, "]"), "INVALID_CATEGORY",
                      "must be 1 to 200 characters, with '/' between levels that are not empty");
  }
  return absl::OkStatus();
}

absl::StatusOr<int> ReadCount(int count, int limit, int otherwise) {
  if (count >= 0 && count <= limit) return count == 0 ? otherwise : count;
  return FieldError("count", "INVALID_COUNT", absl::StrCat("must be 0 to ", limit));
}

// A recommender that knows what the request asks of every item.
absl::StatusOr<Recommender> MakeRecommender(Snapshot& db, ItemCache& cache,
                                            const v1::RecommendFilter& filter, int count,
                                            bool skip_fallback) {
  ABSL_RETURN_IF_ERROR(CheckCategories(filter.categories()));
  ABSL_RETURN_IF_ERROR(CheckCodes(filter.exclude_items(), kMaxExcluded, "filter.exclude_items"));
  if (filter.bought_within_days() < 0 || filter.bought_within_days() > kMaxBoughtDays) {
    return FieldError("filter.bought_within_days", "INVALID_DAYS", "must be 0 to 3650");
  }
  ABSL_ASSIGN_OR_RETURN(const Settings settings, settings::Load(db));
  ABSL_ASSIGN_OR_RETURN(const counts::Tally tally, counts::LoadTally(db));
  Recommender recommender(db, cache, settings, tally,
                          {.count = count,
                           .categories = {filter.categories().begin(), filter.categories().end()},
                           .include_out_of_stock = filter.include_out_of_stock(),
                           .exclude_bought = filter.exclude_bought(),
                           .bought_within_days = filter.bought_within_days(),
                           .skip_fallback = skip_fallback});
  const std::vector<std::string> excluded(filter.exclude_items().begin(),
                                          filter.exclude_items().end());
  ABSL_RETURN_IF_ERROR(recommender.Exclude(excluded));
  return recommender;
}

// An id that no other answer has: a read has no other source than its time, its trace and what it
// answers.
std::string MakeRecommendationId(Snapshot& db, const v1::RecommendResponse& response) {
  Fingerprint trace;
  trace.Add(db.origin().correlation_id);
  Fingerprint answer;
  answer.Add(db.origin().correlation_id);
  answer.Add(response.customer());
  for (const v1::Recommendation& recommendation : response.recommendations()) {
    answer.Add(recommendation.item());
  }
  return MakeId(db.now(), trace.Take(), answer.Take());
}

absl::StatusOr<v1::RecommendResponse> Answer(Snapshot& db, Recommender& recommender,
                                             const std::string& customer_name,
                                             const std::string& customer,
                                             absl::Span<const std::string> codes) {
  ABSL_ASSIGN_OR_RETURN(v1::RecommendResponse response, recommender.For(customer, codes));
  response.set_customer(customer_name);
  response.set_recommendation_id(MakeRecommendationId(db, response));
  return response;
}

absl::StatusOr<v1::RecommendResponse> Recommend(Snapshot& db, ItemCache& cache,
                                                const v1::RecommendRequest& request) {
  std::string customer;
  if (!request.customer().empty()) {
    ABSL_ASSIGN_OR_RETURN(customer, rpc::ParseName("customers", request.customer(), "customer"));
  }
  ABSL_RETURN_IF_ERROR(CheckCodes(request.items(), kMaxItems, "items"));
  ABSL_ASSIGN_OR_RETURN(const int count, ReadCount(request.count(), kMaxCount, kDefaultCount));
  ABSL_ASSIGN_OR_RETURN(Recommender recommender, MakeRecommender(db, cache, request.filter(), count,
                                                                 request.skip_fallback()));
  const std::vector<std::string> codes(request.items().begin(), request.items().end());
  return Answer(db, recommender, request.customer(), customer, codes);
}

absl::StatusOr<v1::BatchRecommendResponse> BatchRecommend(
    Snapshot& db, ItemCache& cache, const v1::BatchRecommendRequest& request) {
  if (request.customers().empty() || request.customers_size() > kMaxCustomers) {
    return FieldError("customers", "INVALID_BATCH_SIZE", "must be 1 to 500 names");
  }
  std::vector<std::string> customers;
  for (int i = 0; i < request.customers_size(); ++i) {
    ABSL_ASSIGN_OR_RETURN(
        customers.emplace_back(),
        rpc::ParseName("customers", request.customers(i), absl::StrCat("customers[", i, "]")));
  }
  ABSL_ASSIGN_OR_RETURN(const int count,
                        ReadCount(request.count(), kMaxBatchCount, kDefaultBatchCount));
  ABSL_ASSIGN_OR_RETURN(Recommender recommender, MakeRecommender(db, cache, request.filter(), count,
                                                                 request.skip_fallback()));
  v1::BatchRecommendResponse response;
  rpc::ReplyLimit limit("customers");
  for (int i = 0; i < request.customers_size(); ++i) {
    v1::RecommendResponse& answer = *response.add_responses();
    ABSL_ASSIGN_OR_RETURN(answer, Answer(db, recommender, request.customers(i),
                                         customers[static_cast<size_t>(i)], {}));
    ABSL_RETURN_IF_ERROR(limit.Add(answer));
  }
  return response;
}

}  // namespace

std::unique_ptr<rpc::Service> RegisterRecommend(const rpc::Environment& environment) {
  auto service =
      std::make_unique<rpc::Service>(environment, v1::RecommendService::service_full_name());
  const auto cache = std::make_shared<ItemCache>();
  service->Read("Recommend", [cache](Snapshot& db, const v1::RecommendRequest& request) {
    return Recommend(db, *cache, request);
  });
  service->Read("BatchRecommend", [cache](Snapshot& db, const v1::BatchRecommendRequest& request) {
    return BatchRecommend(db, *cache, request);
  });
  service->Finish();
  return service;
}

}  // namespace regulars::recommend
