// The commands of imports against a server that answers as it was told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "cli/error_text.h"
#include "cli/json.h"
#include "cli/testing/fake_world.h"

namespace regulars::cli {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Call(const char* method, const std::string& path) {
  return absl::StrCat(method, " /api/customer/v1/", path);
}

class ImportsTest : public ::testing::Test {
 protected:
  ImportsTest() { world_.SignIn(); }

  std::string WriteFile(const char* name, const std::string& content) {
    std::ofstream(world_.folder.File(name)) << content;
    return world_.folder.File(name);
  }

  FakeWorld world_;
  FakeServer& server_ = world_.server;
};

constexpr char kImport[] = R"({"name":"imports/7","state":"STATE_DONE","report":{
  "linesRead":"100","linesStored":"90","linesUnchanged":"1","linesIgnored":"4","linesRefused":"5",
  "ignored":[{"reason":"IGNORED_ITEM","count":"4"}],
  "refused":[{"reason":"INVALID_NUMBER","count":"3"},{"reason":"RAGGED_LINE","count":"2"}],
  "ordersCreated":"1200"}})";

TEST_F(ImportsTest, ImportsAndReports) {
  server_.Answer(Call("POST", "orders:import"),
                 R"({"name":"operations/9","metadata":{"importName":"imports/7"}})");
  server_.Answer(Call("GET", "operations/9"), R"({"name":"operations/9","done":false})");
  server_.Answer(Call("GET", "operations/9"), R"({"name":"operations/9","done":true})");
  server_.Answer(Call("GET", "imports/7"), kImport);
  const std::string file = WriteFile("lines.csv", "a,b\n1,2\n");
  const std::string options =
      WriteFile("o.json", R"({"csv":{"delimiter":";"},"columns":["A=item","B=time"],
                              "taxIncluded":true})");
  EXPECT_EQ(world_.Run({"import", "orders", file, "--options", options, "--set", "source=till",
                        "--dry-run"}),
            kOk);
  EXPECT_EQ(server_.seen[0].body, "a,b\n1,2\n");
  EXPECT_THAT(server_.seen[0].query,
              EndsWith("&options.csv.delimiter=%3B&options.columns=A%3Ditem&options.columns="
                       "B%3Dtime&options.taxIncluded=true&options.source=till&dryRun=true&"
                       "fileName=lines.csv"));
  EXPECT_THAT(world_.out(), AllOf(HasSubstr("  refused:      5  (INVALID_NUMBER 3, RAGGED_LINE 2)"),
                                  HasSubstr("  ignored:      4  (IGNORED_ITEM 4)"),
                                  HasSubstr("Orders created: 1,200\n")));
  EXPECT_THAT(world_.err(), HasSubstr("regularsctl import refusals 7"));
  EXPECT_EQ(world_.Run({"import", "orders", file, "--set", "source=till", "--strict"}), kRefused);
}

TEST_F(ImportsTest, OrderLinesNeedASource) {
  const std::string file = WriteFile("lines.csv", "a,b\n1,2\n");
  const std::string options = WriteFile("o.json", R"({"columns":["A=item"]})");
  for (const std::vector<std::string>& how :
       {std::vector<std::string>{}, {"--options", options}, {"--set", "customerSystem=till"}}) {
    std::vector<std::string> arguments = {"import", "orders", file};
    arguments.insert(arguments.end(), how.begin(), how.end());
    EXPECT_EQ(world_.Run(arguments), kUsage);
    EXPECT_THAT(world_.err(), AllOf(HasSubstr("the source is missing"), HasSubstr("--set source="),
                                    HasSubstr("--import-profile")));
  }
  EXPECT_TRUE(server_.seen.empty());
}

TEST_F(ImportsTest, AFileThatIsNotThereIsToldFirst) {
  EXPECT_EQ(world_.Run({"import", "orders", "/nowhere/lines.csv"}), kUsage);
  EXPECT_THAT(world_.err(), AllOf(HasSubstr("/nowhere/lines.csv: No such file"),
                                  Not(HasSubstr("the source is missing"))));
  EXPECT_TRUE(server_.seen.empty());
}

