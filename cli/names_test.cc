// Arguments that say which resource is meant take its id, and its name as --json prints it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "cli/error_text.h"
#include "cli/testing/fake_world.h"

namespace regulars::cli {
namespace {

using ::testing::HasSubstr;

struct Case {
  const char* name;
  std::vector<std::string> command;  // "@" stands for an id or a name.
  const char* collection;
  const char* call;
  const char* sends;  // In query or body, if not in the call.
};

class NamesTest : public ::testing::TestWithParam<Case> {
 protected:
  NamesTest() {
    world_.SignIn();
    world_.server.Answer(GetParam().call, "{}");
  }
  int Run(const std::string& resource) {
    std::vector<std::string> arguments = GetParam().command;
    for (std::string& each : arguments) each = absl::StrReplaceAll(each, {{"@", resource}});
    return world_.Run(arguments);
  }

  FakeWorld world_;
};

TEST_P(NamesTest, IdsAndNamesMeanTheSame) {
  for (const std::string& resource :
       {std::string("x1"), absl::StrCat(GetParam().collection, "/x1")}) {
    EXPECT_EQ(Run(resource), kOk) << world_.err();
    const FakeServer::Seen& seen = world_.server.seen.back();
    EXPECT_EQ(seen.call, GetParam().call);
    EXPECT_THAT(seen.query + seen.body, HasSubstr(GetParam().sends));
  }
}

TEST_P(NamesTest, NamesOfSomethingElseAreRefused) {
  EXPECT_EQ(Run("others/x1"), kUsage);
  EXPECT_THAT(world_.err(), HasSubstr("'others/x1' is no "));
  EXPECT_TRUE(world_.server.seen.empty());
}

constexpr char kCustomer[] = R"("customer":"customers/x1")";
constexpr char kMessages[] = "GET /api/campaign/v1/messages";
constexpr char kCampaigns[] = "POST /api/campaign/v1/campaigns";

INSTANTIATE_TEST_SUITE_P(
    Cases, NamesTest,
    ::testing::Values(Case{"preview_customer",
                           {"template", "preview", "hello", "--customer", "@"},
                           "customers",
                           "POST /api/campaign/v1/templates:preview",
                           kCustomer},
                      Case{"send_test_customer",
                           {"template", "send-test", "hello", "address", "--customer", "@"},
                           "customers",
                           "POST /api/campaign/v1/templates/hello:sendTest",
                           kCustomer},
                      Case{"message_list_customer",
                           {"message", "list", "--customer", "@"},
                           "customers",
                           kMessages,
                           "customer=customers%2Fx1"},
                      Case{"message_list_campaign",
                           {"message", "list", "--campaign", "@"},
                           "campaigns",
                           kMessages,
                           "campaign=campaigns%2Fx1"},
                      Case{"message_send_template",
                           {"message", "send", "@", "x2"},
                           "templates",
                           "POST /api/campaign/v1/messages:send",
                           R"("template":"templates/x1")"},
                      Case{"message_send_customer",
                           {"message", "send", "hello", "@"},
                           "customers",
                           "POST /api/campaign/v1/messages:send",
                           kCustomer},
                      Case{"suppression_add",
                           {"suppression", "add", "--customer", "@"},
                           "customers",
                           "POST /api/campaign/v1/suppressions",
                           kCustomer},
                      Case{"campaign_template",
                           {"campaign", "create", "c", "--template", "@"},
                           "templates",
                           kCampaigns,
                           R"("template":"templates/x1")"},
                      Case{"campaign_segment",
                           {"campaign", "create", "c", "--template", "t", "--segment", "@"},
                           "segments",
                           kCampaigns,
                           R"("audience":{"segment":"segments/x1"})"},
                      Case{"campaign_entry",
                           {"campaign", "create", "c", "--template", "t", "--on-entry", "@"},
                           "segments",
                           kCampaigns,
                           R"("entry":{"segment":"segments/x1"})"},
                      Case{"secret",
                           {"key", "revoke-secret", "k", "@"},
                           "apiKeys/k/secrets",
                           "POST /api/access/v1/apiKeys/k/secrets/x1:revoke",
                           ""},
                      Case{"quote",
                           {"quote", "--currency", "GBP", "--customer", "@"},
                           "customers",
                           "POST /api/loyalty/v1/baskets:quote",
                           kCustomer},
                      Case{"recommend",
                           {"recommend", "--customer", "@"},
                           "customers",
                           "POST /api/recommend/v1/items:recommend",
                           kCustomer},
                      Case{"enrol",
                           {"member", "enrol", "@"},
                           "customers",
                           "POST /api/loyalty/v1/members:enrol",
                           kCustomer}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace regulars::cli
