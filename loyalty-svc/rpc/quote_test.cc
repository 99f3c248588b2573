#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loyalty-svc/testing/loyalty_server.h"

namespace regulars::loyalty {
namespace {

using testing::HasReason;
using testing::IsOk;

class QuoteBasketTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::QuoteBasketResponse> Quote(const std::string& request,
                                                const std::string& token = LoyaltyServer::kAdmin) {
    return server_.Call(&LoyaltyServer::Quotes::QuoteBasket, Parse<v1::QuoteBasketRequest>(request),
                        token);
  }

  LoyaltyServer server_;
};

constexpr char kBasket[] = R"(
    currency_code: "EUR"
    lines { item: "cup" quantity_micros: 2000000 amount_micros: 19900000 }
    lines { kind: KIND_CHARGE item: "post" amount_micros: 4000000 } )";

TEST_F(QuoteBasketTest, SaysWhatPointsMean) {
  server_.Recorded(LoyaltyServer::MakeOrder("r1", "ann", 1000));
  ASSERT_OK_AND_ASSIGN(const auto quote, Quote(absl::StrCat(kBasket, "customer: 'customers/ann'"),
                                               LoyaltyServer::kOfStore));
  EXPECT_EQ(quote.member(), server_.MemberOf("ann").name());
  EXPECT_EQ(quote.balance(), 1000);
  EXPECT_EQ(quote.points_to_earn(), 19);
  EXPECT_EQ(quote.earning(), v1::QuoteBasketResponse::EARNING_COUNTED);
  EXPECT_EQ(quote.eligible_amount().micros(), 19'900'000);
  EXPECT_EQ(quote.basket_amount().micros(), 23'900'000);
  EXPECT_EQ(quote.max_points_payable(), 1000);
  EXPECT_EQ(quote.max_payable_amount().micros(), 10'000'000);
  EXPECT_EQ(quote.max_payable_amount().currency_code(), "EUR");
  EXPECT_EQ(quote.payment_limit(), v1::QuoteBasketResponse::PAYMENT_LIMIT_BALANCE);
  EXPECT_EQ(server_.MemberOf("ann").posting_count(), 1) << "nothing was kept";
  ASSERT_OK_AND_ASSIGN(const auto named,
                       Quote(absl::StrCat(kBasket, "member: '", quote.member(), "'")));
  EXPECT_EQ(named.SerializeAsString(), quote.SerializeAsString());
}

TEST_F(QuoteBasketTest, SomebodyUnknownWouldEarn) {
  server_.Recorded(LoyaltyServer::MakeOrder("r1", "ann", 1));
  for (const char* who : {"", "customer: 'customers/nobody'"}) {
    ASSERT_OK_AND_ASSIGN(const auto quote, Quote(absl::StrCat(kBasket, who)));
    EXPECT_EQ(quote.member(), "");
    EXPECT_EQ(quote.points_to_earn(), 19);
    EXPECT_EQ(quote.max_points_payable(), 0);
  }
}

TEST_F(QuoteBasketTest, NoCurrencyIsTakenForTheBaseCurrency) {
  EXPECT_THAT(Quote(kBasket), HasReason("BASE_CURRENCY_UNKNOWN"));
  customer::v1::CompanySettingsUpdated settings;
  settings.set_base_currency("EUR");
  ASSERT_OK(server_.Follow(settings));
  EXPECT_OK(Quote(kBasket));
}

TEST_F(QuoteBasketTest, BasketsThatAreNone) {
  server_.Recorded(LoyaltyServer::MakeOrder("r1", "ann", 1));
  struct Case {
    const char* reason;
    std::string request;
  };
  std::string many = "currency_code: 'EUR'";
  for (int i = 0; i <= 2000; ++i) many += " lines { amount_micros: 1 }";
  const Case cases[] = {
      {"INVALID_CURRENCY", "lines { amount_micros: 1 }"},
      {"INVALID_CURRENCY", "currency_code: 'eur' lines { amount_micros: 1 }"},
      {"CURRENCY_NOT_BASE", "currency_code: 'GBP' lines { amount_micros: 1 }"},
      {"NO_LINES", "currency_code: 'EUR'"},
      {"TOO_MANY_LINES", many},
      {"INVALID_KIND", "currency_code: 'EUR' lines { kind: 9 }"},
      {"INVALID_QUANTITY", "currency_code: 'EUR' lines { quantity_micros: -1 }"},
      {"INVALID_AMOUNT", "currency_code: 'EUR' lines { amount_micros: -1 }"},
      {"AMOUNT_OVERFLOW", "currency_code: 'EUR' lines { amount_micros: 1000000000000001 }"},
      {"INVALID_ITEM",
       absl::StrCat("currency_code: 'EUR' lines { item: '", std::string(101, 'x'), "' }")},
      {"MEMBER_AND_CUSTOMER", absl::StrCat(kBasket, "member: 'members/x' customer: 'customers/x'")},
      {"MEMBER_NOT_FOUND", absl::StrCat(kBasket, "member: 'members/x'")},
      {"INVALID_NAME", absl::StrCat(kBasket, "customer: 'ann'")},
      {"INVALID_TIME", absl::StrCat(kBasket, "order_time { nanos: -1 }")},
  };
  for (const Case& c : cases) EXPECT_THAT(Quote(c.request), HasReason(c.reason)) << c.reason;
}

}  // namespace
}  // namespace regulars::loyalty
