#include "customer-svc/follow/recommend.h"

#include "absl/strings/strip.h"
#include "customer-svc/rpc/erasure_changes.h"
#include "regulars/recommend/v1/events.pb.h"

namespace regulars::customer {
namespace {

absl::Status FollowErasureConfirmed(Transaction& tx, const FollowedEvent&,
                                    const recommend::v1::ErasureConfirmed& confirmed) {
  return ConfirmErasure(tx, absl::StripPrefix(absl::string_view(confirmed.erasure()), "erasures/"),
                        "recommend");
}

}  // namespace

FeedHandlers RecommendHandlers() {
  FeedHandlers handlers;
  handlers.On<recommend::v1::ErasureConfirmed>(FollowErasureConfirmed);
  return handlers;
}

}  // namespace regulars::customer
