// Whole commands against a server that answers as it was told.
#include "cli/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "cli/error_text.h"
#include "cli/json.h"
#include "cli/testing/fake_world.h"

namespace regulars::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kV1[] = "/api/customer/v1/";

std::string Call(const char* method, const std::string& path) {
  return absl::StrCat(method, " ", kV1, path);
}

class ProgramTest : public ::testing::Test {
 protected:
  ProgramTest() { world_.SignIn(); }

  std::string WriteFile(const char* name, const std::string& content) {
    std::ofstream(world_.folder.File(name)) << content;
    return world_.folder.File(name);
  }

  FakeWorld world_;
  FakeServer& server_ = world_.server;
};

TEST(Tree, EveryCommandIsDescribedAndDoesSomething) {
  const Program program;
  std::vector<const CLI::App*> commands = {&program.tree()};
  size_t leaves = 0;
  for (size_t i = 0; i < commands.size(); ++i) {
    const auto below = commands[i]->get_subcommands([](const CLI::App*) { return true; });
    commands.insert(commands.end(), below.begin(), below.end());
    EXPECT_THAT(commands[i]->get_description(), EndsWith(".")) << commands[i]->get_name();
    for (const CLI::Option* option : commands[i]->get_options()) {
      EXPECT_NE(option->get_description(), "") << commands[i]->get_name() << option->get_name();
    }
    if (!below.empty()) continue;
    ++leaves;
    const auto info = program.table().find(commands[i]);
    ASSERT_NE(info, program.table().end()) << commands[i]->get_name();
    EXPECT_TRUE(info->second.action) << commands[i]->get_name();
    EXPECT_THAT(info->second.example,
                AllOf(HasSubstr("regularsctl "), HasSubstr(commands[i]->get_name())));
  }
  EXPECT_GT(leaves, 60u);
}

struct MisuseCase {
  const char* name;
  std::vector<std::string> arguments;
  const char* says;
};

class MisuseTest : public ::testing::TestWithParam<MisuseCase> {};

TEST_P(MisuseTest, IsExplained) {
  FakeWorld world;
  world.SignIn();
  EXPECT_EQ(world.Run(GetParam().arguments), kUsage);
  EXPECT_THAT(world.err(), HasSubstr(GetParam().says));
  EXPECT_EQ(world.out(), "");
  EXPECT_TRUE(world.server.seen.empty());  // Nothing was sent.
}

INSTANTIATE_TEST_SUITE_P(
    Cases, MisuseTest,
    ::testing::Values(
        MisuseCase{"unknown_command", {"custmer", "list"}, "did you mean 'customer'?"},
        MisuseCase{"unknown_command_of_group", {"customer", "lst"}, "did you mean 'list'?"},
        MisuseCase{
            "unknown_flag", {"customer", "list", "--fliter", "x"}, "did you mean '--filter'?"},
        MisuseCase{"group_alone", {"customer"}, "Usage: regularsctl customer COMMAND"},
        MisuseCase{"argument_missing", {"customer", "delete"}, "CUSTOMER is required"},
        MisuseCase{"argument_too_many", {"whoami", "x"}, "unknown argument 'x'"},
        MisuseCase{"not_a_number", {"customer", "list", "--limit", "many"}, "--limit"},
        MisuseCase{"out_of_range", {"customer", "list", "--limit", "0"}, "--limit"},
        MisuseCase{"no_such_choice", {"rfm", "compute", "--day", "never"}, "--day"},
        MisuseCase{"exclusive", {"feed", "tail", "--after", "5", "--from-start"}, "--from-start"},
        MisuseCase{"not_an_id", {"customer", "get", "segments/x"}, "is no customer"},
        MisuseCase{"two_ways", {"customer", "get", "x", "--email", "a@b.c"}, "say who"},
        MisuseCase{"pair_without_equals", {"customer", "get", "--external-id", "5"}, "has no '='"},
        MisuseCase{"pair_without_key", {"call", "GET", "/x", "--query", "=5"}, "nothing before"},
        MisuseCase{"nothing_to_change", {"customer", "update", "x"}, "nothing to change"},
        MisuseCase{"file_missing", {"order", "create", "--file", "/nowhere/x"}, "No such file"},
        MisuseCase{"method", {"call", "FETCH", "/x"}, "is no method"},
        MisuseCase{"server", {"sign-in", "--server", "ftp://x"}, "is no server address"},
        MisuseCase{"delete_unasked", {"customer", "delete", "x"}, "--yes"},
        MisuseCase{"profile", {"profile", "use", "nope"}, "there is no profile 'nope'"}),
    [](const auto& info) { return info.param.name; });

