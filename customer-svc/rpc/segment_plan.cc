#include "customer-svc/rpc/segment_plan.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "chassis/auth/sha256.h"
#include "chassis/base/status_macros.h"
#include "customer-svc/domain/settings.h"
#include "customer-svc/store/customer_filter.h"
#include "customer-svc/store/segment_sets.h"
#include "customer-svc/store/segments.h"
#include "customer-svc/store/settings.h"

namespace regulars::customer {
namespace {

// What a plan is compiled from.
struct Sources {
  std::vector<SegmentSet> live;  // Those that have a filter.
  std::vector<SegmentSet> staged;
  std::vector<SegmentSet> outgoing;
  std::map<int64_t, std::string> segment_ids;
  CompanySettings settings;
};

absl::StatusOr<Sources> LoadSources(Snapshot& db) {
  Sources sources;
  ABSL_ASSIGN_OR_RETURN(sources.live, segment_sets::List(db, SetRole::kLive));
  std::erase_if(sources.live, [](const SegmentSet& set) { return set.filter.empty(); });
  ABSL_ASSIGN_OR_RETURN(sources.staged, segment_sets::List(db, SetRole::kStaged));
  ABSL_ASSIGN_OR_RETURN(sources.outgoing, segment_sets::List(db, SetRole::kOutgoing));
  ABSL_ASSIGN_OR_RETURN(sources.segment_ids, segments::Ids(db));
  ABSL_ASSIGN_OR_RETURN(sources.settings, settings::Load(db));
  return sources;
}

// Everything that a plan depends on, and nothing else.
absl::StatusOr<std::string> Fingerprint(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(const Sources sources, LoadSources(db));
  if (sources.live.empty() && sources.staged.empty()) return std::string();
  ABSL_ASSIGN_OR_RETURN(std::string text, DescribeCustomerSchema(db));
  absl::StrAppend(&text, sources.settings.time_zone, "\n");
  for (const auto* sets : {&sources.live, &sources.staged, &sources.outgoing}) {
    for (const SegmentSet& set : *sets) {
      const auto id = sources.segment_ids.find(set.segment_key);
      absl::StrAppend(&text, set.key, " ", set.segment_key, " ", static_cast<int64_t>(set.role),
                      " ", id == sources.segment_ids.end() ? "" : id->second, " ",
                      set.filter.size(), ":", set.filter, "\n");
    }
  }
  return absl::BytesToHexString(auth::AsView(auth::Sha256(text)));
}

int64_t KeyOf(const std::vector<SegmentSet>& sets, int64_t segment_key) {
  const auto found = std::find_if(sets.begin(), sets.end(), [&](const SegmentSet& set) {
    return set.segment_key == segment_key;
  });
  return found == sets.end() ? 0 : found->key;
}

// A set whose filter cannot be read is left out: its members stay as they are. Changes that would
// bring this about are refused, see AttributeDefinitionsChanged().
void AddSet(const SegmentSet& set, const Sources& sources, const filter::Schema& schema,
            SegmentPlan& plan) {
  auto expression = CompileCustomerFilter(set.filter, schema);
  const auto id = sources.segment_ids.find(set.segment_key);
  if (!expression.ok() || id == sources.segment_ids.end()) return;
  PlannedSet planned{.key = set.key,
                     .role = set.role,
                     .segment_id = id->second,
                     .live = KeyOf(sources.live, set.segment_key),
                     .staged = KeyOf(sources.staged, set.segment_key),
                     .outgoing = KeyOf(sources.outgoing, set.segment_key),
                     .expression = *std::move(expression)};
  planned.needs = NeedsOf(planned.expression);
  planned.depends_on_time = planned.expression.DependsOnTime();
  for (const filter::FieldRef& field : planned.expression.Fields()) {
    if (GroupOf(field.handle) == kScoreFacts) plan.score_fields.push_back(field.handle);
  }
  plan.sets.push_back(std::move(planned));
}

absl::StatusOr<std::shared_ptr<const SegmentPlan>> Compile(Snapshot& db) {
  auto plan = std::make_shared<SegmentPlan>();
  ABSL_ASSIGN_OR_RETURN(const Sources sources, LoadSources(db));
  ABSL_ASSIGN_OR_RETURN(const filter::Schema schema, LoadCustomerSchema(db));
  plan->zone = sources.settings.zone;
  for (const auto* sets : {&sources.live, &sources.staged}) {
    for (const SegmentSet& set : *sets) AddSet(set, sources, schema, *plan);
  }
  return std::shared_ptr<const SegmentPlan>(std::move(plan));
}

struct CachedPlan {
  std::string fingerprint;
  std::shared_ptr<const SegmentPlan> plan;
};
// Each store has one writing thread; whoever else asks compiles for itself.
thread_local CachedPlan cached_plan;

}  // namespace

const PlannedSet* SegmentPlan::Find(int64_t set) const {
  for (const PlannedSet& planned : sets) {
    if (planned.key == set) return &planned;
  }
  return nullptr;
}

absl::StatusOr<std::shared_ptr<const SegmentPlan>> LoadPlan(Snapshot& db,
                                                            const std::string& fingerprint) {
  if (cached_plan.plan == nullptr || cached_plan.fingerprint != fingerprint) {
    ABSL_ASSIGN_OR_RETURN(auto plan, Compile(db));
    cached_plan = {fingerprint, std::move(plan)};
  }
  return cached_plan.plan;
}

absl::StatusOr<std::shared_ptr<const SegmentPlan>> LoadPlan(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(const segment_sets::State state, segment_sets::LoadState(db));
  return LoadPlan(db, state.plan);
}

absl::Status RefreshPlan(Transaction& tx) {
  ABSL_ASSIGN_OR_RETURN(const std::string fingerprint, Fingerprint(tx));
  return segment_sets::SavePlan(tx, fingerprint);
}

}  // namespace regulars::customer
