#include "gateway/openapi/path_names.h"

#include <google/api/resource.pb.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace regulars::gateway {
namespace {

// The variable that captures a segment, or -1.
int VariableAt(const Template& path, size_t segment) {
  for (size_t i = 0; i < path.variables.size(); ++i) {
    if (segment >= path.variables[i].begin && segment < path.variables[i].end) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

// "api_key" → "apiKey".
std::string LowerCamel(absl::string_view name) {
  std::string out;
  bool upper = false;
  for (const char c : name) {
    if (c != '_') out += upper ? absl::ascii_toupper(c) : c;
    upper = c == '_';
  }
  return out;
}

}  // namespace

std::string Singular(absl::string_view plural) {
  for (absl::string_view ending : {"sses", "xes", "ches", "shes"}) {
    if (absl::EndsWith(plural, ending)) return std::string(plural.substr(0, plural.size() - 2));
  }
  if (absl::EndsWith(plural, "ies")) {
    return absl::StrCat(plural.substr(0, plural.size() - 3), "y");
  }
  const bool is_plural = absl::EndsWith(plural, "s") && !absl::EndsWith(plural, "ss");
  return std::string(is_plural ? plural.substr(0, plural.size() - 1) : plural);
}

PathNames::PathNames(const std::vector<Route>& routes) {
  std::set<const google::protobuf::FileDescriptor*> seen;
  for (const Route& route : routes) Learn(route.method.descriptor->file(), &seen);
}

void PathNames::Learn(const google::protobuf::FileDescriptor* file,
                      std::set<const google::protobuf::FileDescriptor*>* seen) {
  if (!seen->insert(file).second) return;
  for (int i = 0; i < file->dependency_count(); ++i) Learn(file->dependency(i), seen);
  for (int i = 0; i < file->message_type_count(); ++i) {
    for (const std::string& pattern :
         file->message_type(i)->options().GetExtension(google::api::resource).pattern()) {
      const std::vector<absl::string_view> parts = absl::StrSplit(pattern, '/');
      for (size_t p = 1; p < parts.size(); ++p) {
        absl::string_view id = parts[p];
        if (absl::ConsumePrefix(&id, "{") && absl::ConsumeSuffix(&id, "}")) {
          ids_.try_emplace(std::string(parts[p - 1]), LowerCamel(id));
        }
      }
    }
  }
}

std::string PathNames::WildcardName(const Route& route, size_t segment) const {
  const Template& path = route.path;
  const int variable = VariableAt(path, segment);
  const bool follows_literal =
      segment > 0 && path.segments[segment - 1].kind == Segment::Kind::kLiteral;
  if (variable >= 0 && (path.variables[variable].single_segment || !follows_literal)) {
    return std::string(route.variables[variable].back()->json_name);
  }
  if (!follows_literal) return "segment";
  const std::string& collection = path.segments[segment - 1].literal;
  const auto known = ids_.find(collection);
  return known != ids_.end() ? known->second : Singular(collection);
}

// Names for all wildcards of a route, each once.
std::vector<std::string> PathNames::WildcardNames(const Route& route) const {
  std::vector<std::string> names;
  for (size_t i = 0; i < route.path.segments.size(); ++i) {
    if (route.path.segments[i].kind == Segment::Kind::kLiteral) continue;
    const std::string name = WildcardName(route, i);
    std::string unique = name;
    for (int n = 2; std::find(names.begin(), names.end(), unique) != names.end(); ++n) {
      unique = absl::StrCat(name, n);
    }
    names.push_back(unique);
  }
  return names;
}

NamedPath PathNames::Name(const Route& route) {
  const auto [known, is_new] = names_.try_emplace(Shape(route.path));
  if (is_new) known->second = WildcardNames(route);
  auto name = known->second.begin();
  NamedPath named;
  for (size_t i = 0; i < route.path.segments.size(); ++i) {
    const Segment& segment = route.path.segments[i];
    if (segment.kind == Segment::Kind::kLiteral) {
      absl::StrAppend(&named.path, "/", segment.literal);
      continue;
    }
    absl::StrAppend(&named.path, "/{", *name, "}");
    named.parameters.push_back(
        {*name++, VariableAt(route.path, i), segment.kind == Segment::Kind::kRest});
  }
  if (!route.path.verb.empty()) absl::StrAppend(&named.path, ":", route.path.verb);
  return named;
}

}  // namespace regulars::gateway
