// Finds the route of a request: an immutable trie of path templates, built once and then safe from
// any thread. At each segment a literal is preferred to '*' and '*' to '**', going back where a
// choice leads nowhere, so a lookup is linear in the size of the trie at worst. Templates that
// match the same paths are refused when they are added: what answers a request never depends on
// order.
//
//   Matcher::Builder builder;
//   ABSL_RETURN_IF_ERROR(builder.Add("GET", shelf_template, 0));
//   const Matcher matcher = std::move(builder).Build();
//   matcher.Find("GET", "/v1/shelves/7")   // kFound, route 0, values {"shelves/7"}
//   matcher.Find("PUT", "/v1/shelves/7")   // kMethodNotAllowed, allow {"GET", "HEAD", "OPTIONS"}
#ifndef GATEWAY_ROUTING_MATCHER_H_
#define GATEWAY_ROUTING_MATCHER_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gateway/routing/template.h"

namespace regulars::gateway {

struct RouteMatch {
  enum class Outcome {
    kFound,
    kNotFound,          // 404: no template has this path.
    kMethodNotAllowed,  // 405: some have, but not for this method; see `allow`.
    kMalformed,         // 400: not a path, or a '%' without two digits.
  };
  Outcome outcome = Outcome::kNotFound;
  // What the template was added with.
  size_t route = 0;
  // One for each variable of the template, in its order, percent-decoded as http.proto says.
  std::vector<std::string> values;
  std::vector<std::string> allow;
};

class Matcher {
 public:
  class Builder;

  // `path` is as it was sent, without the query. A segment is never empty, so "//" and a slash at
  // the end match nothing. HEAD is answered by GET's route where HEAD has none.
  RouteMatch Find(absl::string_view method, absl::string_view path) const;

  // The methods that the path answers to, sorted, with HEAD beside GET and OPTIONS always; empty if
  // there is no such path. What an OPTIONS request is told, and Allow.
  std::vector<std::string> Methods(absl::string_view path) const;

 private:
  // Where a template ends: the routes by verb and method.
  struct Endpoint {
    std::string verb;
    std::string method;  // "*": any.
    size_t route;
  };
  struct Node {
    absl::flat_hash_map<std::string, size_t> literals;
    size_t one = 0;  // The child for '*'; 0 for none, as the root is nobody's child.
    std::vector<Endpoint> here;
    std::vector<Endpoint> rest;  // Templates that go on with '**'.
  };
  struct Route {
    size_t id;
    Template path;
  };
  struct Request;

  static RouteMatch::Outcome Split(absl::string_view path, Request* request);
  const Endpoint* WalkVerbs(Request& request) const;
  const Endpoint* Walk(Request& request, size_t node, size_t at) const;
  static const Endpoint* Pick(const std::vector<Endpoint>& endpoints, Request& request);

  std::vector<Node> nodes_ = std::vector<Node>(1);
  std::vector<Route> routes_;
};

class Matcher::Builder {
 public:
  // `method` is "GET", "POST", … or "*" for any. ALREADY_EXISTS if a template of the same shape is
  // there for the method; the message names both.
  absl::Status Add(absl::string_view method, const Template& path, size_t route);

  Matcher Build() && { return std::move(matcher_); }

 private:
  Matcher matcher_;
};

}  // namespace regulars::gateway

#endif  // GATEWAY_ROUTING_MATCHER_H_
