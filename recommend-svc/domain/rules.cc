#include "recommend-svc/domain/rules.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "chassis/base/status_macros.h"

namespace regulars::recommend {
namespace {

// An item that some rule leads to. Its lift, its code and all the rules that speak for it are known
// once its facts were loaded; until then it stands as high as it possibly could.
struct Candidate {
  int64_t item = 0;
  Support strongest;
  double lift = std::numeric_limits<double>::infinity();
  std::string code;
  bool loaded = false;
  // The strongest first.
  std::vector<Support> supports;
};

// Highest first: (score, lift, pair), then the lowest code.
bool IsBelow(const Candidate* a, const Candidate* b) {
  const auto key = [](const Support& support, double lift) {
    return std::make_tuple(support.score, lift, support.counts.pair);
  };
  const auto of_a = key(a->strongest, a->lift);
  const auto of_b = key(b->strongest, b->lift);
  if (of_a != of_b) return of_a < of_b;
  // Unloaded ones come first: their code may turn out to be the lower one.
  if (a->loaded != b->loaded) return a->loaded;
  return std::tie(b->code, b->item) < std::tie(a->code, a->item);
}

// Among rules for one item the one of more confidence is also the one of more lift.
bool IsStronger(const Support& a, const Support& b) {
  return std::make_tuple(-a.score, -a.counts.confidence(), -a.counts.pair, a.antecedent) <
         std::make_tuple(-b.score, -b.counts.confidence(), -b.counts.pair, b.antecedent);
}

// What the pair says for its other item; nullopt if that is too little.
std::optional<Support> RuleOf(const std::vector<Antecedent>& antecedents, size_t antecedent,
                              const PairCount& pair, const RankQuery& query) {
  if (pair.orders < query.thresholds.min_pair_orders) return std::nullopt;
  const RuleCounts counts{
      .pair = pair.orders, .antecedent = antecedents[antecedent].orders, .orders = query.orders};
  const double confidence = counts.confidence();
  if (confidence < query.thresholds.min_confidence) return std::nullopt;
  return Support{antecedent, counts, antecedents[antecedent].weight * confidence};
}

// Every item that a rule of enough orders and confidence leads to, with the strongest one.
std::vector<Candidate> Collect(const std::vector<Antecedent>& antecedents, const RankQuery& query) {
  absl::flat_hash_map<int64_t, Support> strongest;
  for (size_t i = 0; i < antecedents.size(); ++i) {
    for (const PairCount& pair : *antecedents[i].neighbours) {
      const std::optional<Support> rule = RuleOf(antecedents, i, pair, query);
      if (!rule) continue;
      const auto [place, added] = strongest.try_emplace(pair.other, *rule);
      if (!added && IsStronger(*rule, place->second)) place->second = *rule;
    }
  }
  std::vector<Candidate> candidates;
  candidates.reserve(strongest.size());
  for (const auto& [item, rule] : strongest) {
    if (!query.excluded.contains(item)) candidates.push_back({.item = item, .strongest = rule});
  }
  return candidates;
}

// Puts in what was loaded, and the rules of enough lift. False if there is none.
bool Settle(const CandidateFacts& facts, const std::vector<Antecedent>& antecedents,
            const RankQuery& query, Candidate& candidate) {
  for (size_t i = 0; i < antecedents.size(); ++i) {
    const std::vector<PairCount>& neighbours = *antecedents[i].neighbours;
    const auto pair = std::lower_bound(
        neighbours.begin(), neighbours.end(), candidate.item,
        [](const PairCount& neighbour, int64_t item) { return neighbour.other < item; });
    if (pair == neighbours.end() || pair->other != candidate.item) continue;
    std::optional<Support> rule = RuleOf(antecedents, i, *pair, query);
    if (!rule) continue;
    rule->counts.consequent = facts.orders;
    if (rule->counts.lift() >= query.thresholds.min_lift) candidate.supports.push_back(*rule);
  }
  if (candidate.supports.empty()) return false;
  std::sort(candidate.supports.begin(), candidate.supports.end(), IsStronger);
  candidate.strongest = candidate.supports.front();
  candidate.lift = candidate.strongest.counts.lift();
  candidate.code = facts.code;
  candidate.loaded = true;
  return true;
}

}  // namespace

int64_t FewestPairOrders(const Settings& thresholds, int64_t orders) {
  // Rounded down: which pairs have enough confidence is decided by Collect() alone.
  const double confident = thresholds.min_confidence * static_cast<double>(orders);
  return std::max(thresholds.min_pair_orders, static_cast<int64_t>(confident));
}

absl::StatusOr<std::vector<RankedItem>> Rank(const std::vector<Antecedent>& antecedents,
                                             const RankQuery& query, const LoadCandidate& load) {
  std::vector<Candidate> candidates = Collect(antecedents, query);
  std::vector<Candidate*> heap;
  heap.reserve(candidates.size());
  for (Candidate& candidate : candidates) heap.push_back(&candidate);
  std::make_heap(heap.begin(), heap.end(), IsBelow);
  std::vector<RankedItem> ranked;
  size_t looked_at = 0;
  while (!heap.empty() && ranked.size() < query.count) {
    std::pop_heap(heap.begin(), heap.end(), IsBelow);
    Candidate& top = *heap.back();
    heap.pop_back();
    if (top.loaded) {
      if (top.supports.size() > kMaxSupports) top.supports.resize(kMaxSupports);
      ranked.push_back({top.item, std::move(top.supports)});
      continue;
    }
    if (++looked_at > query.max_looked_at) continue;
    ABSL_ASSIGN_OR_RETURN(const std::optional<CandidateFacts> facts, load(top.item));
    if (!facts || !Settle(*facts, antecedents, query, top)) continue;
    heap.push_back(&top);
    std::push_heap(heap.begin(), heap.end(), IsBelow);
  }
  return ranked;
}

}  // namespace regulars::recommend
