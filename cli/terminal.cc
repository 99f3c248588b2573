#include "cli/terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <iostream>

#include "absl/cleanup/cleanup.h"
#include "chassis/base/errors.h"
#include "cli/curl_transport.h"
#include "cli/interrupt.h"
#include "cli/output.h"

namespace regulars::cli {
namespace {

constexpr size_t kMaxAnswerBytes = 4096;

absl::StatusOr<std::string> ReadLine(int terminal) {
  std::string line;
  while (line.size() < kMaxAnswerBytes) {
    char c = 0;
    const ssize_t got = read(terminal, &c, 1);
    if (Interrupted()) return InterruptedError();
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || c == '\n') break;
    line += c;
  }
  return line;
}

// Asks on the terminal itself, so that input and output can be redirected.
absl::StatusOr<std::string> AskOnTerminal(absl::string_view question, bool secret) {
  const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
  if (terminal < 0) return FailedPrecondition("NO_TERMINAL", "there is no terminal to ask on");
  const auto closer = absl::MakeCleanup([terminal] { close(terminal); });
  const auto say = [terminal](absl::string_view text) {
    return write(terminal, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  };
  termios before = {};
  const bool hide = secret && tcgetattr(terminal, &before) == 0;
  if (hide) {
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(terminal, TCSAFLUSH, &silent);
  }
  absl::StatusOr<std::string> answer = "";
  if (say(question)) answer = ReadLine(terminal);
  if (hide) {
    tcsetattr(terminal, TCSAFLUSH, &before);
    say("\n");  // The one that was typed was not shown.
  }
  return answer;
}

size_t WidthOf(int descriptor) {
  if (isatty(descriptor) == 0) return 0;
  winsize size = {};
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace

World RealWorld() {
  static OutputBuffer& buffer = *new OutputBuffer(*std::cout.rdbuf());
  static std::ostream& out = *new std::ostream(&buffer);
  std::cerr.tie(&out);  // What was printed before a remark stands before it.
  return {.out = out,
          .err = std::cerr,
          .getenv =
              [](const char* name) {
                const char* value = std::getenv(name);
                return std::string(value == nullptr ? "" : value);
              },
          .clock = SystemClock(),
          .zone = absl::LocalTimeZone(),
          .out_width = WidthOf(STDOUT_FILENO),
          .err_is_terminal = isatty(STDERR_FILENO) != 0,
          .ask = AskOnTerminal,
          .make_transport =
              [](const std::string& ca_file) { return std::make_unique<CurlTransport>(ca_file); },
          .out_error = [] { return buffer.error(); }};
}

}  // namespace regulars::cli
