#include "recommend-svc/domain/rules.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "chassis/base/status_macros.h"

namespace regulars::recommend {
namespace {

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

// All items that rules lead to, each once, by the score of its strongest rule, highest first. Only
// as far as they are asked for: of the thousands of neighbours that a long history has, few count.
class StrongestFirst {
 public:
  StrongestFirst(const std::vector<Antecedent>& antecedents, const RankQuery& query)
      : antecedents_(antecedents), query_(query), heads_(antecedents.size()) {
    for (size_t i = 0; i < heads_.size(); ++i) Advance(i);
  }

  struct Rule {
    int64_t item = 0;
    Support support;
  };
  // nullptr behind the last.
  const Rule* Top() {
    while (true) {
      const auto top = std::max_element(heads_.begin(), heads_.end(), IsBelow);
      if (top == heads_.end() || !top->rule) return nullptr;
      top_ = static_cast<size_t>(top - heads_.begin());
      const int64_t item = top->rule->item;
      if (!query_.excluded.contains(item) && !taken_.contains(item)) return &*top->rule;
      Advance(top_);
    }
  }
  // Goes on behind Top().
  void Pop() {
    taken_.insert(heads_[top_].rule->item);
    Advance(top_);
  }

 private:
  // How far the neighbours of one antecedent were gone through.
  struct Head {
    size_t next = 0;
    std::optional<Rule> rule;  // None: to the end.
  };

  static bool IsBelow(const Head& a, const Head& b) {
    if (!a.rule || !b.rule) return !a.rule && b.rule;
    const auto key = [](const Rule& rule) {
      return std::make_tuple(rule.support.score, rule.support.counts.pair, -rule.item);
    };
    return key(*a.rule) < key(*b.rule);
  }

  void Advance(size_t antecedent) {
    Head& head = heads_[antecedent];
    const std::vector<PairCount>& pairs = antecedents_[antecedent].neighbours->strongest_first();
    std::optional<Support> support;
    // A pair of fewer orders than one that says too little says too little.
    if (head.next < pairs.size())
      support = RuleOf(antecedents_, antecedent, pairs[head.next], query_);
    head.rule.reset();
    if (support) head.rule = Rule{pairs[head.next++].other, *support};
  }

  const std::vector<Antecedent>& antecedents_;
  const RankQuery& query_;
  std::vector<Head> heads_;
  size_t top_ = 0;
  absl::flat_hash_set<int64_t> taken_;
};

// An item that may be recommended, with all rules that speak for it.
struct Candidate {
  int64_t item = 0;
  std::string code;
  // The strongest first, at least one.
  std::vector<Support> supports;

  const Support& strongest() const { return supports.front(); }
};

// Highest first: (score, lift, pair), then the lowest code.
bool IsBelow(const Candidate& a, const Candidate& b) {
  const auto key = [](const Candidate& candidate) {
    const Support& strongest = candidate.strongest();
    return std::make_tuple(strongest.score, strongest.counts.lift(), strongest.counts.pair);
  };
  const auto of_a = key(a);
  const auto of_b = key(b);
  if (of_a != of_b) return of_a < of_b;
  return std::tie(b.code, b.item) < std::tie(a.code, a.item);
}

// Among rules for one item the one of more confidence is also the one of more lift.
bool IsStronger(const Support& a, const Support& b) {
  return std::make_tuple(-a.score, -a.counts.confidence(), -a.counts.pair, a.antecedent) <
         std::make_tuple(-b.score, -b.counts.confidence(), -b.counts.pair, b.antecedent);
}

// The rules for an item that are strong enough, the strongest first.
std::vector<Support> SupportsOf(int64_t item, const CandidateFacts& facts,
                                const std::vector<Antecedent>& antecedents,
                                const RankQuery& query) {
  std::vector<Support> supports;
  for (size_t i = 0; i < antecedents.size(); ++i) {
    const PairCount* pair = antecedents[i].neighbours->Find(item);
    if (pair == nullptr) continue;
    std::optional<Support> rule = RuleOf(antecedents, i, *pair, query);
    if (!rule) continue;
    rule->counts.consequent = facts.orders;
    if (rule->counts.lift() >= query.thresholds.min_lift) supports.push_back(*rule);
  }
  std::sort(supports.begin(), supports.end(), IsStronger);
  return supports;
}

}  // namespace

Neighbours::Neighbours(std::vector<PairCount> by_item) : by_item_(std::move(by_item)) {
  by_item_.shrink_to_fit();
  strongest_first_ = by_item_;
  std::sort(strongest_first_.begin(), strongest_first_.end(),
            [](const PairCount& a, const PairCount& b) {
              return std::tie(b.orders, a.other) < std::tie(a.orders, b.other);
            });
}

const PairCount* Neighbours::Find(int64_t item) const {
  const auto found =
      std::lower_bound(by_item_.begin(), by_item_.end(), item,
                       [](const PairCount& pair, int64_t wanted) { return pair.other < wanted; });
  return found != by_item_.end() && found->other == item ? &*found : nullptr;
}

int64_t FewestPairOrders(const Settings& thresholds, int64_t orders) {
  // Rounded down: which pairs have enough confidence is decided by Collect() alone.
  const double confident = thresholds.min_confidence * static_cast<double>(orders);
  return std::max(thresholds.min_pair_orders, static_cast<int64_t>(confident));
}

absl::StatusOr<std::vector<RankedItem>> Rank(const std::vector<Antecedent>& antecedents,
                                             const RankQuery& query, const LoadCandidate& load) {
  StrongestFirst rules(antecedents, query);
  std::vector<Candidate> heap;
  std::vector<RankedItem> ranked;
  size_t looked_at = 0;
  while (ranked.size() < query.count) {
    const StrongestFirst::Rule* next = looked_at < query.max_looked_at ? rules.Top() : nullptr;
    // An item whose facts are not loaded yet stands at best as high as its strongest rule.
    if (!heap.empty() && (!next || next->support.score < heap.front().strongest().score)) {
      std::pop_heap(heap.begin(), heap.end(), IsBelow);
      Candidate& top = heap.back();
      if (top.supports.size() > kMaxSupports) top.supports.resize(kMaxSupports);
      ranked.push_back({top.item, std::move(top.supports)});
      heap.pop_back();
      continue;
    }
    if (!next) break;
    const int64_t item = next->item;
    rules.Pop();
    ++looked_at;
    ABSL_ASSIGN_OR_RETURN(const std::optional<CandidateFacts> facts, load(item));
    if (!facts) continue;
    std::vector<Support> supports = SupportsOf(item, *facts, antecedents, query);
    if (supports.empty()) continue;
    heap.push_back({item, facts->code, std::move(supports)});
    std::push_heap(heap.begin(), heap.end(), IsBelow);
  }
  return ranked;
}

}  // namespace regulars::recommend
