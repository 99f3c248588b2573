// Path templates as OpenAPI writes them: every wildcard becomes a parameter with a name of its own,
// "/v1/{name=shelves/*/books/*}:lend" becomes "/v1/shelves/{shelf}/books/{book}:lend". A '*' after
// a literal is named by its singular, a variable of one segment by its field.
//
// OpenAPI takes two paths that differ in names alone for the same, so templates of one shape get
// the names of the first. Used by one thread.
#ifndef GATEWAY_OPENAPI_PATH_NAMES_H_
#define GATEWAY_OPENAPI_PATH_NAMES_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "gateway/transcode/route.h"

namespace regulars::gateway {

struct PathParameter {
  std::string name;
  // The variable that it is part of, by its index in the route; -1 if no field takes it.
  int variable;
  bool is_rest;  // "**": may hold slashes.
};

struct NamedPath {
  std::string path;
  std::vector<PathParameter> parameters;
};

class PathNames {
 public:
  // Learns the patterns of all resources that the routes' files know.
  explicit PathNames(const std::vector<Route>& routes);

  NamedPath Name(const Route& route);

 private:
  void Learn(const google::protobuf::FileDescriptor* file,
             std::set<const google::protobuf::FileDescriptor*>* seen);
  std::string WildcardName(const Route& route, size_t segment) const;
  std::vector<std::string> WildcardNames(const Route& route) const;

  // By collection: "shelves" → "shelf".
  std::map<std::string, std::string> ids_;
  // By shape: the names of the wildcards.
  std::map<std::string, std::vector<std::string>> names_;
};

// "customers" → "customer", "auditEntries" → "auditEntry"; English has more rules than it knows.
std::string Singular(absl::string_view plural);

}  // namespace regulars::gateway

#endif  // GATEWAY_OPENAPI_PATH_NAMES_H_
