// What commands refuse, ask and tell, where they used to be silent.
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
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class CommandsTest : public ::testing::Test {
 protected:
  CommandsTest() { world_.SignIn(); }

  std::string WriteFile(const char* name, const std::string& content) {
    std::ofstream(world_.folder.File(name)) << content;
    return world_.folder.File(name);
  }

  FakeWorld world_;
  FakeServer& server_ = world_.server;
};

constexpr char kUpsert[] = "POST /api/recommend/v1/items:batchUpsert";
constexpr char kOneRefused[] = R"({"results":[{"index":"0","outcome":"UPSERT_OUTCOME_CREATED"},
  {"index":"1","outcome":"UPSERT_OUTCOME_REFUSED","error":{"code":3,"message":"no title","details":
    [{"@type":"x/google.rpc.ErrorInfo","reason":"INVALID_ITEM"}]}}]})";

TEST_F(CommandsTest, ItemsThatAreRefusedAreAnError) {
  Json items = Json::array();
  for (int i = 0; i < 1002; ++i) items.push_back({{"code", absl::StrCat(i)}});
  const std::string file = WriteFile("items.json", Json{{"items", items}}.dump());
  server_.Answer(kUpsert, R"({"results":[{"index":"0","outcome":"UPSERT_OUTCOME_CREATED"}]})");
  server_.Answer(kUpsert, kOneRefused);
  EXPECT_EQ(world_.Run({"item", "upsert", "--file", file}), kRefused);
  EXPECT_EQ(world_.out(), "created: 2\nrefused: 1\n");
  EXPECT_THAT(world_.err(), AllOf(HasSubstr("items[1001]: no title (INVALID_ITEM)\n"),
                                  HasSubstr("1 of the items were refused (INVALID_ITEM)")));
}

TEST_F(CommandsTest, ResultsOfItemsAreALineEach) {
  Json items = Json::array();
  for (int i = 0; i < 1002; ++i) items.push_back({{"code", absl::StrCat(i)}});
  const std::string file = WriteFile("items.json", Json{{"items", items}}.dump());
  server_.Answer(kUpsert, R"({"results":[{"index":"0","outcome":"UPSERT_OUTCOME_CREATED"}]})");
  server_.Answer(kUpsert, kOneRefused);
  EXPECT_EQ(world_.Run({"item", "upsert", "--file", file, "--json"}), kRefused);
  EXPECT_THAT(world_.out(),
              AllOf(StartsWith("{\"index\":\"0\",\"outcome\":\"UPSERT_OUTCOME_CREATED\"}\n"
                               "{\"index\":\"1000\",\"outcome\":\"UPSERT_OUTCOME_CREATED\"}\n"
                               "{\"index\":\"1001\",\"outcome\":\"UPSERT_OUTCOME_REFUSED\","),
                    EndsWith("}\n")));
  EXPECT_THAT(world_.err(), HasSubstr("items[1001]: no title"));
}

TEST_F(CommandsTest, WhatWasSentOfAFileIsToldWhenTheRestFails) {
  Json items = Json::array();
  for (int i = 0; i < 1002; ++i) items.push_back({{"code", absl::StrCat(i)}});
  const std::string file = WriteFile("items.json", Json{{"items", items}}.dump());
  server_.Answer(kUpsert, kOneRefused);
  server_.Refuse(kUpsert, 403, "SCOPE_MISSING", "PERMISSION_DENIED");
  EXPECT_EQ(world_.Run({"item", "upsert", "--file", file}), kRefused);
  EXPECT_EQ(world_.out(), "created: 1\nrefused: 1\n");
  EXPECT_THAT(world_.err(), HasSubstr("SCOPE_MISSING"));
}

TEST_F(CommandsTest, AnEventThatIsRefusedIsNamed) {
  server_.Answer("POST /api/customer/v1/events:ingest",
                 R"({"results":[{"index":"0","outcome":"OUTCOME_RECORDED"},
                    {"index":"1","outcome":"OUTCOME_REFUSED","error":{"code":3,"message":"no name",
                     "details":[{"@type":"x/google.rpc.ErrorInfo","reason":"INVALID_EVENT"}]}}]})");
  const std::string file = WriteFile("events.json", R"({"events":[{},{}]})");
  EXPECT_EQ(world_.Run({"event", "send", "--file", file}), kRefused);
  EXPECT_EQ(world_.out(), "recorded: 1, known before: 0\n");
  EXPECT_THAT(world_.err(), HasSubstr("events[1]: no name (INVALID_EVENT)\n"));
  EXPECT_EQ(world_.Run({"event", "send", "--file", file, "--json"}), kRefused);
  EXPECT_THAT(world_.err(), HasSubstr("events[1]: no name"));
}

