#include "gateway/openapi/document.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "chassis/testing/status_matchers.h"
#include "gateway/json/strict.h"
#include "gateway/testing/library_table.h"

namespace regulars::gateway {
namespace {

using ::google::protobuf::Struct;
using ::google::protobuf::Value;

const std::string& Json() {
  static const std::string* const json = new std::string(WriteOpenApi(
      LibraryTable(), {.title = "Library", .version = "1.2.3", .description = "Books."}));
  return *json;
}

// The value at "a|b|0|c"; fails the test if there is none.
const Value& At(const std::string& path) {
  static const Value* const document = [] {
    auto* value = new Value;
    CHECK(google::protobuf::util::JsonStringToMessage(Json(), value->mutable_struct_value()).ok());
    return value;
  }();
  static const Value* const kNone = new Value;
  const Value* at = document;
  for (absl::string_view part : absl::StrSplit(path, '|', absl::SkipEmpty())) {
    int index = 0;
    if (absl::SimpleAtoi(part, &index) && at->has_list_value()) {
      if (index >= at->list_value().values_size()) return *kNone;
      at = &at->list_value().values(index);
    } else {
      const auto found = at->struct_value().fields().find(std::string(part));
      if (found == at->struct_value().fields().end()) return *kNone;
      at = &found->second;
    }
  }
  return *at;
}

std::string Text(const std::string& path) { return At(path).string_value(); }
bool Has(const std::string& path) { return At(path).kind_case() != Value::KIND_NOT_SET; }

// Names of an operation's parameters with where they are, "shelf:path pageSize:query".
std::string Parameters(const std::string& operation) {
  std::vector<std::string> names;
  for (const Value& p : At(operation + "|parameters").list_value().values()) {
    const auto& fields = p.struct_value().fields();
    names.push_back(fields.at("name").string_value() + ":" + fields.at("in").string_value());
  }
  return absl::StrJoin(names, " ");
}

constexpr char kBook[] = "paths|/api/library/v1/shelves/{shelf}/books/{book}";
constexpr char kBooks[] = "paths|/api/library/v1/shelves/{shelf}/books";
constexpr char kSchemas[] = "components|schemas|regulars.conformance.v1.";

TEST(OpenApi, IsStrictJsonAndAlwaysTheSame) {
  EXPECT_OK(json::CheckStrict(Json()));
  ASSERT_OK_AND_ASSIGN(const auto again, MethodTable::Build(LibraryDescriptors(), LibraryConfig()));
  EXPECT_EQ(WriteOpenApi(*again, {.title = "Library", .version = "1.2.3", .description = "Books."}),
            Json());
  EXPECT_EQ(Text("openapi"), "3.1.0");
  EXPECT_EQ(Text("info|title") + Text("info|version"), "Library1.2.3");
}

TEST(OpenApi, HasAnOperationForEveryRoute) {
  size_t operations = 0;
  std::set<std::string> ids;
  for (const auto& [path, item] : At("paths").struct_value().fields()) {
    for (const auto& [method, operation] : item.struct_value().fields()) {
      ++operations;
      ids.insert(operation.struct_value().fields().at("operationId").string_value());
    }
  }
  // All but the one for any method.
  EXPECT_EQ(operations, LibraryTable().routes().size() - 1);
  EXPECT_EQ(ids.size(), operations);
  EXPECT_EQ(ids.count("Library_GetBook"), 1u);
  EXPECT_EQ(ids.count("Library_ListBooks_2"), 1u);
  EXPECT_EQ(ids.count("library_Operations_GetOperation"), 1u);
}

TEST(OpenApi, EveryReferenceLeadsSomewhere) {
  int references = 0;
  const std::function<void(const Value&)> visit = [&](const Value& value) {
    for (const auto& [key, member] : value.struct_value().fields()) {
      if (key == "$ref") {
        ++references;
        absl::string_view target = member.string_value();
        ASSERT_TRUE(absl::ConsumePrefix(&target, "#/"));
        EXPECT_TRUE(Has(absl::StrReplaceAll(target, {{"/", "|"}}))) << target;
      }
      visit(member);
    }
    for (const Value& element : value.list_value().values()) visit(element);
  };
  visit(At(""));
  EXPECT_GT(references, 100);
}

TEST(OpenApi, ParametersComeFromPathAndQuery) {
  EXPECT_EQ(Parameters(std::string(kBook) + "|get"), "shelf:path book:path readMask:query");
  EXPECT_EQ(Text(std::string(kBook) + "|get|parameters|0|description"),
            "Part of `name`: `shelves/{shelf}/books/{book}`.");
  EXPECT_EQ(Parameters(std::string(kBooks) + "|post"), "shelf:path bookId:query requestId:query");
  EXPECT_EQ(Parameters(std::string(kBook) + "|patch"), "shelf:path book:path updateMask:query");
  EXPECT_EQ(Parameters(std::string(kBook) + ":lend|post"), "shelf:path book:path");
  EXPECT_EQ(Parameters("paths|/api/library/v1/pixels/{id}|get"), "id:path");
  const std::string list = Parameters(std::string(kBooks) + "|get");
  EXPECT_THAT(list, ::testing::HasSubstr("shelf:path pageSize:query pageToken:query bindings:query "
                                         "options.withPages:query options.words:query scalars."));
  // Neither maps nor lists of messages nor a message in itself.
  EXPECT_THAT(list, ::testing::Not(::testing::HasSubstr("children")));
  EXPECT_THAT(list, ::testing::Not(::testing::HasSubstr("options.more")));
  EXPECT_THAT(list, ::testing::Not(::testing::HasSubstr("stringsByString")));
  EXPECT_THAT(list, ::testing::HasSubstr("wellKnown.timestamp:query"));
}

TEST(OpenApi, BodiesAndReplies) {
  EXPECT_EQ(Text(std::string(kBooks) + "|post|requestBody|content|application/json|schema|$ref"),
            "#/components/schemas/regulars.conformance.v1.Book");
  EXPECT_EQ(Text(std::string(kBook) + "|get|responses|200|content|application/json|schema|$ref"),
            "#/components/schemas/regulars.conformance.v1.Book");
  // A whole body lacks what the path has.
  const std::string lend =
      std::string(kBook) + ":lend|post|requestBody|content|application/json|schema|properties|";
  EXPECT_TRUE(Has(lend + "borrower"));
  EXPECT_FALSE(Has(lend + "name"));
  const std::string watch = "paths|/api/library/v1/books:watch|get|responses|200|content|";
  EXPECT_TRUE(Has(watch + "application/x-ndjson|schema|$ref"));
  EXPECT_TRUE(Has(watch + "text/event-stream|schema|$ref"));
  EXPECT_TRUE(Has("paths|/api/library/v1/shelves/{shelf}/uploads|post|requestBody|content|*/*"));
  EXPECT_TRUE(Has("paths|/api/library/v1/pixels/{id}|get|responses|200|content|*/*"));
  EXPECT_EQ(
      Text("paths|/api/library/v1/books/{book}/labels|put|responses|200|content|application/json|"
           "schema|additionalProperties|type"),
      "string");
  EXPECT_EQ(Text(std::string(kBook) + ":move|post|responses|200|content|application/"
                                      "json|schema|allOf|1|properties|response|$ref"),
            "#/components/schemas/regulars.conformance.v1.Book");
}

// A PATCH changes what it is given; nothing else must be sent again.
TEST(OpenApi, ChangesNeedNoFieldOfTheResource) {
  const std::string body = "|requestBody|content|application/json|schema";
  const std::string patch = std::string(kBook) + "|patch" + body;
  EXPECT_EQ(Text(patch + "|type"), "object");
  EXPECT_FALSE(Has(patch + "|required"));
  EXPECT_FALSE(Has(patch + "|$ref")) << "the resource itself has required fields";
  EXPECT_EQ(Text(patch + "|properties|title|examples|0"), "The Sea, the Sea");
  EXPECT_EQ(Text(patch + "|properties|authors|items|$ref"),
            "#/components/schemas/regulars.conformance.v1.Author");
  EXPECT_EQ(Text(std::string(kSchemas) + "Book|required|0"), "title");
}

// As request_test.cc has it: whose name the path gives is there without a body, and "*" may be
// empty.
TEST(OpenApi, SaysWhereABodyMayBeLeftOut) {
  const struct {
    std::string operation;
    bool required;
  } rows[] = {
      {std::string(kBooks) + "|post", true},
      {std::string(kBook) + "|patch", false},
      {std::string(kBook) + ":lend|post", false},
      {"paths|/api/library/v1/books/{book}/labels|put", false},
      {"paths|/api/library/v1/shelves/{shelf}/uploads|post", true},
  };
  for (const auto& row : rows) {
    const Value& required = At(row.operation + "|requestBody|required");
    EXPECT_TRUE(required.has_bool_value()) << row.operation;
    EXPECT_EQ(required.bool_value(), row.required) << row.operation;
  }
}

TEST(OpenApi, SchemasSayWhatTheCodecTakes) {
  const std::string book = std::string(kSchemas) + "Book|";
  EXPECT_EQ(Text(book + "description"),
            "A book on a shelf.\n\nIts second paragraph stays a second paragraph.");
  EXPECT_EQ(At(book + "required").list_value().values_size(), 1);
  EXPECT_EQ(Text(book + "required|0"), "title");
  const std::string fields = book + "properties|";
  EXPECT_EQ(Text(fields + "title|examples|0"), "The Sea, the Sea");
  EXPECT_EQ(At(fields + "pageCount|examples|0").number_value(), 502);
  EXPECT_TRUE(At(fields + "createTime|readOnly").bool_value());
  EXPECT_EQ(Text(fields + "createTime|format"), "date-time");
  EXPECT_TRUE(At(fields + "pin|writeOnly").bool_value());
  EXPECT_TRUE(At(fields + "oldTitle|deprecated").bool_value());
  EXPECT_EQ(Text(fields + "copies|type") + Text(fields + "copies|format"), "stringint64");
  EXPECT_EQ(Text(fields + "copies|description"), "Copies sold.\n\nSince the first print.");
  EXPECT_EQ(Text(fields + "labels|additionalProperties|type"), "string");
  EXPECT_EQ(Text(fields + "authors|items|$ref"),
            "#/components/schemas/regulars.conformance.v1.Author");
  EXPECT_EQ(Text(fields + "row|description"), "Row in the hall.\n\nNot together with `borrower`.");
  EXPECT_EQ(Text(std::string(kSchemas) + "Email|properties|address|examples|0"), "ann@example.com");
  const std::string binding = std::string(kSchemas) + "Binding|";
  EXPECT_EQ(At(binding + "enum").list_value().values_size(), 4);
  EXPECT_EQ(Text(binding + "description"),
            "How a book is bound.\n\n- `BINDING_UNSPECIFIED`: Nobody said.\n- `HARDCOVER`: Stiff "
            "boards.\n"
            "- `PAPERBACK`: Thin card.\n- `SCROLL`: A second number, below zero.");
  // Types of messages that are only seen as parameters are not in the document.
  EXPECT_FALSE(Has(std::string(kSchemas) + "WellKnown"));
  EXPECT_FALSE(Has(std::string(kSchemas) + "CreateBookRequest"));
}

TEST(OpenApi, SecurityByScope) {
  const std::string get = std::string(kBook) + "|get|";
  EXPECT_EQ(Text(get + "security|1|oauth2|0"), "library.read");
  EXPECT_THAT(Text(get + "description"), ::testing::EndsWith("Needs the scope `library.read`."));
  EXPECT_TRUE(Has(get + "responses|401"));
  const std::string pixel = "paths|/api/library/v1/pixels/{id}|get|";
  EXPECT_TRUE(At(pixel + "security").has_list_value());
  EXPECT_EQ(At(pixel + "security").list_value().values_size(), 0);
  EXPECT_FALSE(Has(pixel + "responses|401"));
  EXPECT_EQ(Text("components|securitySchemes|oauth2|flows|clientCredentials|tokenUrl"),
            "/oauth/token");
  EXPECT_TRUE(
      Has("components|securitySchemes|oauth2|flows|clientCredentials|scopes|library.write"));
  EXPECT_FALSE(Has("components|securitySchemes|oauth2|flows|clientCredentials|scopes|public"));
}

// Only where it is: a document may be of another host.
TEST(OpenApi, TheTokenEndpointIsAPathWhereItIs) {
  EXPECT_FALSE(Has("paths|/oauth/token"));
  EXPECT_FALSE(Has("components|securitySchemes|client"));
  const std::string json = WriteOpenApi(
      LibraryTable(), {.title = "Library",
                       .version = "1",
                       .has_token_endpoint = true,
                       .describe_scope = [](absl::string_view scope) -> absl::string_view {
                         return scope == "library.read" ? "Read books." : "";
                       }});
  EXPECT_OK(json::CheckStrict(json));
  Struct document;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(json, &document).ok());
  const auto in = [&document](std::vector<std::string> path) {
    const Value* at = &document.fields().at(path.front());
    path.erase(path.begin());
    for (const std::string& key : path) at = &at->struct_value().fields().at(key);
    return *at;
  };
  EXPECT_EQ(in({"paths", "/oauth/token", "post", "operationId"}).string_value(), "OAuth_Token");
  EXPECT_EQ(in({"components", "securitySchemes", "client", "scheme"}).string_value(), "basic");
  EXPECT_EQ(in({"components", "securitySchemes", "oauth2", "flows", "clientCredentials", "scopes",
                "library.read"})
                .string_value(),
            "Read books.");
}

TEST(OpenApi, ErrorsAndTags) {
  const std::string responses = std::string(kBook) + "|patch|responses|";
  for (const char* status : {"400", "401", "403", "404", "409", "429", "503", "504", "default"}) {
    EXPECT_TRUE(Has(responses + status)) << status;
  }
  EXPECT_FALSE(Has(std::string(kBook) + "|get|responses|409"));
  EXPECT_EQ(Text(responses + "413|$ref"), "#/components/responses/ContentTooLarge");
  EXPECT_EQ(Text(responses + "415|$ref"), "#/components/responses/UnsupportedEncoding");
  for (const char* status : {"413", "415"}) {
    EXPECT_FALSE(Has(absl::StrCat(kBook, "|get|responses|", status))) << status;
    EXPECT_FALSE(Has(absl::StrCat(kBook, "|delete|responses|", status))) << status;
  }
  const std::string missing =
      "components|responses|NotFound|content|application/json|examples|CUSTOMER_NOT_FOUND|value|"
      "error|";
  EXPECT_EQ(At(missing + "code").number_value(), 404);
  EXPECT_EQ(Text(missing + "status"), "NOT_FOUND");
  EXPECT_EQ(Text("tags|0|name") + Text("tags|0|description"), "LibraryThe tests' service.");
  EXPECT_EQ(Text("tags|1|name"), "Operations (library)");
}

// Whatever the path or the scope let expect.
TEST(OpenApi, ErrorsThatCommentsName) {
  const std::string check = "paths|/api/library/v1/checks/{check}|head|responses|";
  EXPECT_EQ(Text(check + "401|$ref"), "#/components/responses/Unauthenticated");
  EXPECT_FALSE(Has(check + "403")) << "public";
  // By "as GetBook".
  EXPECT_EQ(Text("paths|/api/library/v1/books:watch|get|responses|404|$ref"),
            "#/components/responses/NotFound");
  EXPECT_FALSE(Has("paths|/api/library/v1/books|get|responses|404"));
}

// By the reason clients decide what to do, so no example may have one that is not given.
TEST(OpenApi, ExamplesOfErrorsHaveTheirReasons) {
  const std::map<std::string, std::vector<std::string>> reasons = {
      {"BadRequest", {"INVALID_VALUE"}},
      {"Unauthenticated", {"TOKEN_EXPIRED", "TOKEN_INVALID", "TOKEN_MISSING"}},
      {"PermissionDenied", {"SCOPE_MISSING"}},
      {"NotFound", {"CUSTOMER_NOT_FOUND"}},
      {"Conflict", {"ETAG_MISMATCH"}},
      {"ContentTooLarge", {"BODY_TOO_LARGE"}},
      {"UnsupportedEncoding", {"UNSUPPORTED_ENCODING"}},
      {"TooManyRequests", {"RATE_LIMITED"}},
      {"Unavailable", {"SERVICE_UNREACHABLE"}},
      {"DeadlineExceeded", {"DEADLINE_EXCEEDED"}},
      {"Error", {}}};
  const auto& responses = At("components|responses").struct_value().fields();
  EXPECT_EQ(responses.size(), reasons.size());
  for (const auto& [name, expected] : reasons) {
    const std::string path =
        absl::StrCat("components|responses|", name, "|content|application/json|examples");
    std::vector<std::string> found;
    for (const auto& [reason, example] : At(path).struct_value().fields()) {
      found.push_back(reason);
      EXPECT_EQ(Text(absl::StrCat(path, "|", reason, "|value|error|details|0|reason")), reason);
    }
    EXPECT_THAT(found, ::testing::UnorderedElementsAreArray(expected)) << name;
  }
  const auto second = [](const std::string& response, const std::string& reason) {
    return absl::StrCat("components|responses|", response, "|content|application/json|examples|",
                        reason, "|value|error|details|1|");
  };
  EXPECT_EQ(Text(second("BadRequest", "INVALID_VALUE") + "fieldViolations|0|field"), "page_size");
  EXPECT_EQ(Text(second("TooManyRequests", "RATE_LIMITED") + "retryDelay"), "0.002s");
  EXPECT_EQ(Text(second("Unavailable", "SERVICE_UNREACHABLE") + "retryDelay"), "1s");
}

TEST(OpenApi, WithoutUpstreamsThereAreNoPaths) {
  ASSERT_OK_AND_ASSIGN(const auto empty, MethodTable::Build(LibraryDescriptors(), {}));
  const std::string json = WriteOpenApi(*empty, {.title = "T", .version = "1"});
  EXPECT_OK(json::CheckStrict(json));
  EXPECT_THAT(json, ::testing::HasSubstr("\"paths\": {}"));
  EXPECT_THAT(json, ::testing::Not(::testing::HasSubstr("regulars.conformance")));
}

}  // namespace
}  // namespace regulars::gateway
