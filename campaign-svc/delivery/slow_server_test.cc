// A mail server that hangs or is slow: nobody is written to twice, and nobody is missed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>

#include "campaign-svc/testing/sending_fixture.h"

namespace regulars::campaign {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

constexpr int kPeople = 5;

class SlowServerTest : public SendingFixture {
 protected:
  SlowServerTest(absl::Duration connect_timeout, absl::Duration reply_timeout)
      : SendingFixture([=](SenderOptions& options) {
          options.smtp.connect_timeout = connect_timeout;
          options.smtp.reply_timeout = reply_timeout;
          options.smtp.mail_timeout = absl::Minutes(1);
        }) {}

  // A campaign and a single message.
  void Begin() {
    server_.customers().AddMembers("best", kPeople);
    server_.customers().Put(kMadeCustomer, "ann@x.example");
    const auto single = Send(kMadeCustomer);
    ASSERT_OK(single);
    single_ = single->name();
    ASSERT_OK(server_.Start("hello", "best"));
    ASSERT_TRUE(server_.WaitFor([&] { return server_.Get().audience_complete(); }));
  }

  void ExpectEachGetsOne() {
    EXPECT_TRUE(WaitFinished());
    EXPECT_TRUE(server_.WaitForState(single_, v1::Message::STATE_SENT));
    EXPECT_EQ(server_.Get().counts().sent(), kPeople);
    std::set<std::string> recipients;
    for (const SmtpSink::Mail& mail : server_.sink().mails()) recipients.insert(mail.to);
    EXPECT_EQ(recipients.size(), kPeople + 1);
    EXPECT_EQ(server_.sink().count(), kPeople + 1);
  }

  std::string single_;
};

class HangingServerTest : public SlowServerTest {
 protected:
  HangingServerTest() : SlowServerTest(absl::Seconds(1), absl::Seconds(1)) {}

  // Before a recipient is named it is the server's fault: the first who are tried have the others
  // wait, and nobody's attempt counts.
  void ExpectAllWaitForIt(const char* command) {
    server_.sink().HangAt(command);
    Begin();
    ASSERT_TRUE(server_.WaitFor(
        [&] { return server_.Count("message WHERE reason = 'SMTP_UNREACHABLE'") > 0; }));
    ASSERT_TRUE(WaitNothingUnderWay());
    EXPECT_EQ(server_.Count("message WHERE attempts > 0 OR state <> 1"), 0);
    EXPECT_THAT(server_.warnings(), ElementsAre(StartsWith("mail server: ")));
    GoOn();
  }

  // Afterwards it may be the recipient's; the mail is not handed over yet, so it is tried again.
  void ExpectEachIsTriedAgain(const char* command) {
    server_.sink().HangAt(command);
    Begin();
    ASSERT_TRUE(server_.WaitFor([&] {
      return server_.Count("message WHERE reason = 'SMTP_TEMPORARY' AND state = 1") == kPeople + 1;
    }));
    EXPECT_EQ(server_.Count("message WHERE attempts <> 1"), 0);
    GoOn();
  }

 private:
  void GoOn() {
    EXPECT_EQ(server_.sink().count(), 0);
    server_.sink().HangAt(std::nullopt);
    server_.Advance(absl::Minutes(10));
    ExpectEachGetsOne();
  }
};

TEST_F(HangingServerTest, AtTheGreeting) { ExpectAllWaitForIt(""); }
TEST_F(HangingServerTest, AtEhlo) { ExpectAllWaitForIt("EHLO"); }
TEST_F(HangingServerTest, AtMailFrom) { ExpectAllWaitForIt("MAIL FROM"); }
TEST_F(HangingServerTest, AtRcptTo) { ExpectEachIsTriedAgain("RCPT TO"); }
TEST_F(HangingServerTest, AtData) { ExpectEachIsTriedAgain("DATA"); }

class LateAnswersTest : public SlowServerTest {
 protected:
  LateAnswersTest() : SlowServerTest(absl::Minutes(1), absl::Seconds(3)) {}
};

// Each answer comes in time; all six to a mail take longer than one may.
TEST_F(LateAnswersTest, AreWaitedFor) {
  server_.sink().AnswerAfter(absl::Milliseconds(700));
  Begin();
  ExpectEachGetsOne();
  EXPECT_EQ(server_.Count("message WHERE attempts <> 1"), 0);
  // It takes leave of each connection, too.
  server_.sink().AnswerAfter(absl::ZeroDuration());
}

}  // namespace
}  // namespace regulars::campaign
