#include "gateway/transcode/method_table.h"

#include <google/api/annotations.pb.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/declared_scope.h"

namespace regulars::gateway {
namespace {

using ::google::protobuf::FileDescriptor;
using ::google::protobuf::MethodDescriptor;

// All methods of a package, in the order of the files.
std::vector<const MethodDescriptor*> MethodsOf(const Descriptors& descriptors,
                                               const std::string& package) {
  std::vector<const MethodDescriptor*> methods;
  for (const FileDescriptor* file : descriptors.files()) {
    if (file->package() != package) continue;
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        methods.push_back(file->service(s)->method(m));
      }
    }
  }
  return methods;
}

void AddPrefix(const std::string& prefix, google::api::HttpRule* rule) {
  using ::google::api::HttpRule;
  const auto add = [&prefix](std::string* path) { path->insert(0, prefix); };
  switch (rule->pattern_case()) {
    case HttpRule::kGet:
      add(rule->mutable_get());
      break;
    case HttpRule::kPut:
      add(rule->mutable_put());
      break;
    case HttpRule::kPost:
      add(rule->mutable_post());
      break;
    case HttpRule::kDelete:
      add(rule->mutable_delete_());
      break;
    case HttpRule::kPatch:
      add(rule->mutable_patch());
      break;
    case HttpRule::kCustom:
      add(rule->mutable_custom()->mutable_path());
      break;
    case HttpRule::PATTERN_NOT_SET:
      break;
  }
  for (HttpRule& additional : *rule->mutable_additional_bindings()) AddPrefix(prefix, &additional);
}

}  // namespace

absl::StatusOr<std::unique_ptr<MethodTable>> MethodTable::Build(const Descriptors& descriptors,
                                                                const Config& config) {
  auto table = std::unique_ptr<MethodTable>(new MethodTable);
  table->schema_ = Schema::Build(descriptors.files());
  for (const Package& package : config.packages) {
    ABSL_RETURN_IF_ERROR(table->AddPackage(descriptors, package, config));
  }
  for (const Mount& mount : config.mounts) {
    ABSL_RETURN_IF_ERROR(table->AddMount(descriptors, mount));
  }
  ABSL_RETURN_IF_ERROR(table->BuildMatcher());
  return table;
}

absl::Status MethodTable::AddPackage(const Descriptors& descriptors, const Package& package,
                                     const Config& config) {
  const std::vector<const MethodDescriptor*> methods = MethodsOf(descriptors, package.name);
  if (methods.empty()) {
    return InvalidArgument("NO_SUCH_PACKAGE",
                           absl::StrCat("package '", package.name, "' has no service"));
  }
  for (const MethodDescriptor* method : methods) {
    const bool is_mounted =
        std::any_of(config.mounts.begin(), config.mounts.end(), [&](const Mount& mount) {
          return mount.method == method->full_name() && mount.upstream == package.upstream;
        });
    if (is_mounted || !method->options().HasExtension(google::api::http)) continue;
    google::api::HttpRule rule = method->options().GetExtension(google::api::http);
    AddPrefix(package.prefix, &rule);
    ABSL_ASSIGN_OR_RETURN(std::vector<Route> routes, CompileRule(*schema_, *method, rule));
    for (Route& route : routes) {
      route.upstream = package.upstream;
      route.scope = rpc::ScopeIn(package.upstream, *method);
      route.shared = !package.prefix.empty();
      routes_.push_back(std::move(route));
    }
  }
  return absl::OkStatus();
}

absl::Status MethodTable::AddMount(const Descriptors& descriptors, const Mount& mount) {
  const MethodDescriptor* const method = descriptors.pool().FindMethodByName(mount.method);
  if (method == nullptr) {
    return InvalidArgument("NO_SUCH_METHOD", absl::StrCat("no method '", mount.method, "'"));
  }
  ABSL_ASSIGN_OR_RETURN(std::vector<Route> routes, CompileRule(*schema_, *method, mount.rule));
  for (Route& route : routes) {
    route.upstream = mount.upstream;
    route.scope = rpc::ScopeIn(mount.upstream, *method);
    route.shared = true;
    routes_.push_back(std::move(route));
  }
  return absl::OkStatus();
}

absl::Status MethodTable::BuildMatcher() {
  Matcher::Builder builder;
  for (size_t i = 0; i < routes_.size(); ++i) {
    ABSL_RETURN_IF_ERROR(builder.Add(routes_[i].http_method, routes_[i].path, i));
  }
  matcher_ = std::move(builder).Build();
  return absl::OkStatus();
}

MethodTable::Match MethodTable::Find(absl::string_view http_method, absl::string_view path) const {
  RouteMatch found = matcher_.Find(http_method, path);
  Match match{
      .outcome = found.outcome, .values = std::move(found.values), .allow = std::move(found.allow)};
  if (found.outcome == RouteMatch::Outcome::kFound) match.route = &routes_[found.route];
  return match;
}

}  // namespace regulars::gateway
