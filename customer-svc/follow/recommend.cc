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

// Nothing of its state is kept here: reading it anew asks for the confirmations that were missed.
RebuildPlan<recommend::v1::ErasureConfirmed> RebuildFromRecommend() {
  using Page = RebuildPlan<recommend::v1::ErasureConfirmed>::Page;
  return {.fetch = [](const Origin&, const std::string&) -> absl::StatusOr<Page> { return Page(); },
          .apply = [](Transaction&, const recommend::v1::ErasureConfirmed&,
                      int64_t) { return absl::OkStatus(); },
          .finish = [](Transaction& tx,
                       int64_t generation) { return AskAgain(tx, "recommend", generation); }};
}

}  // namespace

FeedHandlers RecommendHandlers() {
  FeedHandlers handlers;
  handlers.OnAtOnce<recommend::v1::ErasureConfirmed>(FollowErasureConfirmed);
  handlers.Rebuild<recommend::v1::ErasureConfirmed>(RebuildFromRecommend());
  return handlers;
}

}  // namespace regulars::customer