TEST_F(ProgramTest, HelpShowsFlagsAndAnExample) {
  EXPECT_EQ(world_.Run({"customer", "list", "--help"}), kOk);
  EXPECT_THAT(world_.out(),
              AllOf(StartsWith("Lists customers"), HasSubstr("Usage: regularsctl customer list"),
                    HasSubstr("--limit N"), HasSubstr("--json"), HasSubstr("Example:")));
  EXPECT_EQ(world_.err(), "");
}

TEST_F(ProgramTest, ListsPageByPageUpToTheLimit) {
  server_.Answer(Call("GET", "segments"),
                 R"({"segments":[{"name":"segments/a","memberCount":"1200"},
                                 {"name":"segments/b","memberCount":"3"}],"nextPageToken":"p2"})");
  server_.Answer(Call("GET", "segments"),
                 R"({"segments":[{"name":"segments/c","memberCount":"5"},
                                 {"name":"segments/d"}],"nextPageToken":"p3"})");
  EXPECT_EQ(world_.Run({"segment", "list", "--limit", "3"}), kOk);
  EXPECT_EQ(world_.out(),
            "ID  NAME  STATE  MEMBERS  FILTER\n"
            "a                  1,200\n"
            "b                      3\n"
            "c                      5\n");
  EXPECT_THAT(world_.err(), HasSubstr("there is more"));
  ASSERT_EQ(server_.seen.size(), 2u);
  EXPECT_EQ(server_.seen[0].query, "pageSize=3");
  EXPECT_EQ(server_.seen[1].query, "pageSize=3&pageToken=p2");
}

TEST_F(ProgramTest, JsonIsWhatTheApiSent) {
  const std::string first = R"({"name":"segments/a","z":1,"a":"ü"})";
  const std::string second = R"({"name":"segments/b"})";
  server_.Answer(Call("GET", "segments"),
                 absl::StrCat(R"({"segments":[)", first, ",", second, R"(],"nextPageToken":""})"));
  EXPECT_EQ(world_.Run({"--json", "segment", "list"}), kOk);
  EXPECT_EQ(world_.out(), absl::StrCat(first, "\n", second, "\n"));
  server_.Answer(Call("GET", "segments/a"), first);
  EXPECT_EQ(world_.Run({"segment", "get", "segments/a", "--json"}), kOk);
  EXPECT_EQ(world_.out(), "{\n  \"name\": \"segments/a\",\n  \"z\": 1,\n  \"a\": \"ü\"\n}\n");
}

TEST_F(ProgramTest, TimesAreLocalUnlessUtc) {
  server_.Answer(Call("GET", "segments/a"),
                 R"({"name":"segments/a","createTime":"2026-03-31T12:05:09Z"})");
  EXPECT_EQ(world_.Run({"segment", "get", "a"}), kOk);
  EXPECT_THAT(world_.out(), HasSubstr("2026-03-31 14:05:09 +02\n"));
  EXPECT_EQ(world_.Run({"segment", "get", "a", "--utc"}), kOk);
  EXPECT_THAT(world_.out(), HasSubstr("2026-03-31 12:05:09 UTC\n"));
}

TEST_F(ProgramTest, MakesACustomerOfFlagsAndFile) {
  server_.Answer(Call("GET", "attributeDefinitions/shoe_size"), R"({"type":"TYPE_DECIMAL"})");
  server_.Answer(Call("POST", "customers"), R"({"name":"customers/1"})");
  const std::string file = WriteFile("c.json", R"({"company":"Acme","country":"AT"})");
  EXPECT_EQ(world_.Run({"customer", "create", "--file", file, "--country", "DE", "--email", "a@b.c",
                        "--email", "d@e.f", "--external-id", "shop=x=1", "--attribute",
                        "shoe_size=42.5", "--kind", "company"}),
            kOk);
  EXPECT_EQ(server_.seen.back().body,
            R"({"company":"Acme","country":"DE","kind":"KIND_COMPANY",)"
            R"("emails":[{"address":"a@b.c"},{"address":"d@e.f"}],)"
            R"("externalIds":[{"system":"shop","id":"x=1"}],)"
            R"("attributes":{"shoe_size":{"decimalMicros":"42500000"}}})");
  EXPECT_THAT(server_.seen.back().query, StartsWith("requestId="));
  EXPECT_EQ(server_.seen.back().token, "token-1");
}

