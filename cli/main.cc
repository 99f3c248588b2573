// regularsctl: the command line of Regulars. See README.md.
#include <fcntl.h>
#include <unistd.h>

#include "cli/interrupt.h"
#include "cli/program.h"
#include "cli/terminal.h"

namespace {

// Of the standard descriptors, those that are closed: else the next file or connection got their
// number, and what is printed would be written into it. Read-only, so that writing fails.
void FillStandardDescriptors() {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    // The lowest that is free is taken.
    if (fcntl(descriptor, F_GETFD) < 0) static_cast<void>(open("/dev/null", O_RDONLY));
  }
}

}  // namespace

int main(int argc, char** argv) {
  FillStandardDescriptors();
  regulars::cli::CatchInterrupts();
  regulars::cli::World world = regulars::cli::RealWorld();
  return regulars::cli::Run({argv + 1, argv + argc}, world);
}