constexpr char kTemplate[] = "GET /api/campaign/v1/templates/hello";

class TemplateUpdateTest : public CommandsTest {
 protected:
  TemplateUpdateTest() {
    server_.Answer(kTemplate, R"({"etag":"e1","purpose":"PURPOSE_TRANSACTIONAL","content":{
        "subject":"a","variables":[{"name":"offer","description":"d","fallback":"f"},
                                   {"name":"customer.given_name","fallback":"friend"}]}})");
    server_.Answer("PATCH /api/campaign/v1/templates/hello", "{}");
  }

  // The variables that are sent for these flags.
  std::string Sent(std::vector<std::string> flags) {
    flags.insert(flags.begin(), {"template", "update", "hello"});
    EXPECT_EQ(world_.Run(flags), kOk);
    return Find(ParseJson(server_.seen.back().body).value(), "content.variables")->dump();
  }
};

TEST_F(TemplateUpdateTest, VariablesThatAreNotGivenStay) {
  EXPECT_EQ(Sent({"--variable", "shop=Ours", "--variable", "offer=none"}),
            R"([{"name":"offer","description":"d","fallback":"none"},)"
            R"({"name":"customer.given_name","fallback":"friend"},)"
            R"({"name":"shop","fallback":"Ours"}])");
  EXPECT_EQ(Sent({"--variable", "offer"}),
            R"([{"name":"offer","description":"d"},)"
            R"({"name":"customer.given_name","fallback":"friend"}])");
  EXPECT_EQ(Sent({"--subject", "b"}), R"([{"name":"offer","description":"d","fallback":"f"},)"
                                      R"({"name":"customer.given_name","fallback":"friend"}])");
}

TEST_F(TemplateUpdateTest, TakesAVariableAway) {
  EXPECT_EQ(Sent({"--no-variable", "offer"}),
            R"([{"name":"customer.given_name","fallback":"friend"}])");
  EXPECT_EQ(Sent({"--no-variable", "offer", "--no-variable", "customer.given_name"}), "[]");
  EXPECT_EQ(world_.Run({"template", "update", "hello", "--no-variable", "ofer"}), kUsage);
  EXPECT_THAT(world_.err(), HasSubstr("no variable 'ofer'"));
}

TEST_F(TemplateUpdateTest, VariablesAreShown) {
  EXPECT_EQ(world_.Run({"template", "get", "hello"}), kOk);
  EXPECT_THAT(world_.out(), HasSubstr("offer=f, customer.given_name=friend\n"));
}

TEST_F(TemplateUpdateTest, ATransactionalTemplateTakesNoTopic) {
  EXPECT_EQ(world_.Run({"template", "update", "hello", "--topic", "news"}), kUsage);
  EXPECT_THAT(world_.err(), HasSubstr("no topic"));
  server_.seen.clear();
  EXPECT_EQ(world_.Run({"template", "create", "t", "--subject", "s", "--purpose", "transactional",
                        "--topic", "news"}),
            kUsage);
  EXPECT_THAT(world_.err(), HasSubstr("no topic"));
  EXPECT_THAT(server_.seen, IsEmpty());
}

TEST_F(CommandsTest, APreviewTellsThatThereIsNoHtml) {
  server_.Answer("POST /api/campaign/v1/templates:preview", R"({"subject":"s","text":"t"})");
  EXPECT_EQ(world_.Run({"template", "preview", "hello", "--html"}), kOk);
  EXPECT_EQ(world_.out(), "");
  EXPECT_THAT(world_.err(), HasSubstr("no HTML part"));
}

struct ForGood {
  const char* name;
  std::vector<std::string> command;
  const char* call;
};

class ForGoodTest : public ::testing::TestWithParam<ForGood> {};

TEST_P(ForGoodTest, IsAskedFor) {
  FakeWorld world;
  world.SignIn();
  world.server.Answer(GetParam().call, R"({"state":"STATE_FAILED"})");
  std::vector<std::string> arguments = GetParam().command;
  EXPECT_EQ(world.Run(arguments), kUsage);
  EXPECT_THAT(world.err(), HasSubstr("--yes"));
  world.typed = {"no"};
  EXPECT_EQ(world.Run(arguments), kUsage);
  EXPECT_THAT(world.server.seen, IsEmpty());
  world.typed = {"yes"};
  EXPECT_EQ(world.Run(arguments), kOk);
  arguments.emplace_back("--yes");
  EXPECT_EQ(world.Run(arguments), kOk);
  EXPECT_EQ(world.server.seen.size(), 2u);
}

