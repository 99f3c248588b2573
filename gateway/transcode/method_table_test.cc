#include "gateway/transcode/method_table.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "chassis/testing/status_matchers.h"
#include "gateway/testing/library_table.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::HasReason;
using ::testing::HasSubstr;

// "GetBook [shelves/1/books/2]", "404", "405 …".
std::string Find(absl::string_view method, absl::string_view path) {
  const MethodTable::Match match = LibraryTable().Find(method, path);
  switch (match.outcome) {
    case RouteMatch::Outcome::kFound:
      break;
    case RouteMatch::Outcome::kNotFound:
      return "404";
    case RouteMatch::Outcome::kMethodNotAllowed:
      return absl::StrCat("405 ", absl::StrJoin(match.allow, " "));
    case RouteMatch::Outcome::kMalformed:
      return "400";
  }
  std::string out = match.route->method.descriptor->name();
  for (const std::string& value : match.values) absl::StrAppend(&out, " [", value, "]");
  return out;
}

TEST(MethodTable, FindsEveryKindOfRule) {
  const struct {
    const char* method;
    const char* path;
    const char* expected;
  } rows[] = {
      {"GET", "/api/library/v1/shelves/1/books/2", "GetBook [shelves/1/books/2]"},
      {"GET", "/api/library/v1/shelves/1/books", "ListBooks [shelves/1]"},
      {"GET", "/api/library/v1/books", "ListBooks"},
      {"POST", "/api/library/v1/shelves/1/books", "CreateBook [shelves/1]"},
      {"PATCH", "/api/library/v1/shelves/1/books/2", "UpdateBook [shelves/1/books/2]"},
      {"DELETE", "/api/library/v1/shelves/1/books/2", "DeleteBook [shelves/1/books/2]"},
      {"PUT", "/api/library/v1/books/3/labels", "SetLabels [books/3]"},
      {"POST", "/api/library/v1/shelves/1/books/2:lend", "LendBook [shelves/1/books/2]"},
      {"POST", "/api/library/v1/shelves/1/books/2/holidays/may",
       "LendBook [shelves/1/books/2] [may]"},
      {"HEAD", "/api/library/v1/checks/7", "Check [checks/7]"},
      {"BREW", "/api/library/v1/anything/at/all", "Check [anything/at/all]"},
      {"GET", "/api/library/v1/books:watch", "WatchBooks"},
      {"POST", "/api/library/v1/shelves/1/uploads", "Upload [shelves/1]"},
      {"GET", "/api/library/v1/operations/9", "GetOperation [operations/9]"},
      {"POST", "/api/library/v1/operations/9:cancel", "CancelOperation [operations/9]"},
      {"PUT", "/api/library/v1/shelves/1/books/2", "405 DELETE GET HEAD OPTIONS PATCH"},
      {"GET", "/api/library/v1/checks/7", "405 HEAD OPTIONS"},
      {"GET", "/api/library/v1/nothing", "404"},
      // Annotations of a package that is not configured.
      {"GET", "/v1/operations/9", "404"},
      // A method without a rule.
      {"POST", "/regulars.conformance.v1.Library/Import", "404"},
  };
  for (const auto& row : rows) EXPECT_EQ(Find(row.method, row.path), row.expected) << row.path;
}

TEST(MethodTable, RoutesSayHowAndWhere) {
  const auto route = [](absl::string_view method, absl::string_view path) -> const Route& {
    return *LibraryTable().Find(method, path).route;
  };
  const Route& create = route("POST", "/api/library/v1/shelves/1/books");
  EXPECT_EQ(create.method.rpc_path, "/regulars.conformance.v1.Library/CreateBook");
  EXPECT_EQ(create.upstream, "library");
  EXPECT_EQ(create.scope, "library.write");
  EXPECT_EQ(create.body, Route::Body::kField);
  EXPECT_EQ(create.body_field->name, "book");
  EXPECT_FALSE(create.shared);
  const Route& operation = route("GET", "/api/library/v1/operations/9");
  EXPECT_EQ(operation.scope, "library.read");
  EXPECT_TRUE(operation.shared);
  EXPECT_TRUE(route("GET", "/api/library/v1/books:watch").server_streaming());
  const Route& upload = route("POST", "/api/library/v1/shelves/1/uploads");
  EXPECT_TRUE(upload.is_upload() && upload.raw_body);
  EXPECT_TRUE(route("GET", "/api/library/v1/pixels/1").raw_reply);
  EXPECT_TRUE(route("POST", "/api/library/v1/shelves/1/scans").raw_reply);
  EXPECT_EQ(route("PUT", "/api/library/v1/books/3/emails").reply_field->name, "emails");
}

