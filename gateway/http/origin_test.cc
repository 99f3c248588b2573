#include "gateway/http/origin.h"

#include <gtest/gtest.h>

namespace regulars::gateway {
namespace {

TEST(Origin, IsWhatBrowsersSend) {
  for (const char* origin :
       {"*", "https://shop.example", "http://localhost:3000", "https://shop-1.example:8443",
        "http://127.0.0.1:8080", "http://[::1]:8080", "http://[::1]", "capacitor://localhost",
        "https://xn--laden-bua.example"}) {
    EXPECT_EQ(OriginProblem(origin), "") << origin;
  }
}

// Each of them would allow nobody, and nobody would know why.
TEST(Origin, WhatNoBrowserSendsIsNone) {
  for (const char* text : {"",
                           " ",
                           "shop.example",
                           "https://",
                           "://shop.example",
                           "https://shop.example/",
                           "https://shop.example/admin",
                           "https://shop.example?x",
                           "https://Shop.example",
                           "HTTPS://shop.example",
                           "https://shop.example:",
                           "https://shop.example:0",
                           "https://shop.example:65536",
                           "https://shop.example:x",
                           "https://ann@shop.example",
                           "https://*.shop.example",
                           "https://a.example,https://b.example",
                           "https://a b",
                           " https://shop.example",
                           "null",
                           "http://[::1",
                           "http://[]",
                           "https://shop.example:443",
                           "http://shop.example:80",
                           "https://caf\xc3\xa9.example"}) {
    EXPECT_NE(OriginProblem(text), "") << text;
  }
  EXPECT_EQ(OriginProblem("http://shop.example:443"), "") << "not the port of this scheme";
}

}  // namespace
}  // namespace regulars::gateway
