#include "chassis/effects/effect_pool.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "chassis/base/check.h"
#include "chassis/base/ids.h"
#include "chassis/effects/effect_runner.h"

namespace regulars {
namespace {

std::string Bell(absl::string_view kind) { return absl::StrCat("effects ", kind); }

}  // namespace

EffectPool::EffectPool(Store& store, Metrics& metrics, absl::Duration patience)
    : store_(store),
      metrics_(metrics),
      patience_(patience),
      holder_(static_cast<int64_t>(SecureRandomSeed() >> 1) | 1) {}

EffectPool::~EffectPool() { Stop(); }

void EffectPool::Ring(Transaction& tx, absl::string_view kind) { tx.Ring(Bell(kind)); }

void EffectPool::AddKind(Kind kind) {
  // Programmers write kinds whole.
  CHECK(kind.claim && kind.perform && kind.record && kind.next_due);
  CHECK(kind.threads > 0 && kind.batch > 0 && kind.lease > absl::ZeroDuration());
  runners_.push_back(std::make_unique<EffectRunner>(store_, metrics_, holder_, std::move(kind)));
}

void EffectPool::Start() {
  for (const auto& runner : runners_) {
    store_.writer().OnRung(Bell(runner->name()), [raw = runner.get()] { raw->Ring(); });
    runner->Start();
  }
}

void EffectPool::Stop() {
  for (const auto& runner : runners_) {
    // A pool that was never started may outlive a store that is closed already.
    if (runner->started()) store_.writer().OnRung(Bell(runner->name()), nullptr);
    runner->BeginToStop(patience_);
  }
  for (const auto& runner : runners_) runner->Stop();
}

}  // namespace regulars