TEST(MethodTable, WithoutItsUpstreamAPackageIsNotThere) {
  ASSERT_OK_AND_ASSIGN(const auto table, MethodTable::Build(LibraryDescriptors(), {}));
  EXPECT_TRUE(table->routes().empty());
  EXPECT_EQ(table->Find("GET", "/api/library/v1/books").outcome, RouteMatch::Outcome::kNotFound);
}

TEST(MethodTable, ASharedPackageHasAPrefixForEachUpstream) {
  MethodTable::Config config;
  config.packages = {{"google.longrunning", "customer", "/api/customer"},
                     {"google.longrunning", "campaign", "/api/campaign"},
                     {"regulars.conformance.v1", "library", "/shared"}};
  ASSERT_OK_AND_ASSIGN(const auto table, MethodTable::Build(LibraryDescriptors(), config));
  EXPECT_EQ(table->Find("GET", "/api/customer/v1/operations/9").route->upstream, "customer");
  EXPECT_EQ(table->Find("GET", "/api/campaign/v1/operations/9").route->upstream, "campaign");
  EXPECT_EQ(table->Find("GET", "/v1/operations/9").outcome, RouteMatch::Outcome::kNotFound);
  EXPECT_TRUE(table->Find("GET", "/shared/api/library/v1/books").route->shared);
  // Every kind of pattern, additional bindings too.
  for (const auto& [method, path] :
       std::vector<std::pair<const char*, const char*>>{{"PUT", "books/3/word"},
                                                        {"DELETE", "shelves/1/books/2"},
                                                        {"PATCH", "shelves/1/books/2"},
                                                        {"HEAD", "checks/7"},
                                                        {"POST", "shelves/1/books/2/holidays/may"},
                                                        {"BREW", "anything"}}) {
    EXPECT_EQ(table->Find(method, absl::StrCat("/shared/api/library/v1/", path)).outcome,
              RouteMatch::Outcome::kFound)
        << path;
  }
}

TEST(MethodTable, SelfInAScopeIsTheUpstream) {
  MethodTable::Config config;
  config.packages = {{"regulars.conformance.v1", "branch"}};
  ASSERT_OK_AND_ASSIGN(const auto table, MethodTable::Build(LibraryDescriptors(), config));
  EXPECT_EQ(table->Find("GET", "/api/library/v1/exports/1").route->scope, "branch.read");
}

TEST(MethodTable, AMountReplacesTheAnnotation) {
  MethodTable::Config config = LibraryConfig();
  config.mounts.push_back(
      {"regulars.conformance.v1.Library.GetBook", "library", Rule("get: '/elsewhere/{name=**}'")});
  ASSERT_OK_AND_ASSIGN(const auto table, MethodTable::Build(LibraryDescriptors(), config));
  EXPECT_EQ(table->Find("GET", "/elsewhere/a/b").route->scope, "library.read");
  EXPECT_EQ(table->Find("GET", "/api/library/v1/shelves/1/books/2").outcome,
            RouteMatch::Outcome::kMethodNotAllowed);
}

