#include "recommend-svc/domain/rules.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "chassis/base/status_macros.h"

namespace regulars::recommend {
namespace {

// An item that some rule leads to. Its lift and code are known once its facts were loaded; until
// then it stands as high as it possibly could.
struct Candidate {
  int64_t item = 0;
  std::vector<Support> supports;
  double lift = std::numeric_limits<double>::infinity();
  std::string code;
  bool loaded = false;
};

// Highest first: (score, lift, pair), then the lowest code.
bool IsBelow(const Candidate* a, const Candidate* b) {
  const Support& left = a->supports.front();
  const Support& right = b->supports.front();
  const auto key = [](const Support& support, double lift) {
    return std::make_tuple(support.score, lift, support.counts.pair);
  };
  const auto of_a = key(left, a->lift);
  const auto of_b = key(right, b->lift);
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

using Candidates = absl::flat_hash_map<int64_t, Candidate>;

// Every item that a rule of enough orders and confidence leads to.
Candidates Collect(const std::vector<Antecedent>& antecedents, const RankQuery& query) {
  Candidates candidates;
  for (size_t i = 0; i < antecedents.size(); ++i) {
    const Antecedent& antecedent = antecedents[i];
    for (const PairCount& pair : antecedent.neighbours) {
      if (pair.orders < query.thresholds.min_pair_orders) continue;
      const RuleCounts counts{
          .pair = pair.orders, .antecedent = antecedent.orders, .orders = query.orders};
      if (counts.confidence() < query.thresholds.min_confidence) continue;
      if (query.excluded.contains(pair.other)) continue;
      Candidate& candidate = candidates[pair.other];
      candidate.item = pair.other;
      candidate.supports.push_back({i, counts, antecedent.weight * counts.confidence()});
    }
  }
  for (auto& [item, candidate] : candidates) {
    std::sort(candidate.supports.begin(), candidate.supports.end(), IsStronger);
  }
  return candidates;
}

// Puts in what was loaded: rules of too little lift go. False if none is left.
bool Settle(const CandidateFacts& facts, double min_lift, Candidate& candidate) {
  candidate.loaded = true;
  candidate.code = facts.code;
  for (Support& support : candidate.supports) support.counts.consequent = facts.orders;
  const auto weak = [&](const Support& support) { return support.counts.lift() < min_lift; };
  candidate.supports.erase(
      std::remove_if(candidate.supports.begin(), candidate.supports.end(), weak),
      candidate.supports.end());
  if (candidate.supports.empty()) return false;
  candidate.lift = candidate.supports.front().counts.lift();
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
  Candidates candidates = Collect(antecedents, query);
  std::vector<Candidate*> heap;
  heap.reserve(candidates.size());
  for (auto& [item, candidate] : candidates) heap.push_back(&candidate);
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
    if (!facts || !Settle(*facts, query.thresholds.min_lift, top)) continue;
    heap.push_back(&top);
    std::push_heap(heap.begin(), heap.end(), IsBelow);
  }
  return ranked;
}

}  // namespace regulars::recommend
