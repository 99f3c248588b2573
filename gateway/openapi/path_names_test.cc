#include "gateway/openapi/path_names.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "gateway/testing/library_table.h"

namespace regulars::gateway {
namespace {

std::string Named(PathNames& names, absl::string_view method, absl::string_view path) {
  const NamedPath named = names.Name(*LibraryTable().Find(method, path).route);
  std::string out = named.path;
  for (const PathParameter& p : named.parameters) {
    absl::StrAppend(&out, " ", p.name, "=", p.variable, p.is_rest ? "*" : "");
  }
  return out;
}

TEST(PathNames, WildcardsGetNames) {
  PathNames names(LibraryTable().routes());
  const struct {
    const char* method;
    const char* path;
    const char* expected;
  } rows[] = {
      {"GET", "/api/library/v1/shelves/1/books/2",
       "/api/library/v1/shelves/{shelf}/books/{book} shelf=0 book=0"},
      {"PATCH", "/api/library/v1/shelves/1/books/2",
       "/api/library/v1/shelves/{shelf}/books/{book} shelf=0 book=0"},
      {"POST", "/api/library/v1/shelves/1/books/2:lend",
       "/api/library/v1/shelves/{shelf}/books/{book}:lend shelf=0 book=0"},
      {"POST", "/api/library/v1/shelves/1/books/2/holidays/x",
       "/api/library/v1/shelves/{shelf}/books/{book}/holidays/{holiday} shelf=0 book=0 "
       "holiday=1"},
      {"GET", "/api/library/v1/pixels/1", "/api/library/v1/pixels/{id} id=0"},
      {"GET", "/api/library/v1/anything/x", "/api/library/v1/anything/{anything} anything=0*"},
      {"GET", "/api/library/v1/books", "/api/library/v1/books"},
  };
  for (const auto& row : rows) EXPECT_EQ(Named(names, row.method, row.path), row.expected);
}

TEST(PathNames, TemplatesOfOneShapeShareNames) {
  const auto table = [](const char* rule, const char* method) {
    MethodTable::Config config;
    config.mounts = {{absl::StrCat("regulars.conformance.v1.Library.", method), "u", Rule(rule)}};
    return MethodTable::Build(LibraryDescriptors(), config).value();
  };
  const auto first = table("get: '/v1/{name=books/*}'", "GetBook");
  const auto second = table("get: '/v1/books/{id}'", "Pixel");
  const auto twice = table("get: '/v1/{name=a/*/a/*}'", "GetBook");
  PathNames names(first->routes());
  EXPECT_EQ(names.Name(first->routes()[0]).path, "/v1/books/{book}");
  EXPECT_EQ(names.Name(second->routes()[0]).path, "/v1/books/{book}");
  EXPECT_EQ(names.Name(twice->routes()[0]).path, "/v1/a/{a}/a/{a2}");
}

TEST(PathNames, Singulars) {
  const std::pair<const char*, const char*> rows[] = {
      {"customers", "customer"}, {"auditEntries", "auditEntry"},
      {"addresses", "address"},  {"apiKeys", "apiKey"},
      {"boxes", "box"},          {"info", "info"},
      {"class", "class"},        {"batches", "batch"}};
  for (const auto& [plural, singular] : rows) EXPECT_EQ(Singular(plural), singular);
}

}  // namespace
}  // namespace regulars::gateway
