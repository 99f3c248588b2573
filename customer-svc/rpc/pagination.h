// Pages of lists (AIP-158): page sizes, and tokens that say where the next page begins.
//
//   ABSL_ASSIGN_OR_RETURN(const Page page, ReadPage(request, {.parts = 1}));
//   … rows after page.after[0] (page.after is empty on the first page), page.size of them …
//   if (there is more) reply.set_next_page_token(NextPageToken(request, {last_id}));
//
// A token is opaque and safe in URLs. It is bound to the request that began the list: sent with
// other arguments (page_size may change) it is refused. It gives no rights.
#ifndef CUSTOMER_SVC_RPC_PAGINATION_H_
#define CUSTOMER_SVC_RPC_PAGINATION_H_

#include <google/protobuf/message.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace regulars::customer {

struct PageRules {
  int64_t default_size = 50;
  int64_t max_size = 1000;
  // How many values a token holds.
  size_t parts = 1;
};

struct Page {
  int64_t size = 0;
  // What the token holds, `parts` values; empty on the first page.
  std::vector<std::string> after;
};

// `request` has the fields page_size and page_token. INVALID_ARGUMENT with INVALID_PAGE_SIZE
// (negative), INVALID_PAGE_TOKEN, PAGE_TOKEN_MISMATCH (the other arguments have changed).
absl::StatusOr<Page> ReadPage(const google::protobuf::Message& request, const PageRules& rules);

std::string NextPageToken(const google::protobuf::Message& request,
                          absl::Span<const std::string> after);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_PAGINATION_H_
