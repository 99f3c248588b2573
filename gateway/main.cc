// gateway: the one HTTP door, and access. See README.md.
#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "chassis/observe/log.h"
#include "chassis/server/process.h"
#include "chassis/tasks/runner.h"
#include "gateway/gateway.h"
#include "gateway/store/schema.h"

int main(int argc, char** argv) {
  using namespace regulars;  // NOLINT: main() speaks of little else.
  ProcessOptions options("access", {"customer", "loyalty", "recommend", "campaign"});
  // It calls in its callers' names, and no service has business with users and keys.
  options.own_key = false;
  options.service_scopes = {};
  gateway::GatewayOptions more;
  if (const auto code =
          ParseFlags(argc, argv, options, [&](CLI::App& app) { gateway::AddFlags(app, more); })) {
    return *code;
  }
  auto process = Process::Start(options, gateway::GatewayMigrations());
  if (!process.ok()) return Fail(process.status());
  TaskRunner runner((*process)->store());
  auto made = gateway::Gateway::Make(**process, more, runner);
  if (!made.ok()) return Fail(made.status());
  runner.Start();
  return (*process)->Serve((*made)->services(), [&] { runner.Stop(); },
                           [&](grpc::Server& server) { return (*made)->Open(server); });
}
