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

}  // namespace
}  // namespace regulars::campaign
