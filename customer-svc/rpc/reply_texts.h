// The texts within a serialised message whose type is not known, such as a remembered reply.
//
//   const bool about = AnyText(reply, [&](absl::string_view text) { return clues.AreIn(text); });
#ifndef CUSTOMER_SVC_RPC_REPLY_TEXTS_H_
#define CUSTOMER_SVC_RPC_REPLY_TEXTS_H_

#include <functional>

#include "absl/strings/string_view.h"

namespace regulars::customer {

// Whether the predicate is true of one of its texts. A field that may be a text or a message is
// taken for both; what can be neither is asked as it is.
bool AnyText(absl::string_view message,
             const std::function<bool(absl::string_view text)>& predicate);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_REPLY_TEXTS_H_