TEST_F(ProgramTest, AnUpdateNamesWhatChanges) {
  server_.Answer(Call("GET", "attributeDefinitions/shoe_size"), R"({"type":"TYPE_INTEGER"})");
  server_.Answer(Call("PATCH", "customers/1"), "{}");
  EXPECT_EQ(world_.Run({"customer", "update", "customers/1", "--name", "Ada", "--clear",
                        "home_store", "--attribute", "shoe_size=42"}),
            kOk);
  EXPECT_THAT(server_.seen.back().query,
              StartsWith("updateMask=displayName%2Cattributes.shoeSize%2ChomeStore&requestId="));
  EXPECT_EQ(server_.seen.back().body,
            R"({"displayName":"Ada","attributes":{"shoe_size":{"integerValue":"42"}}})");
}

TEST_F(ProgramTest, ATemplateGetsAnotherTopic) {
  server_.Answer("GET /api/campaign/v1/templates/hello",
                 R"({"etag":"e1","topic":"newsletter","content":{"subject":"a","text":"b"}})");
  server_.Answer("PATCH /api/campaign/v1/templates/hello", "{}");
  EXPECT_EQ(world_.Run({"template", "update", "hello", "--topic", "offers"}), kOk);
  EXPECT_THAT(server_.seen.back().query, StartsWith("updateMask=topic&requestId="));
  EXPECT_EQ(server_.seen.back().body, R"({"etag":"e1","topic":"offers"})");
  EXPECT_EQ(world_.Run({"template", "update", "hello", "--topic", "offers", "--subject", "c"}),
            kOk);
  EXPECT_THAT(server_.seen.back().query, StartsWith("updateMask=topic%2Ccontent&requestId="));
}

TEST_F(ProgramTest, OneVersionOfATemplateIsShownAndSent) {
  server_.Answer("POST /api/campaign/v1/templates/hello/versions/2:sendTest",
                 R"({"name":"messages/1"})");
  server_.Answer("POST /api/campaign/v1/templates:preview", R"({"subject":"Hi"})");
  server_.Answer("POST /api/campaign/v1/messages:send", R"({"name":"messages/1"})");
  for (const char* id : {"hello/versions/2", "templates/hello/versions/2"}) {
    EXPECT_EQ(world_.Run({"template", "send-test", id, "me@shop.example"}), kOk) << id;
    EXPECT_EQ(world_.Run({"template", "preview", id}), kOk) << id;
    EXPECT_EQ(server_.seen.back().body, R"({"template":"templates/hello/versions/2"})");
    EXPECT_EQ(world_.Run({"message", "send", id, "06g1"}), kOk) << id;
    EXPECT_THAT(server_.seen.back().body, HasSubstr(R"("template":"templates/hello/versions/2")"));
  }
  EXPECT_EQ(server_.seen.size(), 6u);
  for (const char* id : {"hello/versions/", "hello/versions/x", "hello/versions/1/2", "/versions/1",
                         "hello/2", "hello/versions/-1"}) {
    EXPECT_EQ(world_.Run({"template", "send-test", id, "me@shop.example"}), kUsage) << id;
  }
  EXPECT_EQ(server_.seen.size(), 6u);
}

TEST_F(ProgramTest, AttributesMustFitTheirType) {
  server_.Answer(Call("GET", "attributeDefinitions/a"), R"({"type":"TYPE_BOOL"})");
  EXPECT_EQ(world_.Run({"customer", "create", "--attribute", "a=maybe"}), kUsage);
  EXPECT_THAT(world_.err(), HasSubstr("--attribute a: 'maybe' is not true or false"));
}

