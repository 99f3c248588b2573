#include "gateway/rpc/declared_scopes.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "chassis/rpc/declared_scope.h"
#include "gateway/domain/scopes.h"
#include "gateway/domain/text_rules.h"

namespace regulars::gateway {
namespace {

using google::protobuf::FileDescriptor;

bool IsPackageOf(const FileDescriptor& file, const std::string& service) {
  return absl::StartsWith(file.package(), absl::StrCat("regulars.", service, "."));
}

// The scopes of one method that has been found in the package of `services`, or in a shared one.
void AddScopes(absl::string_view scope, bool of_installed, const std::vector<std::string>& services,
               std::vector<std::string>& scopes) {
  if (absl::ConsumePrefix(&scope, "self.")) {
    for (const std::string& service : services) scopes.push_back(absl::StrCat(service, ".", scope));
  } else if (of_installed && IsScopePattern(scope)) {  // "public" and "authenticated" are none.
    scopes.emplace_back(scope);
  }
}

}  // namespace

std::vector<std::string> DeclaredScopes(const std::vector<const FileDescriptor*>& files,
                                        const std::vector<std::string>& services) {
  std::vector<std::string> scopes;
  for (const FileDescriptor* file : files) {
    const bool of_installed =
        std::any_of(services.begin(), services.end(),
                    [&](const std::string& service) { return IsPackageOf(*file, service); });
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) {
        AddScopes(rpc::DeclaredScope(*file->service(i)->method(j)), of_installed, services, scopes);
      }
    }
  }
  SortAndDropDuplicates(scopes);
  return scopes;
}

}  // namespace regulars::gateway
