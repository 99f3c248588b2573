#include "gateway/routing/matcher.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chassis/base/errors.h"
#include "gateway/routing/percent.h"

namespace regulars::gateway {

// One lookup: the path taken apart, and what the walk has learnt.
struct Matcher::Request {
  absl::string_view method;
  std::vector<absl::string_view> segments;  // As sent.
  // For comparing with literals; empty if there is nothing to decode.
  std::vector<std::string> decoded;
  absl::string_view verb;
  // Some template has the path, whatever its method.
  bool path_exists = false;
  // If set, the walk visits every template that has the path and notes its method.
  std::set<std::string>* methods = nullptr;

  absl::string_view Literal(size_t at) const {
    return decoded.empty() ? segments[at] : absl::string_view(decoded[at]);
  }
  // The last segment, with or without its verb.
  void SetLast(absl::string_view last) {
    segments.back() = last;
    if (!decoded.empty()) decoded.back() = PercentDecode(last, Decode::kAll).value_or("");
  }
};

namespace {

bool Answers(absl::string_view route_method, absl::string_view method) {
  return route_method == method || route_method == "*" ||
         (method == "HEAD" && route_method == "GET");
}

// The value of a variable: its segments as sent, decoded as http.proto says.
std::string Capture(const Template& path, const Variable& variable,
                    const std::vector<absl::string_view>& segments) {
  // Only '**' takes a number of segments that is not its template's, and it is always last.
  const bool has_rest = path.segments[variable.end - 1].kind == Segment::Kind::kRest;
  const size_t end = has_rest ? segments.size() : variable.end;
  if (variable.begin >= end) return "";
  const absl::string_view first = segments[variable.begin];
  const absl::string_view last = segments[end - 1];
  const absl::string_view raw(first.data(), last.data() + last.size() - first.data());
  const Decode how = variable.single_segment ? Decode::kAll : Decode::kKeepSlashes;
  return PercentDecode(raw, how).value_or("");
}

std::vector<std::string> WithImpliedMethods(std::set<std::string> methods) {
  if (methods.empty()) return {};
  if (methods.erase("*") != 0) methods.insert({"DELETE", "GET", "PATCH", "POST", "PUT"});
  if (methods.count("GET") != 0) methods.insert("HEAD");
  methods.insert("OPTIONS");
  return {methods.begin(), methods.end()};
}

}  // namespace

RouteMatch Matcher::Find(absl::string_view method, absl::string_view path) const {
  RouteMatch match;
  Request request{.method = method};
  match.outcome = Split(path, &request);
  if (match.outcome != RouteMatch::Outcome::kFound) return match;
  const Endpoint* const found = WalkVerbs(request);
  if (found == nullptr) {
    match.outcome = RouteMatch::Outcome::kNotFound;
    if (request.path_exists) {
      match.outcome = RouteMatch::Outcome::kMethodNotAllowed;
      match.allow = Methods(path);
    }
    return match;
  }
  const Route& route = routes_[found->route];
  match.route = route.id;
  for (const Variable& variable : route.path.variables) {
    match.values.push_back(Capture(route.path, variable, request.segments));
  }
  return match;
}

std::vector<std::string> Matcher::Methods(absl::string_view path) const {
  std::set<std::string> methods;
  Request request{.methods = &methods};
  if (Split(path, &request) == RouteMatch::Outcome::kFound) WalkVerbs(request);
  return WithImpliedMethods(std::move(methods));
}

// kFound if the path can be looked up.
RouteMatch::Outcome Matcher::Split(absl::string_view path, Request* request) {
  if (path.empty() || path[0] != '/') return RouteMatch::Outcome::kMalformed;
  request->segments = absl::StrSplit(path.substr(1), '/');
  const bool is_encoded = path.find('%') != absl::string_view::npos;
  bool has_empty_segment = false;
  for (absl::string_view segment : request->segments) {
    has_empty_segment |= segment.empty();
    if (!is_encoded) continue;
    auto decoded = PercentDecode(segment, Decode::kAll);
    if (!decoded) return RouteMatch::Outcome::kMalformed;
    request->decoded.push_back(*std::move(decoded));
  }
  return has_empty_segment ? RouteMatch::Outcome::kNotFound : RouteMatch::Outcome::kFound;
}

// A custom verb comes after the last colon of the last segment, but only if a template with this
// verb has the path; else the colon is part of the segment.
const Matcher::Endpoint* Matcher::WalkVerbs(Request& request) const {
  const absl::string_view last = request.segments.back();
  const size_t colon = last.rfind(':');
  if (colon != absl::string_view::npos && colon > 0 && colon + 1 < last.size()) {
    request.verb = last.substr(colon + 1);
    request.SetLast(last.substr(0, colon));
    const Endpoint* const found = Walk(request, 0, 0);
    if (request.path_exists) return found;
    request.verb = "";
    request.SetLast(last);
  }
  return Walk(request, 0, 0);
}

const Matcher::Endpoint* Matcher::Walk(Request& request, size_t node, size_t at) const {
  const Node& here = nodes_[node];
  if (at == request.segments.size()) {
    if (const Endpoint* end = Pick(here.here, request)) return end;
    return Pick(here.rest, request);
  }
  if (const auto child = here.literals.find(request.Literal(at)); child != here.literals.end()) {
    if (const Endpoint* end = Walk(request, child->second, at + 1)) return end;
  }
  if (here.one != 0) {
    if (const Endpoint* end = Walk(request, here.one, at + 1)) return end;
  }
  return Pick(here.rest, request);
}

const Matcher::Endpoint* Matcher::Pick(const std::vector<Endpoint>& endpoints, Request& request) {
  const Endpoint* found = nullptr;
  for (const Endpoint& endpoint : endpoints) {
    if (endpoint.verb != request.verb) continue;
    request.path_exists = true;
    if (request.methods != nullptr) {
      request.methods->insert(endpoint.method);
      continue;
    }
    if (!Answers(endpoint.method, request.method)) continue;
    // The method itself before GET for HEAD, and "any" last.
    const bool better = found == nullptr || endpoint.method == request.method ||
                        (found->method == "*" && endpoint.method == "GET");
    if (better) found = &endpoint;
  }
  return found;
}

absl::Status Matcher::Builder::Add(absl::string_view method, const Template& path, size_t route) {
  std::vector<Node>& nodes = matcher_.nodes_;
  size_t node = 0;
  bool rest = false;
  for (const Segment& segment : path.segments) {
    if (segment.kind == Segment::Kind::kRest) {
      rest = true;
      break;
    }
    const bool is_literal = segment.kind == Segment::Kind::kLiteral;
    size_t child = is_literal ? nodes[node].literals[segment.literal] : nodes[node].one;
    if (child == 0) {
      child = nodes.size();
      (is_literal ? nodes[node].literals[segment.literal] : nodes[node].one) = child;
      nodes.emplace_back();
    }
    node = child;
  }
  std::vector<Endpoint>& endpoints = rest ? nodes[node].rest : nodes[node].here;
  for (const Endpoint& other : endpoints) {
    if (other.verb == path.verb && other.method == method) {
      return AlreadyExists("AMBIGUOUS_ROUTE",
                           absl::StrCat(method, " ", path.text, " matches the same paths as ",
                                        matcher_.routes_[other.route].path.text));
    }
  }
  endpoints.push_back({path.verb, std::string(method), matcher_.routes_.size()});
  matcher_.routes_.push_back({route, path});
  return absl::OkStatus();
}

}  // namespace regulars::gateway