TEST_F(ProgramTest, AsksBeforeItDeletes) {
  server_.Answer(Call("DELETE", "segments/a"), "{}");
  world_.typed = {"n"};
  EXPECT_EQ(world_.Run({"segment", "delete", "a"}), kUsage);
  EXPECT_TRUE(server_.seen.empty());
  world_.typed = {"yes"};
  EXPECT_EQ(world_.Run({"segment", "delete", "a"}), kOk);
  EXPECT_EQ(world_.out(), "deleted segments/a\n");
  EXPECT_EQ(world_.Run({"segment", "delete", "a", "--yes"}), kOk);
}

TEST_F(ProgramTest, IdsCannotLeaveTheirPath) {
  server_.Answer(Call("GET", "segments/a%3Fb%20%23."), "{}");
  EXPECT_EQ(world_.Run({"segment", "get", "a?b #."}), kOk);
  EXPECT_EQ(world_.Run({"segment", "get", "a/../../users/x"}), kUsage);
  EXPECT_EQ(server_.seen.size(), 1u);
}

TEST_F(ProgramTest, RfmAddsUpTheCells) {
  server_.Answer(Call("GET", "rfmTable"), R"({"asOf":"2011-12-10","customerCount":"14","cells":[
    {"recency":5,"frequency":1,"monetary":1,"customerCount":"3",
     "revenue":{"currencyCode":"GBP","micros":"1000000"}},
    {"recency":5,"frequency":1,"monetary":4,"customerCount":"4",
     "revenue":{"currencyCode":"GBP","micros":"2000000"}},
    {"recency":1,"frequency":2,"monetary":1,"customerCount":"7",
     "revenue":{"currencyCode":"GBP","micros":"-500000"}}]})");
  EXPECT_EQ(world_.Run({"rfm"}), kOk);
  EXPECT_THAT(world_.out(), HasSubstr("     F1  F2  F3  F4  F5  ALL\n"
                                      "R5    7   0   0   0   0    7\n"
                                      "R4    0   0   0   0   0    0\n"
                                      "R3    0   0   0   0   0    0\n"
                                      "R2    0   0   0   0   0    0\n"
                                      "R1    0   7   0   0   0    7\n"
                                      "ALL   7   7   0   0   0   14\n"));
  EXPECT_EQ(world_.Run({"rfm", "--by", "revenue"}), kOk);
  EXPECT_THAT(world_.out(), HasSubstr("-0.50 GBP"));
  EXPECT_THAT(world_.out(), HasSubstr("2.50 GBP\n"));
  EXPECT_EQ(world_.Run({"rfm", "show", "--by", "scores"}), kOk);
  EXPECT_THAT(world_.out(),
              AllOf(HasSubstr("recency 5    #####################                   7\n"),
                    HasSubstr("monetary 1   ##############################         10\n")));
}

TEST_F(ProgramTest, AdminAsksTheNamedService) {
  server_.Answer("GET /api/access/v1/admin/info", R"({"service":"access","version":"0.1.0"})");
  EXPECT_EQ(world_.Run({"admin", "info", "--service", "access"}), kOk);
  EXPECT_THAT(world_.out(), HasSubstr("Version: 0.1.0"));
  server_.Answer(Call("POST", "admin/backups"), R"({"name":"operations/b"})");
  server_.Answer(Call("GET", "operations/b"),
                 R"({"name":"operations/b","done":true,"response":{"@type":"x",
                     "name":"backups/before","state":"STATE_READY","sizeBytes":"1536"}})");
  EXPECT_EQ(world_.Run({"admin", "backup", "create", "--id", "before"}), kOk);
  EXPECT_THAT(world_.out(), AllOf(HasSubstr("ID:    before"), HasSubstr("Size:  1.5 KiB")));
  EXPECT_THAT(server_.seen[1].query, EndsWith("&backupId=before"));
  server_.Answer(Call("POST", "admin/tasks/t:retry"), R"({"name":"tasks/t","type":"rfm"})");
  EXPECT_EQ(world_.Run({"admin", "task", "retry", "t"}), kOk);
  server_.Answer(Call("GET", "admin/auditEntries"),
                 R"({"auditEntries":[{"time":"2026-03-31T12:05:09Z","caller":"users/1",
                     "method":"regulars.customer.v1.CustomerService.UpdateCustomer",
                     "resource":"customers/1","result":"OK","itemCount":"1"}]})");
  EXPECT_EQ(world_.Run({"admin", "audit", "--filter", "caller = \"users/1\""}), kOk);
  EXPECT_THAT(world_.out(), HasSubstr("users/1  UpdateCustomer  customers/1  OK"));
}

