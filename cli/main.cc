// regularsctl: the command line of Regulars. See README.md.
#include "cli/interrupt.h"
#include "cli/program.h"
#include "cli/terminal.h"

int main(int argc, char** argv) {
  regulars::cli::CatchInterrupts();
  regulars::cli::World world = regulars::cli::RealWorld();
  return regulars::cli::Run({argv + 1, argv + argc}, world);
}
