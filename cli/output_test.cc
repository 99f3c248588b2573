#include "cli/output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "cli/error_text.h"
#include "cli/testing/fake_world.h"

namespace regulars::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// Takes nothing, for a reason.
class Refusing : public std::streambuf {
 public:
  explicit Refusing(int error) : error_(error) {}

 protected:
  int_type overflow(int_type) override {
    errno = error_;
    return traits_type::eof();
  }

 private:
  const int error_;
};

TEST(OutputBuffer, PassesEverythingOn) {
  std::stringbuf below;
  OutputBuffer buffer(below);
  std::ostream out(&buffer);
  out << 'a' << "bc" << 42 << std::flush;
  EXPECT_TRUE(out.good());
  EXPECT_EQ(below.str(), "abc42");
  EXPECT_EQ(buffer.error(), 0);
}

TEST(OutputBuffer, RemembersWhyItFailed) {
  for (const char* text : {"a", "abc"}) {
    Refusing below(EIO);
    OutputBuffer buffer(below);
    std::ostream out(&buffer);
    out << text;
    errno = EINTR;  // Of something else.
    EXPECT_FALSE(out.good());
    EXPECT_EQ(buffer.error(), EIO);
  }
}

// A full device takes what fits into a buffer, and fails when that is written.
TEST(OutputBuffer, RemembersWhatAFlushSays) {
  std::filebuf full;
  if (full.open("/dev/full", std::ios::out) == nullptr) GTEST_SKIP() << "there is no /dev/full";
  OutputBuffer buffer(full);
  std::ostream out(&buffer);
  out << "abc";
  EXPECT_TRUE(out.good());
  out.flush();
  EXPECT_FALSE(out.good());
  EXPECT_EQ(buffer.error(), ENOSPC);
}

class OutputTest : public ::testing::Test {
 protected:
  OutputTest() {
    world_.SignIn();
    server_.Answer("GET /api/customer/v1/customers",
                   R"({"customers":[{"name":"customers/1"}],"nextPageToken":"more"})");
    server_.Answer("GET /api/customer/v1/customers/1:export", R"({"customer":{}})");
    server_.Answer("GET /api/customer/v1/imports/7/refusals:download", "line_number,reason\n");
    server_.Answer("POST /api/access/v1/apiKeys", R"({"name":"apiKeys/k"})");
    server_.Answer("POST /api/access/v1/apiKeys/k:addSecret", R"({"secret":"s3cret"})");
    server_.Answer("GET /api/customer/v1/x", "{}");
  }

  FakeWorld world_;
  FakeServer& server_ = world_.server;
  Refusing full_{ENOSPC};
  Refusing closed_{EPIPE};
  const std::vector<std::vector<std::string>> commands_ = {
      {"customer", "list", "--all"},
      {"customer", "list", "--all", "--json"},
      {"customer", "export", "1"},
      {"import", "refusals", "7", "--csv"},
      {"key", "create", "--name", "till", "--scope", "customer.read"},
      {"call", "GET", "/api/customer/v1/x"},
      {"completion", "bash"},
      {"--help"},
      {"--version"},
      {"__complete", "--", "cust"}};
};

TEST_F(OutputTest, ThatIsLostIsAnError) {
  world_.output = &full_;
  for (const std::vector<std::string>& command : commands_) {
    EXPECT_EQ(world_.Run(command), kUsage) << command.front();
    EXPECT_THAT(world_.err(),
                AllOf(HasSubstr("the standard output: "), HasSubstr(std::strerror(ENOSPC))));
  }
}

TEST_F(OutputTest, ThatIsLostIsAnErrorForScripts) {
  world_.output = &full_;
  EXPECT_EQ(world_.Run({"customer", "export", "1", "--json"}), kUsage);
  EXPECT_THAT(world_.err(), HasSubstr(R"("reason":"LOCAL_FILE")"));
}

TEST_F(OutputTest, NobodyReadsIsNoError) {
  world_.output = &closed_;
  for (const std::vector<std::string>& command : commands_) {
    EXPECT_EQ(world_.Run(command), kOk) << command.front();
    EXPECT_EQ(world_.err(), "") << command.front();
  }
}

TEST_F(OutputTest, AListEndsWhenItCannotBePrinted) {
  for (Refusing* output : {&full_, &closed_}) {
    world_.output = output;
    server_.seen.clear();
    world_.Run({"customer", "list", "--all"});
    EXPECT_EQ(server_.seen.size(), 1u);
  }
}

TEST_F(OutputTest, TheServersErrorCountsFirst) {
  world_.output = &full_;
  server_.Refuse("GET /api/customer/v1/segments/a", 404, "SEGMENT_NOT_FOUND", "NOT_FOUND");
  EXPECT_EQ(world_.Run({"segment", "get", "a"}), kRefused);
  EXPECT_THAT(world_.err(), HasSubstr("SEGMENT_NOT_FOUND"));
}

}  // namespace
}  // namespace regulars::cli
