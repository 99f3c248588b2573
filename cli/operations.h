// Long work of a service, and waiting for it.
#ifndef CLI_OPERATIONS_H_
#define CLI_OPERATIONS_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "cli/client.h"
#include "cli/context.h"

namespace regulars::cli {

// Asks after the operation until it is done, and returns it; an operation that failed is its error.
// `on_state` sees it each time. A server that is away for a while (a restart) is waited for.
// Interrupted, it says how to go on waiting.
absl::StatusOr<Json> WaitForOperation(Context& context, Client& client, const std::string& service,
                                      Json operation,
                                      const std::function<void(const Json&)>& on_state);

// Tells of one that is not waited for.
void PrintStarted(Context& context, const Json& operation);

}  // namespace regulars::cli

#endif  // CLI_OPERATIONS_H_
