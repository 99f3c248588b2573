#include "recommend-svc/rpc/recommender.h"

#include <algorithm>
#include <utility>

#include "chassis/auth/caller.h"
#include "recommend-svc/domain/item_rules.h"
#include "recommend-svc/domain/reason.h"
#include "recommend-svc/rpc/item_messages.h"
#include "recommend-svc/store/customers.h"
#include "recommend-svc/store/receipts.h"

namespace regulars::recommend {
namespace {

// Candidates that a search looks at before it gives up: filters may refuse any number of them.
constexpr size_t kMaxLookedAt = 1000;
// Best sellers that are read at once.
constexpr int64_t kBestSellersAtOnce = 50;

v1::Reason::Code CodeOf(Cause cause) {
  switch (cause) {
    case Cause::kAsked:
      return v1::Reason::CODE_BOUGHT_WITH_ITEM;
    case Cause::kBought:
      return v1::Reason::CODE_BOUGHT_WITH_PURCHASE;
    case Cause::kViewed:
      return v1::Reason::CODE_BOUGHT_WITH_VIEW;
  }
  return v1::Reason::CODE_UNSPECIFIED;
}

void WriteShown(const items::Shown& shown, v1::Recommendation& message) {
  message.set_item(shown.code);
  message.set_title(shown.title);
  message.set_url(shown.url);
  message.set_image_url(shown.image_url);
  if (shown.price) {
    message.mutable_price()->set_currency_code(shown.price->currency);
    message.mutable_price()->set_micros(shown.price->micros);
  }
  message.set_availability(static_cast<v1::Item::Availability>(shown.availability));
}

}  // namespace

Recommender::Recommender(Snapshot& db, ItemCache& cache, const Settings& settings,
                         const counts::Tally& tally, Options options)
    : db_(db), cache_(cache), settings_(settings), tally_(tally), options_(std::move(options)) {}

absl::Status Recommender::Exclude(absl::Span<const std::string> codes) {
  for (const std::string& code : codes) {
    ABSL_ASSIGN_OR_RETURN(const std::optional<int64_t> key, items::FindKey(db_, code));
    if (key) excluded_.insert(*key);
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::RecommendResponse> Recommender::For(const std::string& customer,
                                                       absl::Span<const std::string> codes) {
  Search search{.excluded = excluded_};
  std::optional<int64_t> key;
  if (!customer.empty()) {
    ABSL_ASSIGN_OR_RETURN(key, customers::FindKey(db_, customer));
  }
  std::vector<Touch> touches;
  if (key && codes.empty()) {
    ABSL_ASSIGN_OR_RETURN(touches, LoadViews(*key));
  }
  if (key && (codes.empty() || options_.exclude_bought)) {
    ABSL_ASSIGN_OR_RETURN(const auto purchases, LoadPurchases(*key, touches, search));
    touches.insert(touches.end(), purchases.begin(), purchases.end());
  }
  if (!codes.empty()) {
    ABSL_RETURN_IF_ERROR(BeginWithItems(codes, search));
  } else if (key) {
    ABSL_RETURN_IF_ERROR(BeginWithHistory(touches, search));
  }
  ABSL_RETURN_IF_ERROR(AddByRules(search));
  if (search.antecedents.empty()) {
    search.response.set_fallback(v1::RecommendResponse::FALLBACK_NO_HISTORY);
  } else if (search.response.recommendations_size() < options_.count) {
    search.response.set_fallback(v1::RecommendResponse::FALLBACK_FEW_RULES);
  }
  if (!options_.skip_fallback) ABSL_RETURN_IF_ERROR(AddBestSellers(search));
  return std::move(search.response);
}

absl::Status Recommender::AddAntecedent(int64_t item, Cause cause, Search& search) {
  Antecedent antecedent{.item = item, .cause = cause};
  if (cause == Cause::kViewed) antecedent.weight = settings_.view_weight;
  ABSL_ASSIGN_OR_RETURN(const items::Shown* shown, Show(item));
  antecedent.orders = shown->orders;
  ABSL_ASSIGN_OR_RETURN(
      antecedent.neighbours,
      cache_.FindNeighbours(db_, tally_, item, FewestPairOrders(settings_, antecedent.orders)));
  search.antecedents.push_back(std::move(antecedent));
  return absl::OkStatus();
}

absl::Status Recommender::BeginWithItems(absl::Span<const std::string> codes, Search& search) {
  absl::flat_hash_set<int64_t> known;
  for (const std::string& code : codes) {
    ABSL_ASSIGN_OR_RETURN(const std::optional<int64_t> key, items::FindKey(db_, code));
    if (!key) {
      search.response.add_unknown_items(code);
      continue;
    }
    search.excluded.insert(*key);
    if (known.size() == kMaxAntecedents || !known.insert(*key).second) continue;
    ABSL_RETURN_IF_ERROR(AddAntecedent(*key, Cause::kAsked, search));
  }
  return absl::OkStatus();
}

absl::Status Recommender::BeginWithHistory(const std::vector<Touch>& touches, Search& search) {
  for (const Touch& touch : LatestTouches(touches)) {
    ABSL_RETURN_IF_ERROR(
        AddAntecedent(touch.item, touch.bought ? Cause::kBought : Cause::kViewed, search));
  }
  return absl::OkStatus();
}

// Callers limited to stores get what was looked at in theirs, and bought.
absl::StatusOr<std::vector<Touch>> Recommender::LoadViews(int64_t customer) {
  std::vector<Touch> touches;
  if (settings_.view_weight == 0) return touches;
  ABSL_ASSIGN_OR_RETURN(const auto views, customers::LoadViews(db_, customer));
  for (const customers::View& view : views) {
    if (!auth::MaySee(db_.caller(), view.store)) continue;
    touches.push_back({view.item, view.time, /*bought=*/false});
  }
  return touches;
}

absl::StatusOr<std::vector<Touch>> Recommender::LoadPurchases(int64_t customer,
                                                              const std::vector<Touch>& views,
                                                              Search& search) {
  const absl::Time since = options_.bought_within_days == 0
                               ? absl::InfinitePast()
                               : db_.now() - absl::Hours(24 * options_.bought_within_days);
  std::vector<Touch> purchases;
  absl::flat_hash_set<int64_t> distinct;
  // Whether earlier orders change nothing: as many items as are begun with are enough, with those
  // of the same time, among which others decide. But what was looked at since then may have been
  // bought before.
  const auto may_end = [&](absl::Time earlier) {
    if (options_.exclude_bought || distinct.size() < kMaxAntecedents) return false;
    const absl::Time latest = purchases.back().time;
    return earlier < latest && std::all_of(views.begin(), views.end(), [&](const Touch& view) {
             return view.time < latest || distinct.contains(view.item);
           });
  };
  ABSL_RETURN_IF_ERROR(receipts::EachPurchase(
      db_, customer, kMaxHistoryOrders, [&](const receipts::Purchase& purchase) {
        if (may_end(purchase.time)) return false;
        distinct.insert(purchase.item);
        purchases.push_back({purchase.item, purchase.time, /*bought=*/true});
        if (options_.exclude_bought && purchase.time >= since) {
          search.excluded.insert(purchase.item);
        }
        return true;
      }));
  return purchases;
}

absl::Status Recommender::AddByRules(Search& search) {
  const RankQuery query{.orders = tally_.orders,
                        .thresholds = settings_,
                        .excluded = search.excluded,
                        .count = static_cast<size_t>(options_.count),
                        .max_looked_at = kMaxLookedAt};
  const LoadCandidate load = [this](int64_t item) -> absl::StatusOr<std::optional<CandidateFacts>> {
    ABSL_ASSIGN_OR_RETURN(const items::Shown* shown, Acceptable(item));
    if (shown == nullptr) return std::nullopt;
    return CandidateFacts{shown->orders, shown->code};
  };
  ABSL_ASSIGN_OR_RETURN(const std::vector<RankedItem> ranked,
                        Rank(search.antecedents, query, load));
  for (const RankedItem& item : ranked) {
    ABSL_ASSIGN_OR_RETURN(const items::Shown* shown, Show(item.item));
    v1::Recommendation& message = *search.response.add_recommendations();
    WriteShown(*shown, message);
    message.set_strategy(v1::Recommendation::STRATEGY_BOUGHT_TOGETHER);
    message.set_score(item.supports.front().score);
    ABSL_RETURN_IF_ERROR(WriteRuleReason(search, item, *shown, *message.mutable_reason()));
    search.excluded.insert(item.item);
  }
  return absl::OkStatus();
}

absl::Status Recommender::WriteRuleReason(const Search& search, const RankedItem& ranked,
                                          const items::Shown& shown, v1::Reason& reason) {
  for (const Support& support : ranked.supports) {
    ABSL_ASSIGN_OR_RETURN(const items::Shown* cause,
                          Show(search.antecedents[support.antecedent].item));
    v1::ReasonItem& item = *reason.add_items();
    item.set_item(cause->code);
    item.set_title(cause->title);
  }
  const Support& strongest = ranked.supports.front();
  const v1::ReasonItem& first = reason.items(0);
  const Cause cause = search.antecedents[strongest.antecedent].cause;
  reason.set_code(CodeOf(cause));
  reason.set_text(BoughtTogetherText(cause, first.title().empty() ? first.item() : first.title()));
  *reason.mutable_rule() = WriteRule(strongest.counts, first.item(), shown.code);
  return absl::OkStatus();
}

absl::Status Recommender::AddBestSellers(Search& search) {
  for (size_t place = 0;
       place < kMaxLookedAt && search.response.recommendations_size() < options_.count; ++place) {
    ABSL_ASSIGN_OR_RETURN(const counts::BestSeller* seller, BestSellerAt(place));
    if (seller == nullptr) break;
    if (search.excluded.contains(seller->item)) continue;
    ABSL_ASSIGN_OR_RETURN(const items::Shown* shown, Acceptable(seller->item));
    if (shown == nullptr) continue;
    v1::Recommendation& message = *search.response.add_recommendations();
    WriteShown(*shown, message);
    message.set_strategy(v1::Recommendation::STRATEGY_BEST_SELLER);
    message.set_score(static_cast<double>(seller->recent_orders) /
                      static_cast<double>(best_sellers_.front().recent_orders));
    v1::Reason& reason = *message.mutable_reason();
    reason.set_code(v1::Reason::CODE_BEST_SELLER);
    ABSL_RETURN_IF_ERROR(WriteBestSellerReason(*seller, reason));
  }
  return absl::OkStatus();
}

absl::Status Recommender::WriteBestSellerReason(const counts::BestSeller& seller,
                                                v1::Reason& reason) {
  // There are best sellers, so there are orders.
  const absl::CivilDay last_day = absl::CivilDay(1970, 1, 1) + tally_.latest_day.value();
  const absl::CivilDay today = absl::ToCivilDay(db_.now(), absl::UTCTimeZone());
  reason.set_text(
      BestSellerText(seller.recent_orders, settings_.best_seller_days, last_day, today));
  reason.set_recent_order_count(seller.recent_orders);
  reason.set_window_days(static_cast<int32_t>(settings_.best_seller_days));
  reason.set_window_last_date(absl::FormatCivilTime(last_day));
  return absl::OkStatus();
}

absl::StatusOr<const items::Shown*> Recommender::Acceptable(int64_t item) {
  ABSL_ASSIGN_OR_RETURN(const items::Shown* shown, Show(item));
  const auto known = acceptable_.find(item);
  if (known != acceptable_.end()) return known->second ? shown : nullptr;
  bool accepted =
      !shown->deleted &&
      (options_.include_out_of_stock || shown->availability == Availability::kInStock) &&
      (!shown->sale_end_time || *shown->sale_end_time > db_.now()) &&
      (!settings_.catalogue_only || shown->origin == Origin::kCatalogue);
  if (accepted && !options_.categories.empty()) {
    ABSL_ASSIGN_OR_RETURN(const auto categories, items::LoadCategories(db_, item));
    accepted =
        std::any_of(options_.categories.begin(), options_.categories.end(),
                    [&](const std::string& wanted) { return IsInCategory(categories, wanted); });
  }
  acceptable_[item] = accepted;
  return accepted ? shown : nullptr;
}

absl::StatusOr<const items::Shown*> Recommender::Show(int64_t item) {
  const auto [place, added] = shown_.try_emplace(item);
  if (added) {
    ABSL_ASSIGN_OR_RETURN(place->second, cache_.Show(db_, tally_, item));
  }
  return place->second.get();
}

absl::StatusOr<const counts::BestSeller*> Recommender::BestSellerAt(size_t place) {
  while (place >= best_sellers_.size() && !all_best_sellers_) {
    std::optional<counts::BestSeller> last;
    if (!best_sellers_.empty()) last = best_sellers_.back();
    ABSL_ASSIGN_OR_RETURN(const auto more, counts::BestSellers(db_, last, kBestSellersAtOnce));
    all_best_sellers_ = static_cast<int64_t>(more.size()) < kBestSellersAtOnce;
    best_sellers_.insert(best_sellers_.end(), more.begin(), more.end());
  }
  return place < best_sellers_.size() ? &best_sellers_[place] : nullptr;
}

}  // namespace regulars::recommend
