// Pages of lists (AIP-158): page sizes, and tokens that say where the next page begins.
//
//   ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now(), {.parts = 1}));
//   … rows after page.after[0] (page.after is empty on the first page), page.size of them …
//   if (there is more) reply.set_next_page_token(rpc::NextPageToken(request, db.now(), {last_id}));
//
// A token is opaque and safe in URLs. It is bound to the request that began the list: sent with
// other arguments (page_size may change), or too late, it is refused. It gives no rights.
#ifndef CHASSIS_RPC_PAGE_TOKEN_H_
#define CHASSIS_RPC_PAGE_TOKEN_H_

#include <google/protobuf/message.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace regulars::rpc {

// How long a token is good for.
inline constexpr absl::Duration kPageTokenLife = absl::Hours(24 * 3);

// A page of messages that may be long ends when it holds this many bytes: callers take 4 MiB in one
// message as a rule.
inline constexpr size_t kMaxPageBytes = 2 << 20;

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

  // The only one, where there is one value; "" on the first page.
  std::string after_id() const { return after.empty() ? "" : after[0]; }
};

// `request` has the fields page_size and page_token. INVALID_ARGUMENT with INVALID_PAGE_SIZE
// (negative), or INVALID_PAGE_TOKEN for a token that is damaged, old or of other arguments.
absl::StatusOr<Page> ReadPage(const google::protobuf::Message& request, absl::Time now,
                              const PageRules& rules = {});

std::string NextPageToken(const google::protobuf::Message& request, absl::Time now,
                          absl::Span<const std::string> after);

// What a list answers whose token holds something that it never put there.
absl::Status InvalidPageToken();

// The number that a token's only value is; 0 on the first page.
absl::StatusOr<int64_t> PositionOf(const Page& page);

}  // namespace regulars::rpc

#endif  // CHASSIS_RPC_PAGE_TOKEN_H_
