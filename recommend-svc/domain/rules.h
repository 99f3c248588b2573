// Association rules between two items, from counts, and which of them recommend what. Pure.
//
//   support    = n(A and B) / N           confidence = n(A and B) / n(A)
//   lift       = confidence / (n(B) / N) = n(A and B) × N / (n(A) × n(B))
//
// Support and confidence: Agrawal, Imielinski, Swami, "Mining association rules between sets of
// items in large databases", SIGMOD 1993. Lift (there: interest): Brin, Motwani, Ullman, Tsur,
// "Dynamic itemset counting and implication rules for market basket data", SIGMOD 1997. Taking for
// each item its best rule follows the recommender of Hahsler, Hornik, Reutterer 2006 and their R
// packages arules and recommenderlab.
#ifndef RECOMMEND_SVC_DOMAIN_RULES_H_
#define RECOMMEND_SVC_DOMAIN_RULES_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "recommend-svc/domain/pair_block.h"
#include "recommend-svc/domain/settings.h"

namespace regulars::recommend {

// A rule's counts.
struct RuleCounts {
  int64_t pair = 0;        // n(A and B)
  int64_t antecedent = 0;  // n(A)
  int64_t consequent = 0;  // n(B)
  int64_t orders = 0;      // N

  double support() const { return static_cast<double>(pair) / static_cast<double>(orders); }
  double confidence() const { return static_cast<double>(pair) / static_cast<double>(antecedent); }
  // Both products are exact, so that it is rounded once, as the others are.
  double lift() const {
    return static_cast<double>(pair) * static_cast<double>(orders) /
           (static_cast<double>(antecedent) * static_cast<double>(consequent));
  }
};

// Why an item is begun with.
enum class Cause { kAsked, kBought, kViewed };

// The items that orders hold together with another one, in both orders in which they are looked
// for.
class Neighbours {
 public:
  // `by_item` ascending, no item twice.
  explicit Neighbours(std::vector<PairCount> by_item);

  size_t size() const { return by_item_.size(); }
  // nullptr: it is none.
  const PairCount* Find(int64_t item) const;
  // Most orders first, then by item.
  const std::vector<PairCount>& strongest_first() const { return strongest_first_; }

 private:
  std::vector<PairCount> by_item_;
  std::vector<PairCount> strongest_first_;
};

// An item to begin with.
struct Antecedent {
  int64_t item = 0;
  Cause cause = Cause::kAsked;
  double weight = 1;
  // n(A).
  int64_t orders = 0;
  // Never null. Shared with those who keep them.
  std::shared_ptr<const Neighbours> neighbours;
};

// The fewest orders that hold both items of a rule from an item that `orders` orders hold, so that
// it is not too weak. Most pairs that ever came up are below it, and need not be looked at.
int64_t FewestPairOrders(const Settings& thresholds, int64_t orders);

// What decides about a candidate beyond its pairs.
struct CandidateFacts {
  // n(B).
  int64_t orders = 0;
  std::string code;
};
// nullopt: it is not to be recommended now.
using LoadCandidate = std::function<absl::StatusOr<std::optional<CandidateFacts>>(int64_t item)>;

// A rule that speaks for an item.
struct Support {
  // Place in the list of antecedents.
  size_t antecedent = 0;
  RuleCounts counts;
  // weight × confidence.
  double score = 0;
};

struct RankedItem {
  int64_t item = 0;
  // The strongest first, at least one, at most kMaxSupports.
  std::vector<Support> supports;
};

inline constexpr size_t kMaxSupports = 3;

struct RankQuery {
  // N.
  int64_t orders = 0;
  Settings thresholds;
  const absl::flat_hash_set<int64_t>& excluded;
  // Items wanted.
  size_t count = 0;
  // Candidates that are looked at, strongest first, before the search gives up: `load` may refuse
  // any number of them.
  size_t max_looked_at = 0;
};

// The best items that rules lead to from `antecedents`, by score, lift and n(A and B) of their
// strongest rule, highest first, then by code. Facts are loaded only for the candidates whose turn
// comes.
absl::StatusOr<std::vector<RankedItem>> Rank(const std::vector<Antecedent>& antecedents,
                                             const RankQuery& query, const LoadCandidate& load);

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_DOMAIN_RULES_H_