TEST_F(ImportsTest, AFailedImportIsAnError) {
  server_.Answer(Call("POST", "customers:import"),
                 R"({"name":"operations/9","metadata":{"importName":"imports/7"}})");
  server_.Answer(Call("GET", "operations/9"),
                 R"({"name":"operations/9","done":true,"error":{"code":9,"message":"no rate",
                     "details":[{"@type":"x/google.rpc.ErrorInfo","reason":"RATE_NOT_FOUND"}]}})");
  const std::string file = WriteFile("c.csv", "email\n");
  EXPECT_EQ(world_.Run({"import", "customers", file, "--import-profile", "p"}), kRefused);
  EXPECT_THAT(server_.seen[0].query, HasSubstr("profile=importProfiles%2Fp"));
  EXPECT_THAT(world_.err(), HasSubstr("no rate (RATE_NOT_FOUND)"));
}

constexpr char kCancelled[] = R"({"name":"operations/9","done":true,"error":{"code":1,
  "message":"cancelled","details":[{"@type":"x/google.rpc.ErrorInfo","reason":"TASK_CANCELLED"}]}})";

TEST_F(ImportsTest, ACancelledImportTellsWhatItDid) {
  server_.Answer(Call("POST", "orders:import"),
                 R"({"name":"operations/9","metadata":{"importName":"imports/7"}})");
  server_.Answer(Call("GET", "operations/9"), kCancelled);
  server_.Answer(Call("GET", "imports/7"), kImport);
  const std::string file = WriteFile("lines.csv", "a,b\n1,2\n");
  EXPECT_EQ(world_.Run({"import", "orders", file, "--import-profile", "p"}), kRefused);
  EXPECT_THAT(world_.out(),
              AllOf(HasSubstr("  stored:       90\n"), HasSubstr("Import:         imports/7\n")));
  EXPECT_THAT(world_.err(), HasSubstr("cancelled (TASK_CANCELLED)"));
  EXPECT_EQ(world_.Run({"import", "orders", file, "--import-profile", "p", "--json"}), kRefused);
  EXPECT_EQ(Text(ParseJson(world_.out()).value(), "name"), "imports/7");
}

TEST_F(ImportsTest, ACancelledImportThatCannotBeReadIsNamed) {
  server_.Answer(Call("POST", "orders:import"),
                 R"({"name":"operations/9","metadata":{"importName":"imports/7"}})");
  server_.Answer(Call("GET", "operations/9"), kCancelled);
  server_.Refuse(Call("GET", "imports/7"), 404, "IMPORT_NOT_FOUND", "NOT_FOUND");
  const std::string file = WriteFile("lines.csv", "a,b\n1,2\n");
  EXPECT_EQ(world_.Run({"import", "orders", file, "--import-profile", "p"}), kRefused);
  EXPECT_EQ(world_.out(), "");
  EXPECT_THAT(world_.err(), AllOf(HasSubstr("cancelled (TASK_CANCELLED)"), HasSubstr("imports/7"),
                                  Not(HasSubstr("IMPORT_NOT_FOUND"))));
}

TEST_F(ImportsTest, AnImportOutlivesARestartOfTheServer) {
  server_.Answer(Call("POST", "orders:import"),
                 R"({"name":"operations/9","metadata":{"importName":"imports/7"}})");
  server_.Break(Call("GET", "operations/9"), kUnreachable);
  server_.Answer(Call("GET", "operations/9"), R"({"name":"operations/9","done":true})");
  server_.Answer(Call("GET", "imports/7"), kImport);
  EXPECT_EQ(world_.Run({"import", "orders", WriteFile("l.csv", "a\n"), "--import-profile", "p"}),
            kOk);
}

TEST_F(ImportsTest, DownloadsRefusals) {
  server_.Answer(Call("GET", "imports/7/refusals:download"), "line_number,reason\n2,X\n");
  EXPECT_EQ(world_.Run({"import", "refusals", "7", "--csv"}), kOk);
  EXPECT_EQ(world_.out(), "line_number,reason\n2,X\n");
}

}  // namespace
}  // namespace regulars::cli