TEST(MethodTable, RefusesRulesThatCannotBe) {
  const struct {
    const char* method;
    const char* rule;
    const char* message;
  } rows[] = {
      {"GetBook", "", "it has no path"},
      {"GetBook", "get: 'v1/x'", "a template begins with '/'"},
      {"GetBook", "get: '/{name=a/*'", "expected '}'"},
      {"GetBook", "get: '/{nope}'", "the request has no field 'nope'"},
      {"GetBook", "get: '/{name.x}'", "the request has no field 'name.x'"},
      {"GetBook", "get: '/{read_mask}'", "'read_mask' is a message and cannot be in a path"},
      {"ListBooks", "get: '/{bindings}'", "'bindings' is repeated and cannot be in a path"},
      {"ListBooks", "get: '/{options}'", "'options' is a message"},
      {"ListBooks", "get: '/{nest.children.label}'", "'nest.children.label' is repeated"},
      {"SetLabels", "put: '/{labels}'", "'labels' is repeated"},
      {"GetBook", "get: '/x' body: '*'", "GET takes no body"},
      {"GetBook", "delete: '/x' body: 'name'", "DELETE takes no body"},
      {"GetBook", "custom { kind: 'HEAD' path: '/x' } body: '*'", "HEAD takes no body"},
      {"CreateBook", "post: '/x' body: 'nope'", "body names 'nope', which is no field of"},
      {"CreateBook", "post: '/x' body: 'book.title'", "body names 'book.title'"},
      {"LendBook", "post: '/{name}' body: 'name'", "the body's field is bound by the path"},
      {"GetBook", "get: '/x' response_body: 'nope'", "response_body names 'nope'"},
      {"GetBook", "get: '/x' additional_bindings { get: '/y' additional_bindings { get: '/z' } }",
       "additional bindings cannot have additional bindings"},
      {"GetBook", "get: '/x' additional_bindings {}", "it has no path"},
      {"Upload", "post: '/x' body: '*'", "must be a google.api.HttpBody field"},
      {"Upload", "post: '/x' body: 'parent'", "must be a google.api.HttpBody field"},
      {"Upload", "get: '/x'", "must be a google.api.HttpBody field"},
      {"Import", "post: '/x' body: '*'", "streams both ways"},
  };
  for (const auto& row : rows) {
    MethodTable::Config config;
    config.mounts = {
        {absl::StrCat("regulars.conformance.v1.Library.", row.method), "u", Rule(row.rule)}};
    const auto table = MethodTable::Build(LibraryDescriptors(), config);
    EXPECT_THAT(table, HasReason("BAD_HTTP_RULE")) << row.rule;
    EXPECT_THAT(std::string(table.status().message()), HasSubstr(row.message)) << row.rule;
    EXPECT_THAT(std::string(table.status().message()), HasSubstr(row.method)) << row.rule;
  }
}

TEST(MethodTable, RefusesConfigurationThatCannotBe) {
  MethodTable::Config config;
  config.packages = {{"no.such.v1", "x"}};
  EXPECT_THAT(MethodTable::Build(LibraryDescriptors(), config), HasReason("NO_SUCH_PACKAGE"));
  config.packages.clear();
  config.mounts = {{"no.such.v1.Service.Method", "x", Rule("get: '/x'")}};
  EXPECT_THAT(MethodTable::Build(LibraryDescriptors(), config), HasReason("NO_SUCH_METHOD"));
  config = LibraryConfig();
  config.mounts.push_back({"google.longrunning.Operations.DeleteOperation", "library",
                           Rule("get: '/api/library/v1/shelves/{name}/books'")});
  EXPECT_THAT(MethodTable::Build(LibraryDescriptors(), config), HasReason("AMBIGUOUS_ROUTE"));
}

TEST(Descriptors, RefuseWhatIsNoSet) {
  EXPECT_THAT(Descriptors::Parse("not a set"), HasReason("BAD_DESCRIPTOR_SET"));
  // A file whose import is missing: field 1 of the set, with name "a" and dependency "b".
  EXPECT_THAT(Descriptors::Parse("\n\x06\n\x01"
                                 "a\x1A\x01"
                                 "b"),
              HasReason("BAD_DESCRIPTOR_SET"));
}

}  // namespace
}  // namespace regulars::gateway
