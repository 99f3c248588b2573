// What browsers get: a pixel, a redirect, small pages without scripts.
#ifndef CAMPAIGN_SVC_RPC_TRACKING_PAGES_H_
#define CAMPAIGN_SVC_RPC_TRACKING_PAGES_H_

#include <string>

#include "absl/strings/string_view.h"
#include "google/api/httpbody.pb.h"

namespace regulars::campaign {

google::api::HttpBody PixelReply();
google::api::HttpBody RedirectReply(const std::string& target);
// For links that are not ours, with status 404.
google::api::HttpBody NotOursReply();
// Asks whether to unsubscribe; its button posts to the page's own address.
google::api::HttpBody AskReply(absl::string_view company);
google::api::HttpBody DoneReply(absl::string_view company);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_RPC_TRACKING_PAGES_H_
