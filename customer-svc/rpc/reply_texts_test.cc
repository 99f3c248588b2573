#include "customer-svc/rpc/reply_texts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "regulars/customer/v1/customer_service.pb.h"

namespace regulars::customer {
namespace {

using ::testing::Contains;

std::vector<std::string> TextsOf(const std::string& bytes) {
  std::vector<std::string> texts;
  EXPECT_FALSE(AnyText(bytes, [&](absl::string_view text) {
    texts.emplace_back(text);
    return false;
  }));
  return texts;
}

TEST(ReplyTextsTest, AreWholeAtAnyDepthWhateverStandsBesideThem) {
  v1::ListCustomersResponse reply;
  v1::Customer& customer = *reply.add_customers();
  // Its length is a letter, and so is the tag behind it.
  const std::string address = absl::StrCat(std::string(60, 'x'), "@example.com");
  customer.add_emails()->set_address(address);
  customer.set_given_name(std::string(65, 'y'));
  customer.set_family_name("Fitz");
  const auto texts = TextsOf(reply.SerializeAsString());
  EXPECT_THAT(texts, Contains(address));
  EXPECT_THAT(texts, Contains(customer.given_name()));
  EXPECT_THAT(texts, Contains("Fitz"));
}

TEST(ReplyTextsTest, WhatIsNoMessageIsAText) {
  EXPECT_THAT(TextsOf("Zoë Fitz"), Contains("Zoë Fitz"));
  EXPECT_THAT(TextsOf(std::string("\x0a\xff", 2)), Contains(std::string("\x0a\xff", 2)));
}

TEST(ReplyTextsTest, EndsWithTheFirstThatIsMeant) {
  v1::ListCustomersResponse reply;
  reply.add_customers()->set_given_name("Zoë");
  reply.add_customers()->set_given_name("Ann");
  EXPECT_TRUE(
      AnyText(reply.SerializeAsString(), [](absl::string_view text) { return text == "Zoë"; }));
  EXPECT_FALSE(AnyText("", [](absl::string_view text) { return !text.empty(); }));
}

}  // namespace
}  // namespace regulars::customer
