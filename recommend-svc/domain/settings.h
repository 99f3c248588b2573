// What is recommended, and what is too weak for it.
#ifndef RECOMMEND_SVC_DOMAIN_SETTINGS_H_
#define RECOMMEND_SVC_DOMAIN_SETTINGS_H_

#include <cstdint>
#include <optional>

#include "absl/time/time.h"

namespace regulars::recommend {

struct Settings {
  // Orders that must hold both items of a rule.
  int64_t min_pair_orders = 3;
  double min_confidence = 0.01;
  double min_lift = 1;
  // What a rule from an item that was only looked at counts, against 1 for one that was bought.
  double view_weight = 0.3;
  int64_t best_seller_days = 30;
  bool catalogue_only = false;
  int64_t version = 1;
  // Unset until a caller has changed something.
  std::optional<absl::Time> update_time;
};

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_DOMAIN_SETTINGS_H_
