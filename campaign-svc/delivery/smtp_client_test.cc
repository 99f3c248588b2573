// Against a mail server of the test's own, which misbehaves by recipient (testing/smtp_sink.h).
#include "campaign-svc/delivery/smtp_client.h"

#include <gtest/gtest.h>

#include <iterator>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "campaign-svc/testing/smtp_sink.h"

namespace regulars::campaign {
namespace {

constexpr char kWire[] = "Subject: x\r\n\r\nHello\r\n.\r\n..two\r\n";

SmtpOptions Options(int port) {
  SmtpOptions options;
  options.host = "127.0.0.1";
  options.port = port;
  options.tls = SmtpTls::kNone;
  options.connect_timeout = absl::Seconds(1);
  options.reply_timeout = absl::Seconds(1);
  options.mail_timeout = absl::Seconds(2);
  return options;
}

TEST(SmtpClient, WhatIsSentArrivesOverOneConnection) {
  SmtpSink sink;
  SmtpClient client(Options(sink.port()));
  for (int i = 0; i < 10; ++i) {
    const SmtpResult result = client.Send("news@shop.example", "ann@x.example", kWire);
    EXPECT_TRUE(result.accepted);
    EXPECT_EQ(result.trouble, "");
    EXPECT_EQ(result.code, 250);
    EXPECT_EQ(result.enhanced, "2.0.0");
  }
  ASSERT_EQ(sink.count(), 10);
  EXPECT_EQ(sink.mails()[9].to, "ann@x.example");
  EXPECT_EQ(sink.mails()[9].wire + "\r\n", kWire);
  EXPECT_EQ(sink.connections(), 1);
}

TEST(SmtpClient, ConnectionsAreChangedNowAndThen) {
  SmtpSink sink(/*keep=*/false);
  SmtpClient client(Options(sink.port()));
  for (int i = 0; i < 2 * SmtpClient::kMailsPerConnection + 1; ++i) {
    EXPECT_TRUE(client.Send("news@shop.example", "ann@x.example", kWire).accepted);
  }
  EXPECT_EQ(sink.connections(), 3);
}

TEST(SmtpClient, WhatTheServerSaysAndWhen) {
  using enum SmtpStage;
  const struct {
    const char* to;
    SmtpStage stage;
    int code;
    const char* enhanced;
  } rows[] = {
      {"r550-5.1.1@x.example", kRcptTo, 550, "5.1.1"},
      {"r450@x.example", kRcptTo, 450, ""},
      {"r421@x.example", kRcptTo, 421, ""},
      {"d554@x.example", kHandedOver, 554, ""},
      {"cut@x.example", kData, 0, ""},
      {"drop@x.example", kHandedOver, 0, ""},
      {"hang@x.example", kHandedOver, 0, ""},
  };
  SmtpSink sink;
  SmtpClient client(Options(sink.port()));
  for (const auto& row : rows) {
    const SmtpResult result = client.Send("news@shop.example", row.to, kWire);
    EXPECT_FALSE(result.accepted) << row.to;
    EXPECT_EQ(result.stage, row.stage) << row.to;
    EXPECT_EQ(result.code, row.code) << row.to;
    EXPECT_EQ(result.enhanced, row.enhanced) << row.to;
    // The next one is none the worse for it; the sink itself serves nobody else while it hangs.
    if (absl::StartsWith(row.to, "hang")) continue;
    EXPECT_TRUE(client.Send("news@shop.example", "ann@x.example", kWire).accepted) << row.to;
  }
  EXPECT_EQ(sink.count(), 6);
}

TEST(SmtpClient, ServersThatAreNone) {
  SmtpSink sink;
  const auto expect_unreachable = [](const SmtpOptions& options, int code = 0) {
    SmtpClient client(options);
    const absl::Time begin = absl::Now();
    const SmtpResult result = client.Send("news@shop.example", "ann@x.example", kWire);
    EXPECT_FALSE(result.accepted);
    EXPECT_EQ(result.stage, SmtpStage::kConnect);
    // What went well before, a greeting with 220, is no reply to what failed.
    EXPECT_EQ(result.code, code);
    EXPECT_NE(result.trouble, "");
    EXPECT_LT(absl::Now() - begin, absl::Seconds(10));
  };
  // Nobody listens there.
  expect_unreachable(Options(1));
  SmtpOptions options = Options(sink.port());
  // TLS is asked for, and the server has none: nothing is said in the open.
  options.tls = SmtpTls::kStartTls;
  expect_unreachable(options);
  options.tls = SmtpTls::kImplicit;
  expect_unreachable(options);
  for (const auto& [greeting, code] : {std::pair("421 busy", 421), std::pair("554 go away", 554),
                                       std::pair("HTTP/1.1 400 Bad Request", 0)}) {
    sink.Greet(greeting);
    expect_unreachable(Options(sink.port()), code);
  }
  EXPECT_EQ(sink.count(), 0);
}

// Each of them for no longer than its own limit.
TEST(SmtpClient, AServerThatHangsIsNotWaitedFor) {
  using enum SmtpStage;
  constexpr absl::Duration kShort = absl::Seconds(1);
  constexpr absl::Duration kLong = absl::Minutes(10);
  const struct {
    const char* command;
    absl::Duration connect_timeout;
    absl::Duration reply_timeout;
    SmtpStage stage;
  } rows[] = {
      {"", kShort, kLong, kConnect},           {"EHLO", kShort, kLong, kConnect},
      {"MAIL FROM", kLong, kShort, kMailFrom}, {"RCPT TO", kLong, kShort, kRcptTo},
      {"DATA", kLong, kShort, kData},
  };
  SmtpSink sink;
  for (const auto& row : rows) {
    SmtpOptions options = Options(sink.port());
    options.connect_timeout = row.connect_timeout;
    options.reply_timeout = row.reply_timeout;
    options.mail_timeout = kLong;
    SmtpClient client(options);
    sink.HangAt(row.command);
    const SmtpResult result = client.Send("news@shop.example", "ann@x.example", kWire);
    EXPECT_FALSE(result.accepted) << row.command;
    EXPECT_EQ(result.stage, row.stage) << row.command;
    EXPECT_EQ(result.code, 0) << row.command;
    EXPECT_NE(result.trouble, "") << row.command;
    sink.HangAt(std::nullopt);
    EXPECT_TRUE(client.Send("news@shop.example", "ann@x.example", kWire).accepted) << row.command;
  }
  EXPECT_EQ(sink.count(), std::size(rows));
}

TEST(SmtpClient, NothingIsSentWithoutTheSignInThatIsAskedFor) {
  SmtpSink sink;
  SmtpOptions options = Options(sink.port());
  options.user = "crm";
  options.password = "secret";
  // A server that offers no AUTH, whether it would take the mail or not.
  for (const char* to : {"ann@x.example", "r550@x.example"}) {
    SmtpClient client(options);
    const SmtpResult result = client.Send("news@shop.example", to, kWire);
    EXPECT_FALSE(result.accepted);
    EXPECT_EQ(result.stage, SmtpStage::kConnect);
    EXPECT_EQ(result.code, 0);
    EXPECT_EQ(result.trouble, "the server offers no way to sign in");
  }
  EXPECT_EQ(sink.count(), 0);
  // One that does: for the next mail of the connection, too.
  sink.OfferSignIn();
  SmtpClient client(options);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(client.Send("news@shop.example", "ann@x.example", kWire).accepted);
  }
  EXPECT_EQ(sink.count(), 3);
}

TEST(SmtpClient, WhatEndsAConnectionThatWasKeptIsNoTrouble) {
  SmtpSink sink;
  SmtpClient client(Options(sink.port()));
  ASSERT_TRUE(client.Send("news@shop.example", "ann@x.example", kWire).accepted);
  for (const char* reply : {"421 4.3.2 enough", ""}) {
    // Said to the connection that is kept, once.
    sink.RefuseSender(reply, 1);
    EXPECT_TRUE(client.Send("news@shop.example", "ann@x.example", kWire).accepted) << reply;
  }
  EXPECT_EQ(sink.connections(), 3);
  // Said to everybody, it is an answer.
  sink.RefuseSender("530 5.7.0 sign in first", 10);
  const SmtpResult result = client.Send("news@shop.example", "ann@x.example", kWire);
  EXPECT_EQ(result.stage, SmtpStage::kMailFrom);
  EXPECT_EQ(result.code, 530);
}

// The reply to a mail's end may take minutes; the end of the process does not wait for that.
TEST(SmtpClient, TheEndOfTheProcessIsNotHeldUp) {
  SmtpSink sink;
  SmtpOptions options = Options(sink.port());
  options.reply_timeout = absl::Minutes(10);
  options.mail_timeout = absl::Minutes(15);
  options.stop_patience = absl::Milliseconds(500);
  SmtpClients clients(options);
  std::thread sending([&] {
    const SmtpResult result = clients.Send("news@shop.example", "hang@x.example", kWire);
    EXPECT_FALSE(result.accepted);
    EXPECT_EQ(result.stage, SmtpStage::kHandedOver);
    EXPECT_EQ(result.code, 0);
  });
  while (sink.hanging() == 0) std::this_thread::yield();
  const absl::Time begin = absl::Now();
  clients.Stop();
  sending.join();
  EXPECT_LT(absl::Now() - begin, absl::Seconds(20));
  // Nothing is begun any more.
  EXPECT_FALSE(clients.Send("news@shop.example", "ann@x.example", kWire).accepted);
  EXPECT_EQ(sink.count(), 0);
}

TEST(SmtpClient, AddressesInOtherScripts) {
  SmtpSink sink;
  SmtpClient client(Options(sink.port()));
  EXPECT_TRUE(client.Send("news@shop.example", "用户@xn--fsqu00a.example", kWire).accepted);
  EXPECT_EQ(sink.mails().at(0).to, "用户@xn--fsqu00a.example");
}

// RFC 6531, 3.2: they are not for a server that did not offer SMTPUTF8.
TEST(SmtpClient, AddressesInOtherScriptsNeedAServerThatTakesThem) {
  SmtpSink sink;
  sink.OfferUtf8(false);
  SmtpClient client(Options(sink.port()));
  const struct {
    const char* from;
    const char* to;
    bool sent;
  } rows[] = {
      {"news@shop.example", "\u00fc@x.example", false},
      {"news@shop.example", "ann@x.example", true},
      // On a connection that was kept.
      {"news@shop.example", "\u00fc@x.example", false},
      {"\u00fc@shop.example", "ann@x.example", false},
      {"news@shop.example", "ann@xn--mller-kva.example", true},
  };
  for (const auto& row : rows) {
    const SmtpResult result = client.Send(row.from, row.to, kWire);
    EXPECT_EQ(result.accepted, row.sent) << row.from << row.to;
    EXPECT_EQ(result.lacks_utf8, !row.sent) << row.from << row.to;
    EXPECT_EQ(result.code, row.sent ? 250 : 0) << row.from << row.to;
  }
  EXPECT_EQ(sink.count(), 2);
  // Another server may take them.
  sink.OfferUtf8(true);
  SmtpClient other(Options(sink.port()));
  EXPECT_TRUE(other.Send("news@shop.example", "\u00fc@x.example", kWire).accepted);
}

}  // namespace
}  // namespace regulars::campaign
