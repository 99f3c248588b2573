// All that HTTP can reach: the routes of every method with a google.api.http rule whose package has
// a configured upstream, and those mounted by configuration for services that several upstreams
// share. Built once at start, then immutable and safe from any thread. The descriptors must outlive
// it.
//
//   MethodTable::Config config;
//   config.packages = {{"regulars.customer.v1", "customer"}};
//   config.mounts = {{"google.longrunning.Operations.GetOperation", "customer", rule,
//   "customer.read"}}; ABSL_ASSIGN_OR_RETURN(const auto table, MethodTable::Build(*descriptors,
//   config)); const MethodTable::Match match = table->Find("GET", "/api/customer/v1/customers/7");
#ifndef GATEWAY_TRANSCODE_METHOD_TABLE_H_
#define GATEWAY_TRANSCODE_METHOD_TABLE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/routing/matcher.h"
#include "gateway/transcode/descriptors.h"
#include "gateway/transcode/route.h"
#include "gateway/transcode/schema.h"

namespace regulars::gateway {

class MethodTable {
 public:
  struct Package {
    std::string name;      // "regulars.customer.v1"
    std::string upstream;  // "customer"
    // Put before each path of the package's rules.
    std::string prefix;
  };
  // A rule for one method, in place of the proto's own where the same upstream has its package.
  struct Mount {
    std::string method;  // "google.longrunning.Operations.GetOperation"
    std::string upstream;
    google::api::HttpRule rule;
  };
  struct Config {
    std::vector<Package> packages;
    std::vector<Mount> mounts;
  };

  struct Match {
    RouteMatch::Outcome outcome;
    const Route* route = nullptr;     // Only if found.
    std::vector<std::string> values;  // Of the route's variables.
    std::vector<std::string> allow;   // For 405.
  };

  // INVALID_ARGUMENT or ALREADY_EXISTS for a rule that is wrong or two that match the same paths, a
  // package without services, a mount of a method that does not exist: all mistakes of whoever
  // built or configured the program.
  static absl::StatusOr<std::unique_ptr<MethodTable>> Build(const Descriptors& descriptors,
                                                            const Config& config);

  // See Matcher. `path` is without the query.
  Match Find(absl::string_view http_method, absl::string_view path) const;
  std::vector<std::string> Methods(absl::string_view path) const { return matcher_.Methods(path); }

  const Schema& schema() const { return *schema_; }
  // In the order of the descriptor set, mounts last.
  const std::vector<Route>& routes() const { return routes_; }

 private:
  MethodTable() = default;
  absl::Status AddPackage(const Descriptors& descriptors, const Package& package,
                          const Config& config);
  absl::Status AddMount(const Descriptors& descriptors, const Mount& mount);
  absl::Status BuildMatcher();

  std::unique_ptr<Schema> schema_;
  std::vector<Route> routes_;
  Matcher matcher_;
};

}  // namespace regulars::gateway

#endif  // GATEWAY_TRANSCODE_METHOD_TABLE_H_
