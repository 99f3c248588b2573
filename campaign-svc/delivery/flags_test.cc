#include "campaign-svc/delivery/flags.h"

#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"

namespace regulars::campaign {
namespace {

using ::regulars::testing::HasReason;

TEST(SenderFlags, WhatTheyMay) {
  const struct {
    const char* server;
    const char* helo;
    const char* reason;
  } rows[] = {
      {"", "", ""},
      {"mail.shop.example:587", "", ""},
      {"mail.shop.example:587", "crm-1.shop.example", ""},
      {"mail.shop.example", "", "INVALID_FLAG"},
      {":25", "", "INVALID_FLAG"},
      {"mail.shop.example:0", "", "INVALID_FLAG"},
      {"mail.shop.example:70000", "", "INVALID_FLAG"},
      {"mail.shop.example:25", "a b", "INVALID_FLAG"},
      {"mail.shop.example:25", "a/b", "INVALID_FLAG"},
      {"mail.shop.example:25", "a\r\nMAIL", "INVALID_FLAG"},
  };
  for (const auto& row : rows) {
    SenderFlags flags;
    flags.server = row.server;
    flags.helo = row.helo;
    const auto options = ReadFlags(flags);
    if (*row.reason == '\0') {
      EXPECT_OK(options) << row.server << row.helo;
    } else {
      EXPECT_THAT(options, HasReason(row.reason)) << row.server << row.helo;
    }
  }
}

TEST(SenderFlags, NoPasswordInTheOpen) {
  const struct {
    const char* server;
    const char* tls;
    const char* user;
    const char* reason;
  } rows[] = {
      {"mail.shop.example:587", "starttls", "crm", ""},
      {"mail.shop.example:465", "implicit", "crm", ""},
      {"mail.shop.example:25", "none", "", ""},
      {"127.0.0.1:25", "none", "crm", ""},
      {"127.8.0.1:25", "none", "crm", ""},
      {"[::1]:25", "none", "crm", ""},
      {"LocalHost:25", "none", "crm", ""},
      {"mail.shop.example:25", "none", "crm", "INVALID_FLAG"},
      {"10.0.0.1:25", "none", "crm", "INVALID_FLAG"},
      {"[2001:db8::1]:25", "none", "crm", "INVALID_FLAG"},
      {"localhost.example:25", "none", "crm", "INVALID_FLAG"},
  };
  for (const auto& row : rows) {
    SenderFlags flags;
    flags.server = row.server;
    flags.tls = row.tls;
    flags.user = row.user;
    const auto options = ReadFlags(flags);
    if (*row.reason == '\0') {
      EXPECT_OK(options) << row.server << row.tls;
    } else {
      EXPECT_THAT(options, HasReason(row.reason)) << row.server << row.tls;
    }
  }
}

}  // namespace
}  // namespace regulars::campaign
