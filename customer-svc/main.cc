// customer-svc: who the customers are, what they bought, which segments they are in. See README.md.
#include "chassis/server/process.h"
#include "chassis/tasks/runner.h"
#include "customer-svc/rpc/services.h"
#include "customer-svc/store/schema.h"

int main(int argc, char** argv) {
  using namespace regulars;  // NOLINT: main() speaks of little else.
  ProcessOptions options("customer");
  if (const auto code = ParseFlags(argc, argv, options)) return *code;
  auto process = Process::Start(options, customer::CustomerMigrations());
  if (!process.ok()) return Fail(process.status());
  TaskRunner runner((*process)->store());
  const customer::Services services((*process)->environment(), runner);
  runner.Start();
  return (*process)->Serve(services.all(), [&] { runner.Stop(); });
}