TEST_F(ProgramTest, SignsInAndChoosesANewPassword) {
  server_.Answer("POST /api/access/v1/session:signIn",
                 R"({"accessToken":"once","principal":{"passwordExpired":true}})");
  server_.Answer("POST /api/access/v1/session:changePassword",
                 R"({"accessToken":"t2","refreshToken":"r2","expireTime":"2026-03-31T12:20:09Z"})");
  const std::string file = WriteFile(
      "first", "# The first administrator's password\nemail: root@x\npassword: one time\n");
  world_.typed = {"a new password", "a new password"};
  EXPECT_EQ(world_.Run({"sign-in", "--server", "crm.example.org", "--profile", "other",
                        "--password-file", file}),
            kOk);
  EXPECT_THAT(world_.asked, ElementsAre("New password: ", "Once more: "));
  EXPECT_EQ(server_.seen[0].body, R"({"email":"root@x","password":"one time"})");
  EXPECT_EQ(server_.seen[1].token, "once");
  const Config config = *world_.config().Load();
  EXPECT_EQ(config.current, "other");
  EXPECT_EQ(config.profiles.at("other").server, "https://crm.example.org");
  EXPECT_EQ(config.profiles.at("other").access_token, "t2");
  EXPECT_EQ(config.profiles.at("default").access_token, "token-1");
  EXPECT_THAT(world_.out() + world_.err(),
              AllOf(Not(HasSubstr("one time")), Not(HasSubstr("a new password")),
                    Not(HasSubstr("t2")), Not(HasSubstr("r2"))));
}

TEST_F(ProgramTest, SignsOut) {
  server_.Answer("POST /api/access/v1/session:signOut", "{}");
  EXPECT_EQ(world_.Run({"sign-out"}), kOk);
  EXPECT_THAT(server_.seen[0].body, HasSubstr("refresh-1"));
  EXPECT_FALSE(world_.config().Load()->profiles.at("default").signed_in());
  EXPECT_EQ(world_.Run({"whoami"}), kUsage);
  EXPECT_THAT(world_.err(), HasSubstr("nobody is signed in"));
}

TEST_F(ProgramTest, TheEnvironmentNamesServerAndToken) {
  server_.Answer("GET /api/access/v1/session", R"({"displayName":"Ada"})");
  world_.env["REGULARS_SERVER"] = "https://other.example.com";
  // The profile's token is not for that server.
  EXPECT_EQ(world_.Run({"whoami"}), kUsage);
  EXPECT_THAT(server_.seen, IsEmpty());
  world_.env["REGULARS_TOKEN"] = "env-token";
  EXPECT_EQ(world_.Run({"whoami"}), kOk);
  EXPECT_EQ(server_.seen[0].token, "env-token");
}

TEST_F(ProgramTest, PrintsASecretOnceOrKeepsItInAFile) {
  server_.Answer("POST /api/access/v1/apiKeys", R"({"name":"apiKeys/k"})");
  server_.Answer("POST /api/access/v1/apiKeys/k:addSecret", R"({"secret":"s3cret"})");
  EXPECT_EQ(world_.Run({"key", "create", "--name", "till", "--scope", "customer.read"}), kOk);
  EXPECT_THAT(world_.out(), HasSubstr("s3cret"));
  const std::string file = world_.folder.File("till.key");
  EXPECT_EQ(
      world_.Run({"key", "create", "--name", "till", "--scope", "a.b", "--secret-file", file}),
      kOk);
  EXPECT_THAT(world_.out() + world_.err(), Not(HasSubstr("s3cret")));
  std::string secret;
  std::getline(std::ifstream(file), secret);
  EXPECT_EQ(secret, "s3cret");
}

