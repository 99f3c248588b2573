#include "campaign-svc/domain/smtp_outcome.h"

#include <gtest/gtest.h>

namespace regulars::campaign {
namespace {

// By RFC 5321 (4.2.2, 4.2.3, 4.5.4.1) and the enhanced codes of RFC 3463.
TEST(SmtpOutcome, WhatAReplyMeans) {
  using enum SmtpStage;
  using enum Verdict;
  const struct {
    const char* what;
    SmtpResult result;
    Verdict verdict;
  } rows[] = {
      {"taken", {kHandedOver, 250, "2.0.0", true}, kSent},
      {"an address that the server cannot carry", {.lacks_utf8 = true}, kRejected},
      {"no connection", {kConnect, 0, "", false}, kUnreachable},
      {"greeting 554", {kConnect, 554, "5.7.1", false}, kUnreachable},
      {"greeting 421", {kConnect, 421, "", false}, kUnreachable},
      {"wrong password", {kConnect, 535, "5.7.8", false}, kUnreachable},
      {"no STARTTLS", {kConnect, 250, "", false}, kUnreachable},
      {"MAIL FROM 421", {kMailFrom, 421, "4.3.2", false}, kUnreachable},
      {"MAIL FROM 451 quota", {kMailFrom, 451, "4.7.0", false}, kUnreachable},
      {"MAIL FROM 530 sign in first", {kMailFrom, 530, "5.7.0", false}, kUnreachable},
      {"MAIL FROM 550 daily quota", {kMailFrom, 550, "5.4.5", false}, kUnreachable},
      {"MAIL FROM 550: the sender is disliked", {kMailFrom, 550, "5.1.7", false}, kUnreachable},
      {"MAIL FROM 552 too large", {kMailFrom, 552, "5.3.4", false}, kRejected},
      {"MAIL FROM 555 no SMTPUTF8", {kMailFrom, 555, "", false}, kRejected},
      {"MAIL FROM dropped", {kMailFrom, 0, "", false}, kUnreachable},
      {"RCPT 421", {kRcptTo, 421, "", false}, kTemporary},
      {"RCPT 450 greylisted", {kRcptTo, 450, "4.7.1", false}, kTemporary},
      {"RCPT 451", {kRcptTo, 451, "", false}, kTemporary},
      {"RCPT 452 full", {kRcptTo, 452, "4.2.2", false}, kTemporary},
      {"RCPT 550 no such user", {kRcptTo, 550, "5.1.1", false}, kBounced},
      // "550 relay not permitted", "550 Administrative prohibition": it need not be the address.
      {"RCPT 550 plain", {kRcptTo, 550, "", false}, kRejected},
      {"RCPT 551 plain", {kRcptTo, 551, "", false}, kRejected},
      {"RCPT 553 plain", {kRcptTo, 553, "", false}, kRejected},
      {"RCPT 550 moved", {kRcptTo, 550, "5.1.6", false}, kBounced},
      {"RCPT 556 no mail there", {kRcptTo, 556, "5.1.10", false}, kBounced},
      {"RCPT 550 disabled", {kRcptTo, 550, "5.2.1", false}, kBounced},
      {"RCPT 550 blocked for spam", {kRcptTo, 550, "5.7.1", false}, kRejected},
      {"RCPT 550 sender's domain", {kRcptTo, 550, "5.1.8", false}, kRejected},
      {"RCPT 504 needs a full host name", {kRcptTo, 504, "5.5.2", false}, kUnreachable},
      {"RCPT 552 full for good", {kRcptTo, 552, "5.2.2", false}, kRejected},
      {"RCPT 554", {kRcptTo, 554, "", false}, kRejected},
      {"RCPT dropped", {kRcptTo, 0, "", false}, kTemporary},
      {"RCPT 550 some address", {kRcptTo, 550, "5.1.0", false}, kBounced},
      {"MAIL FROM 555: some address", {kMailFrom, 555, "5.1.0", false}, kRejected},
      {"DATA 550 no such user", {kData, 550, "5.1.1", false}, kBounced},
      {"DATA 451", {kData, 451, "", false}, kTemporary},
      {"DATA 554", {kData, 554, "", false}, kRejected},
      {"dropped in the middle", {kData, 0, "", false}, kTemporary},
      {"dropped after 354", {kData, 354, "", false}, kTemporary},
      {"refused at the end, 550: the content", {kHandedOver, 550, "5.7.1", false}, kRejected},
      {"refused at the end, 550: no such user", {kHandedOver, 550, "5.1.1", false}, kBounced},
      {"refused at the end, 550: disabled", {kHandedOver, 550, "5.2.1", false}, kBounced},
      {"refused at the end, 550: the sender", {kHandedOver, 550, "5.1.8", false}, kRejected},
      {"refused at the end, 550: some address", {kHandedOver, 550, "5.1.0", false}, kRejected},
      {"refused at the end, 550 plain", {kHandedOver, 550, "", false}, kRejected},
      {"later at the end", {kHandedOver, 451, "", false}, kTemporary},
      {"no answer at the end", {kHandedOver, 0, "", false}, kUnknown},
  };
  for (const auto& row : rows) EXPECT_EQ(Judge(row.result), row.verdict) << row.what;
}

TEST(SmtpOutcome, EnhancedCodes) {
  EXPECT_EQ(EnhancedCode("5.1.1 no such user"), "5.1.1");
  EXPECT_EQ(EnhancedCode("4.7.500 slow down"), "4.7.500");
  EXPECT_EQ(EnhancedCode("5.1.1"), "5.1.1");
  EXPECT_EQ(EnhancedCode("#5.1.0 Address rejected."), "5.1.0");
  for (const char* none : {"", "OK", "1.2", "1.2.3.4", "10.0.0.0.1 x", "a.b.c", "2.0.x ok", "#",
                           "##5.1.1 x", "# 5.1.1 x"}) {
    EXPECT_EQ(EnhancedCode(none), "") << none;
  }
}

TEST(SmtpOutcome, RetriesGrowAndAreBounded) {
  const absl::Duration expected[] = {absl::Minutes(1),  absl::Minutes(4), absl::Minutes(16),
                                     absl::Minutes(64), absl::Hours(4),   absl::Hours(4)};
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(RetryDelay(i + 1, 0), expected[i]);
    EXPECT_GE(RetryDelay(i + 1, 999), expected[i]);
    EXPECT_LT(RetryDelay(i + 1, 999), expected[i] * 5 / 4);
  }
  EXPECT_EQ(RetryDelay(kMaxAttempts, 1000), absl::Hours(4));
}

}  // namespace
}  // namespace regulars::campaign
