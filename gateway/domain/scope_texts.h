// What each scope of Regulars lets its holder do, for those who choose scopes for a key or a role.
//
//   DescribeScope("customer.read")  →  "Read customers, …"
//
// Pure.
#ifndef GATEWAY_DOMAIN_SCOPE_TEXTS_H_
#define GATEWAY_DOMAIN_SCOPE_TEXTS_H_

#include "absl/strings/string_view.h"

namespace regulars::gateway {

// "" for what no method asks for.
absl::string_view DescribeScope(absl::string_view scope);

}  // namespace regulars::gateway

#endif  // GATEWAY_DOMAIN_SCOPE_TEXTS_H_