INSTANTIATE_TEST_SUITE_P(
    Commands, ForGoodTest,
    ::testing::Values(
        ForGood{"member", {"member", "close", "m"}, "POST /api/loyalty/v1/members/m:close"},
        ForGood{
            "campaign", {"campaign", "cancel", "c"}, "POST /api/campaign/v1/campaigns/c:cancel"},
        ForGood{"event",
                {"feed", "skip", "customer", "7", "--service", "loyalty"},
                "POST /api/loyalty/v1/admin/followers/customer/parkedEvents/7:skip"}),
    [](const auto& info) { return info.param.name; });

TEST_F(CommandsTest, ASkippedEventIsShownAsSkipped) {
  server_.Answer("POST /api/loyalty/v1/admin/followers/customer/parkedEvents/7:skip",
                 R"({"name":"followers/customer/parkedEvents/7","state":"STATE_FAILED"})");
  std::vector<std::string> skip = {"feed", "skip", "customer", "7", "--service", "loyalty", "-y"};
  EXPECT_EQ(world_.Run(skip), kOk);
  EXPECT_THAT(world_.out(), AllOf(HasSubstr("skipped"), Not(HasSubstr("failed"))));
  skip.emplace_back("--json");
  EXPECT_EQ(world_.Run(skip), kOk);
  EXPECT_THAT(world_.out(), HasSubstr("STATE_FAILED"));
}

TEST_F(CommandsTest, AListOfImportsMarksDryRuns) {
  server_.Answer("GET /api/customer/v1/imports",
                 R"({"imports":[{"name":"imports/1","dryRun":true},{"name":"imports/2"}]})");
  EXPECT_EQ(world_.Run({"import", "list"}), kOk);
  EXPECT_THAT(world_.out(), AllOf(HasSubstr("DRY RUN"), HasSubstr("yes")));
}

constexpr char kSegment[] = "GET /api/customer/v1/segments/nope";

TEST_F(CommandsTest, ACampaignNeedsItsSegment) {
  server_.Refuse(kSegment, 404, "SEGMENT_NOT_FOUND", "NOT_FOUND");
  for (const char* flag : {"--segment", "--on-entry"}) {
    EXPECT_EQ(world_.Run({"campaign", "create", "c", "--template", "t", flag, "nope"}), kRefused);
    EXPECT_THAT(world_.err(), HasSubstr("SEGMENT_NOT_FOUND"));
    EXPECT_EQ(server_.seen.back().call, kSegment);
  }
  server_.Answer("GET /api/campaign/v1/campaigns/c", R"({"entry":{"segment":"segments/nope"}})");
  EXPECT_EQ(world_.Run({"campaign", "start", "c"}), kRefused);
  EXPECT_EQ(server_.seen.back().call, kSegment);
}

// A key may write campaigns and not see segments.
TEST_F(CommandsTest, ACampaignIsMadeWhereSegmentsCannotBeRead) {
  server_.Refuse(kSegment, 403, "SCOPE_MISSING", "PERMISSION_DENIED");
  server_.Answer("POST /api/campaign/v1/campaigns", "{}");
  EXPECT_EQ(world_.Run({"campaign", "create", "c", "--template", "t", "--segment", "nope"}), kOk);
}

TEST_F(CommandsTest, ACampaignDoesNotBeginInThePast) {
  server_.Answer("GET /api/customer/v1/segments/best", "{}");
  server_.Answer("POST /api/campaign/v1/campaigns", "{}");
  std::vector<std::string> create = {"campaign", "create", "c", "--template", "t", "--segment",
                                     "best",     "--at",   ""};
  create.back() = "2025-04-01T09:00:00+02:00";
  EXPECT_EQ(world_.Run(create), kUsage);
  EXPECT_THAT(world_.err(), HasSubstr("--at: 2025-04-01T09:00:00+02:00 has passed"));
  EXPECT_THAT(server_.seen, IsEmpty());
  create.back() = "2026-04-01T09:00:00+02:00";
  EXPECT_EQ(world_.Run(create), kOk);
}

TEST_F(CommandsTest, AListOfCampaignsSaysWhyOneIsPaused) {
  server_.Answer("GET /api/campaign/v1/campaigns",
                 R"({"campaigns":[{"name":"campaigns/c","error":{"message":"no segment"}}]})");
  EXPECT_EQ(world_.Run({"campaign", "list"}), kOk);
  EXPECT_THAT(world_.out(), AllOf(HasSubstr("ERROR"), HasSubstr("no segment")));
}

struct Contradiction {
  const char* name;
  std::vector<std::string> command;
  const char* says;
};

class ContradictionTest : public ::testing::TestWithParam<Contradiction> {};