TEST_F(ProgramTest, ASecretIsNotWrittenOverAnother) {
  server_.Answer("POST /api/access/v1/apiKeys", R"({"name":"apiKeys/k"})");
  server_.Answer("POST /api/access/v1/apiKeys/k:addSecret", R"({"secret":"s3cret"})");
  const std::string file = WriteFile("till.key", "older\n");
  EXPECT_NE(
      world_.Run({"key", "create", "--name", "till", "--scope", "a.b", "--secret-file", file}),
      kOk);
  EXPECT_THAT(world_.err(), HasSubstr("exists already"));
  EXPECT_NE(world_.Run({"key", "add-secret", "k", "--secret-file", file}), kOk);
  EXPECT_THAT(server_.seen, IsEmpty()) << "no key is made whose secret would be lost";
  std::string secret;
  std::getline(std::ifstream(file), secret);
  EXPECT_EQ(secret, "older");
}

TEST_F(ProgramTest, AFileForASecretThatIsRefusedGoesAgain) {
  server_.Refuse("POST /api/access/v1/apiKeys", 403, "SCOPE_MISSING", "PERMISSION_DENIED");
  const std::string file = world_.folder.File("till.key");
  EXPECT_EQ(
      world_.Run({"key", "create", "--name", "till", "--scope", "a.b", "--secret-file", file}),
      kRefused);
  EXPECT_FALSE(std::ifstream(file).good());
}

TEST_F(ProgramTest, CallPrintsBytesAsTheyCome) {
  server_.Answer("GET /api/customer/v1/x", "{ \"a\" : 1 }");
  EXPECT_EQ(world_.Run({"call", "get", "customer/v1/x", "--query", "a=b c"}), kOk);
  EXPECT_EQ(world_.out(), "{ \"a\" : 1 }\n");
  EXPECT_EQ(server_.seen[0].query, "a=b%20c");
  server_.Answer("POST /api/customer/v1/x", "");
  const std::string file = WriteFile("body.json", R"({"b":2})");
  EXPECT_EQ(world_.Run({"call", "POST", "/api/customer/v1/x", "--data", "@" + file}), kOk);
  EXPECT_EQ(server_.seen.back().body, R"({"b":2})");
}

TEST_F(ProgramTest, AStreamThatFailsMidwayIsARefusal) {
  const std::string lines = R"({"members":[]})"
                            "\n"
                            R"({"error":{"code":401,"message":"over","status":"UNAUTHENTICATED"}})"
                            "\n";
  server_.Answer("GET /api/customer/v1/x:export", lines);
  EXPECT_EQ(world_.Run({"call", "GET", "customer/v1/x:export"}), kRefused);
  EXPECT_EQ(world_.out(), lines);
  EXPECT_THAT(world_.err(), HasSubstr("over"));
}

TEST_F(ProgramTest, WithJsonErrorsAreJsonToo) {
  const auto reason = [this] {
    const Json error = ParseJson(world_.err()).value().at("error");
    return Text(Items(error, "details").at(0), "reason");
  };
  server_.Refuse(Call("GET", "segments/a"), 404, "SEGMENT_NOT_FOUND", "NOT_FOUND");
  EXPECT_EQ(world_.Run({"segment", "get", "a", "--json"}), kRefused);
  EXPECT_EQ(reason(), "SEGMENT_NOT_FOUND");
  EXPECT_EQ(world_.Run({"segment", "get", "a/b", "--json"}), kUsage);
  EXPECT_EQ(reason(), "USAGE");
  EXPECT_EQ(world_.Run({"segment", "--json", "gte"}), kUsage);
  EXPECT_EQ(reason(), "USAGE");
  EXPECT_THAT(world_.err(), HasSubstr("did you mean 'get'?"));
  EXPECT_EQ(world_.Run({"segment", "--json"}), kUsage);
  EXPECT_EQ(reason(), "USAGE");
  EXPECT_EQ(world_.out(), "");
}

TEST_F(ProgramTest, ExitCodesTellWhoIsAtFault) {
  server_.Break("GET /api/access/v1/session", kUnreachable);
  EXPECT_EQ(world_.Run({"whoami"}), kNoServer);
  EXPECT_THAT(world_.err(), HasSubstr("Is the gateway running at https://crm.example.com?"));
  server_.Refuse(Call("GET", "segments/a"), 404, "SEGMENT_NOT_FOUND", "NOT_FOUND");
  EXPECT_EQ(world_.Run({"segment", "get", "a"}), kRefused);
}

}  // namespace
}  // namespace regulars::cli
