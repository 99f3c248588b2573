// Where output goes that a command line names.
#include "cli/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_dir.h"
#include "cli/error_text.h"
#include "cli/testing/fake_world.h"

namespace regulars::cli {
namespace {

using regulars::testing::HasReason;
using regulars::testing::TempDir;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string Content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> NamesIn(const TempDir& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

TEST(WritePrivateFile, ReplacesAFileAndWhatALinkPointsTo) {
  TempDir folder;
  const std::string file = folder.File("a");
  std::ofstream(file) << "a longer old content";
  std::filesystem::create_symlink(file, folder.File("link"));
  ASSERT_OK(WritePrivateFile(folder.File("link"), "new"));
  EXPECT_EQ(Content(file), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder.File("link")));
  struct stat about = {};
  ASSERT_EQ(stat(file.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  EXPECT_THAT(NamesIn(folder), ::testing::UnorderedElementsAre("a", "link"));
}

TEST(WritePrivateFile, WritesIntoAPipe) {
  TempDir folder;
  const std::string pipe = folder.File("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  std::string got;
  {
    // Opened for both, the pipe has a reader from the start: nobody waits for the other.
    std::fstream both(pipe, std::ios::in | std::ios::out);
    ASSERT_OK(WritePrivateFile(pipe, "content\n"));
    ASSERT_TRUE(std::filesystem::is_fifo(pipe));
    std::getline(both, got);
  }
  EXPECT_EQ(got, "content");
  EXPECT_THAT(WritePrivateFile(folder.path(), "x"), HasReason("LOCAL_FILE"));
}

TEST(PrivateFileRoom, IsGivenBackUnlessItIsWritten) {
  TempDir folder;
  const std::string file = folder.File("a");
  ASSERT_OK(PrivateFileRoom::Make(file, 1000).status());
  EXPECT_THAT(NamesIn(folder), IsEmpty());
  ASSERT_OK_AND_ASSIGN(auto room, PrivateFileRoom::Make(file, 1000));
  ASSERT_OK(room->Write("short"));
  room.reset();
  EXPECT_EQ(Content(file), "short");
  ASSERT_OK_AND_ASSIGN(room, PrivateFileRoom::Make(file, 2));
  ASSERT_OK(room->Write("longer"));
  EXPECT_EQ(Content(file), "longer");
}

class OutputFlagTest : public ::testing::Test {
 protected:
  OutputFlagTest() {
    world_.SignIn();
    server_.Answer("GET /api/customer/v1/customers/1:export", R"({"customer":{}})");
    server_.Answer("GET /api/customer/v1/imports/7/refusals:download", "line_number,reason\n");
  }

  FakeWorld world_;
  FakeServer& server_ = world_.server;
};

TEST_F(OutputFlagTest, ADashIsTheStandardOutput) {
  for (const char* path : {"-", "/dev/stdout"}) {
    EXPECT_EQ(world_.Run({"customer", "export", "1", "--output", path}), kOk);
    EXPECT_THAT(world_.out(), HasSubstr("customer")) << path;
    EXPECT_EQ(world_.Run({"import", "refusals", "7", "--csv", "--output", path}), kOk);
    EXPECT_EQ(world_.out(), "line_number,reason\n") << path;
    EXPECT_FALSE(std::filesystem::exists("-"));
  }
}

constexpr char kReset[] = "POST /api/access/v1/users/u:resetPassword";

TEST_F(OutputFlagTest, AOneTimePasswordIsNotWrittenOverAnything) {
  server_.Answer(kReset, R"({"oneTimePassword":"0nce"})");
  const std::string file = world_.folder.File("important.txt");
  std::ofstream(file) << "important";
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"user", "reset-password", "u"},
        {"user", "create", "--email", "u@example.com"}}) {
    std::vector<std::string> arguments = command;
    arguments.insert(arguments.end(), {"--password-file", file});
    EXPECT_EQ(world_.Run(arguments), kUsage);
    EXPECT_THAT(world_.err(), HasSubstr("exists already"));
  }
  EXPECT_THAT(server_.seen, IsEmpty());
  EXPECT_EQ(Content(file), "important");
}

TEST_F(OutputFlagTest, NoPasswordIsMadeThatCannotBeKept) {
  server_.Answer(kReset, R"({"oneTimePassword":"0nce"})");
  EXPECT_EQ(world_.Run({"user", "reset-password", "u", "--password-file", "/nowhere/password"}),
            kUsage);
  EXPECT_THAT(server_.seen, IsEmpty());
  const std::string file = world_.folder.File("password");
  EXPECT_EQ(world_.Run({"user", "reset-password", "u", "--password-file", file}), kOk);
  EXPECT_EQ(Content(file), "0nce\n");
  EXPECT_THAT(world_.out() + world_.err(), Not(HasSubstr("0nce")));
}

TEST_F(OutputFlagTest, AFileForAPasswordThatIsRefusedGoesAgain) {
  server_.Refuse(kReset, 404, "USER_NOT_FOUND", "NOT_FOUND");
  const std::string file = world_.folder.File("password");
  EXPECT_EQ(world_.Run({"user", "reset-password", "u", "--password-file", file}), kRefused);
  EXPECT_FALSE(std::filesystem::exists(file));
}

}  // namespace
}  // namespace regulars::cli
