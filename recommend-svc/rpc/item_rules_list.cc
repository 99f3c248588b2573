#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/text.h"
#include "chassis/rpc/page_token.h"
#include "recommend-svc/domain/rules.h"
#include "recommend-svc/rpc/item_messages.h"
#include "recommend-svc/rpc/item_service.h"
#include "recommend-svc/store/counts.h"
#include "recommend-svc/store/items.h"
#include "recommend-svc/store/settings.h"

namespace regulars::recommend {
namespace {

// Rules of one item that are listed, and candidates that are looked at for them: each page ranks
// them anew.
constexpr int64_t kMaxListed = 2'000;
constexpr size_t kMaxLookedAt = 5'000;

// The first rules of an item, and the codes of their consequents.
struct Found {
  std::vector<RankedItem> ranked;
  absl::flat_hash_map<int64_t, std::string> codes;
};

absl::StatusOr<Found> FindRules(Snapshot& db, int64_t item, int64_t orders, size_t count) {
  ABSL_ASSIGN_OR_RETURN(const Settings settings, settings::Load(db));
  Antecedent antecedent{.item = item};
  ABSL_ASSIGN_OR_RETURN(antecedent.orders, counts::OrdersOf(db, item));
  ABSL_ASSIGN_OR_RETURN(
      auto neighbours, counts::Neighbours(db, item, FewestPairOrders(settings, antecedent.orders)));
  antecedent.neighbours = std::make_shared<const Neighbours>(std::move(neighbours));
  Found found;
  const auto load = [&](int64_t other) -> absl::StatusOr<std::optional<CandidateFacts>> {
    ABSL_ASSIGN_OR_RETURN(const auto facts, items::LoadShown(db, other));
    if (!facts) return std::nullopt;
    found.codes[other] = facts->code;
    return CandidateFacts{facts->orders, facts->code};
  };
  const absl::flat_hash_set<int64_t> excluded;
  const RankQuery query{.orders = orders,
                        .thresholds = settings,
                        .excluded = excluded,
                        .count = count,
                        .max_looked_at = kMaxLookedAt};
  ABSL_ASSIGN_OR_RETURN(found.ranked, Rank({antecedent}, query, load));
  return found;
}

}  // namespace

absl::StatusOr<v1::ListItemRulesResponse> ListItemRules(Snapshot& db,
                                                        const v1::ListItemRulesRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const std::string code, ParseItemName(request.parent(), "parent"));
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  // Rules are worked out anew for each page; a token says how many were shown before.
  ABSL_ASSIGN_OR_RETURN(const int64_t shown, rpc::PositionOf(page));
  ABSL_ASSIGN_OR_RETURN(const std::optional<int64_t> key, items::FindKey(db, code));
  if (!key) {
    return NotFound("ITEM_NOT_FOUND",
                    absl::StrCat("there is no item '", EscapeForLog(request.parent()), "'"));
  }
  v1::ListItemRulesResponse response;
  ABSL_ASSIGN_OR_RETURN(const counts::Tally tally, counts::LoadTally(db));
  response.set_order_count(tally.orders);
  // One more than wanted tells whether there is a next page.
  const int64_t wanted = std::min(shown + page.size + 1, kMaxListed);
  ABSL_ASSIGN_OR_RETURN(Found found,
                        FindRules(db, *key, tally.orders, static_cast<size_t>(wanted)));
  for (size_t i = static_cast<size_t>(shown); i < found.ranked.size(); ++i) {
    if (response.rules_size() == page.size) {
      response.set_next_page_token(
          rpc::NextPageToken(request, db.now(), {absl::StrCat(shown + page.size)}));
      break;
    }
    const RankedItem& ranked = found.ranked[i];
    *response.add_rules() =
        WriteRule(ranked.supports.front().counts, code, found.codes[ranked.item]);
  }
  return response;
}

}  // namespace regulars::recommend
