#include "cli/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_dir.h"
#include "cli/program.h"

namespace regulars::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

std::vector<std::string> Words(const std::vector<std::string>& line, bool* files = nullptr) {
  const Program program;
  const Completions completions = Complete(program.tree(), line);
  if (files != nullptr) *files = completions.files;
  std::vector<std::string> words;
  for (const auto& item : completions.items) words.push_back(item.word);
  return words;
}

TEST(Complete, WalksTheTree) {
  EXPECT_THAT(Words({""}), Contains("customer"));
  EXPECT_THAT(Words({""}), Contains("import"));
  EXPECT_THAT(Words({"cu"}), ElementsAre("customer"));
  EXPECT_THAT(Words({"segment", "pre"}), ElementsAre("preview"));
  EXPECT_THAT(Words({"import", "profile", ""}), ElementsAre("create", "list", "get", "delete"));
  EXPECT_THAT(Words({"nonsense", "x"}), ElementsAre());
}

TEST(Complete, OffersFlags) {
  EXPECT_THAT(Words({"customer", "list", "--fi"}), ElementsAre("--filter"));
  EXPECT_THAT(Words({"customer", "list", "--"}), Contains("--json"));  // The root's, too.
  EXPECT_THAT(Words({"customer", "list", "--"}), Not(Contains("--company")));
  EXPECT_THAT(Words({"template", "update", "hello", "--to"}), ElementsAre("--topic"));
}

TEST(Complete, OffersValues) {
  EXPECT_THAT(Words({"rfm", "compute", "--day", ""}),
              ElementsAre("settings", "today", "after-last-order"));
  EXPECT_THAT(Words({"rfm", "compute", "--day", "a"}), ElementsAre("after-last-order"));
  EXPECT_THAT(Words({"completion", ""}), ElementsAre("bash", "zsh", "fish"));
  EXPECT_THAT(Words({"admin", "audit", "--service", "a"}), ElementsAre("access"));
  for (const char* command : {"tail", "state"}) {  // The gateway has no feed.
    EXPECT_THAT(Words({"feed", command, "--service", ""}),
                ElementsAre("customer", "campaign", "loyalty", "recommend"));
  }
  // Bash splits at "=", others do not.
  EXPECT_THAT(Words({"rfm", "compute", "--day", "=", "a"}), ElementsAre("after-last-order"));
  EXPECT_THAT(Words({"rfm", "compute", "--day", "="}),
              ElementsAre("settings", "today", "after-last-order"));
  EXPECT_THAT(Words({"rfm", "compute", "--day=a"}), ElementsAre("--day=after-last-order"));
  EXPECT_THAT(Words({"rfm", "compute", "--night=a"}), ElementsAre());
  // The value of a flag is no command.
  EXPECT_THAT(Words({"--profile", "customer", "seg"}), ElementsAre("segment"));
  EXPECT_THAT(Words({"customer", "list", "--filter", ""}), ElementsAre());
}

TEST(Complete, AsksForFiles) {
  bool files = false;
  Words({"import", "orders", ""}, &files);
  EXPECT_TRUE(files);
  Words({"order", "create", "--file", "x"}, &files);
  EXPECT_TRUE(files);
  Words({"order", "create", ""}, &files);
  EXPECT_FALSE(files);
}

TEST(CompletionScript, BashReadsIt) {
  ASSERT_OK_AND_ASSIGN(const std::string script, CompletionScript("bash"));
  testing::TempDir folder;
  const std::string path = folder.File("completion.bash");
  std::ofstream(path) << script;
  EXPECT_EQ(std::system(absl::StrCat("bash -n ", path).c_str()), 0);
  // Driven as bash would, with a program that says what it was asked.
  const std::string program = folder.File("regularsctl");
  std::ofstream(program) << "#!/bin/sh\n[ \"$*\" = '__complete -- customer li' ] && "
                            "printf 'list\\tLists\\n'\n";
  const std::string drive =
      absl::StrCat("chmod +x ", program, " && bash -c '. ", path, "; COMP_WORDS=(", program,
                   " customer li); COMP_CWORD=2; _regularsctl; test \"${COMPREPLY[*]}\" = list'");
  EXPECT_EQ(std::system(drive.c_str()), 0);
}

TEST(CompletionScript, ThereAreThree) {
  EXPECT_OK(CompletionScript("zsh"));
  EXPECT_OK(CompletionScript("fish"));
  EXPECT_THAT(CompletionScript("tcsh"), regulars::testing::HasReason("USAGE"));
}

}  // namespace
}  // namespace regulars::cli
