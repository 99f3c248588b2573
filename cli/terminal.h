// What regularsctl touches of the world around it, so that tests can give it another one.
#ifndef CLI_TERMINAL_H_
#define CLI_TERMINAL_H_

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/base/clock.h"
#include "cli/config.h"
#include "cli/http.h"
#include "cli/interrupt.h"

namespace regulars::cli {

struct World {
  std::ostream& out;
  std::ostream& err;
  GetEnv getenv;
  const Clock& clock;
  absl::TimeZone zone;
  // Columns of the terminal that `out` is; 0 if it is none.
  size_t out_width = 0;
  bool err_is_terminal = false;
  // Asks on the terminal, and does not show what is typed if it is `secret`. FAILED_PRECONDITION
  // (NO_TERMINAL) if there is none to ask on.
  std::function<absl::StatusOr<std::string>(absl::string_view question, bool secret)> ask;
  // Makes what carries HTTP; the argument is a file with PEM roots, or empty.
  std::function<std::unique_ptr<Transport>(const std::string& ca_file)> make_transport;
  WaitFor wait_for = Sleep;
  // The errno of the first write to `out` that failed; 0 if it is not known.
  std::function<int()> out_error = [] { return 0; };
  // Whether `err` stands in a line of progress, which is wiped before anything else is written.
  bool in_progress_line = false;
};

// The terminal, the network and the clock of this machine.
World RealWorld();

}  // namespace regulars::cli

#endif  // CLI_TERMINAL_H_