TEST_P(ContradictionTest, IsRefused) {
  FakeWorld world;
  world.SignIn();
  EXPECT_EQ(world.Run(GetParam().command), kUsage);
  EXPECT_THAT(world.err(), HasSubstr(GetParam().says));
  EXPECT_THAT(world.server.seen, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Flags, ContradictionTest,
    ::testing::Values(
        Contradiction{"tiers", {"programme", "set", "--no-tiers", "--tier", "a=1"}, "--no-tiers"},
        Contradiction{"all", {"customer", "list", "--limit", "3", "--all"}, "--all"},
        Contradiction{"csv", {"import", "refusals", "7", "--csv", "--limit", "1"}, "--csv"},
        Contradiction{"days", {"settings", "set", "--rate-max-age-days", "0"}, "1 to 366"},
        Contradiction{
            "half", {"points", "adjust", "m", "--points", "1.5"}, "'1.5' is not a whole number"},
        Contradiction{
            "grouped", {"feed", "tail", "--after", "3,052"}, "'3,052' is not a whole number"},
        Contradiction{"large", {"customer", "list", "--limit", "2000000000"}, "not in range"}),
    [](const auto& info) { return info.param.name; });

TEST_F(CommandsTest, WorkThatIsNotWaitedForIsNamed) {
  server_.Answer("POST /api/customer/v1/rfmTable:compute", R"({"name":"operations/r"})");
  server_.Answer("POST /api/customer/v1/admin/backups", R"({"name":"operations/b"})");
  EXPECT_EQ(world_.Run({"rfm", "compute", "--no-wait"}), kOk);
  EXPECT_EQ(world_.out(), "started operations/r\n");
  EXPECT_EQ(world_.Run({"admin", "backup", "create", "--no-wait"}), kOk);
  EXPECT_EQ(world_.out(), "started operations/b\n");
}

TEST_F(CommandsTest, SumsAreShownInTheUnitsOfTheirCurrency) {
  server_.Answer("GET /api/customer/v1/customers",
                 R"({"customers":[{"name":"customers/1","purchases":{"revenue":
                     {"currencyCode":"EUR","micros":"4935880615"}}}]})");
  EXPECT_EQ(world_.Run({"customer", "list"}), kOk);
  EXPECT_THAT(world_.out(), HasSubstr("4,935.88 EUR"));
  EXPECT_EQ(world_.Run({"customer", "list", "--json"}), kOk);
  EXPECT_THAT(world_.out(), HasSubstr("4935880615"));
}

TEST_F(CommandsTest, AKeyIsFreedOfItsStores) {
  server_.Answer("PATCH /api/access/v1/apiKeys/k", "{}");
  EXPECT_EQ(world_.Run({"key", "update", "k", "--all-stores"}), kOk);
  EXPECT_EQ(server_.seen.back().body, R"({"stores":[]})");
  EXPECT_EQ(world_.Run({"key", "update", "k", "--all-stores", "--store", "s"}), kUsage);
}

TEST_F(CommandsTest, HelpOfNoCommandIsAMistake) {
  EXPECT_EQ(world_.Run({"custmer", "--help"}), kUsage);
  EXPECT_THAT(world_.err(), HasSubstr("did you mean 'customer'?"));
  EXPECT_EQ(world_.Run({"customer", "lst", "--help"}), kUsage);
  EXPECT_EQ(world_.Run({"customer", "get", "1", "--help"}), kOk);
  EXPECT_EQ(world_.Run({"help"}), kOk);
  EXPECT_THAT(world_.out(), HasSubstr("Usage: regularsctl "));
  EXPECT_EQ(world_.Run({"help", "customer", "list"}), kOk);
  EXPECT_THAT(world_.out(), HasSubstr("Usage: regularsctl customer list"));
}

TEST_F(CommandsTest, PositionsAreShownAsFlagsTakeThem) {
  server_.Answer("GET /api/customer/v1/feed",
                 R"({"epoch":"e","headPosition":"3052","prunedPosition":"1200"})");
  EXPECT_EQ(world_.Run({"feed", "state"}), kOk);
  EXPECT_THAT(world_.out(), AllOf(HasSubstr(" 3052\n"), HasSubstr(" 1200\n")));
  server_.Answer("GET /api/loyalty/v1/admin/followers",
                 R"({"followers":[{"name":"followers/customer","position":"18879"}]})");
  EXPECT_EQ(world_.Run({"feed", "status", "--service", "loyalty"}), kOk);
  EXPECT_THAT(world_.out(), HasSubstr(" 18879\n"));
}

}  // namespace
}  // namespace regulars::cli
