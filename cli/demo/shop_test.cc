// Whether the demo shop is the same for the same seed, and believable.
#include "cli/demo/shop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <phonenumbers/phonenumberutil.h>

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/time/civil_time.h"
#include "cli/demo/buying.h"
#include "cli/demo/catalogue.h"
#include "cli/demo/setup.h"

namespace regulars::demo {
namespace {

constexpr int64_t kCustomers = 5000;
const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);  // 2027-01-15

// The receipts of all, once.
const std::vector<std::vector<Receipt>>& Receipts() {
  static const auto& all = *[] {
    auto* made = new std::vector<std::vector<Receipt>>;
    const Shop shop(1, kNow);
    for (int64_t i = 0; i < kCustomers; ++i) made->push_back(shop.MakeReceipts(i));
    return made;
  }();
  return all;
}

bool IsReturn(const Receipt& receipt) { return receipt.lines.front().returns.has_value(); }

template <typename F>
void ForEach(F visit) {
  for (const std::vector<Receipt>& receipts : Receipts()) {
    for (const Receipt& receipt : receipts) visit(receipt);
  }
}

TEST(ShopTest, TheSameForTheSameSeedAndAnotherForAnother) {
  const Shop one(1, kNow);
  const Shop same(1, kNow);
  const Shop other(2, kNow);
  int different = 0;
  for (int64_t i = 0; i < 200; ++i) {
    EXPECT_EQ(one.MakeBuyer(i), same.MakeBuyer(i));
    EXPECT_EQ(one.MakeReceipts(i), same.MakeReceipts(i));
    different += one.MakeBuyer(i).family_name != other.MakeBuyer(i).family_name;
  }
  EXPECT_GT(different, 100);
}

TEST(ShopTest, IdentifiersAreUniqueAcrossCustomersAndSeeds) {
  std::set<std::string> emails;
  std::set<std::string> ids;
  std::set<std::string> numbers;
  for (const uint64_t seed : {1, 2, 11}) {
    const Shop shop(seed, kNow);
    for (int64_t i = 0; i < 3000; ++i) {
      const Buyer buyer = shop.MakeBuyer(i);
      EXPECT_TRUE(emails.insert(buyer.email).second) << buyer.email;
      EXPECT_TRUE(ids.insert(buyer.external_id).second) << buyer.external_id;
      EXPECT_TRUE(absl::EndsWith(buyer.email, ".example")) << buyer.email;
      for (const Receipt& receipt : shop.MakeReceipts(i)) {
        EXPECT_TRUE(numbers.insert(receipt.number).second) << receipt.number;
      }
    }
  }
}

TEST(ShopTest, PhonesExistInTheirCountry) {
  const auto& util = *i18n::phonenumbers::PhoneNumberUtil::GetInstance();
  std::map<std::string, int> seen;
  const Shop shop(1, kNow);
  for (int64_t i = 0; i < kCustomers; ++i) {
    const Buyer buyer = shop.MakeBuyer(i);
    if (buyer.phone.empty()) continue;
    ++seen[buyer.country];
    i18n::phonenumbers::PhoneNumber number;
    ASSERT_EQ(util.Parse(buyer.phone, "ZZ", &number),
              i18n::phonenumbers::PhoneNumberUtil::NO_PARSING_ERROR)
        << buyer.phone;
    EXPECT_TRUE(util.IsValidNumberForRegion(number, buyer.country))
        << buyer.phone << " " << buyer.country;
  }
  EXPECT_EQ(seen.size(), Countries().size()) << "every country was looked at";
}

// Fader, Hardie and Lee 2005, eq. 8 with x = 0: P(X(t) = 0) = (α / (α + t))^r.
TEST(ShopTest, AsManyBuyOnceAsThePaperSays) {
  constexpr int kDraws = 40'000;
  constexpr double kWeeks = 52;
  // Dice of a customer who came at the beginning of the span; the year holds each season once, so
  // that the calendar makes no difference to the mean rate.
  int once = 0;
  int counted = 0;
  for (int i = 0; i < kDraws; ++i) {
    Dice dice(3, 9, static_cast<uint64_t>(i));
    const auto times = DrawPurchases(dice, kNow - 2 * absl::Hours(24 * 364), kNow);
    if (times.empty() || times.front() > kNow - absl::Hours(24 * 364)) continue;
    ++counted;
    const absl::Time end = times.front() + absl::Hours(24 * 7) * kWeeks;
    once += times.size() == 1 || times[1] > end;
  }
  const double expected = std::pow(kRateScale / (kRateScale + kWeeks), kRateShape);
  ASSERT_GT(counted, 10'000);
  EXPECT_NEAR(static_cast<double>(once) / counted, expected, 0.015);
}

TEST(ShopTest, OneTimersAndRegulars) {
  int buyers = 0;
  int one_timers = 0;
  int regulars = 0;
  for (const std::vector<Receipt>& receipts : Receipts()) {
    int orders = 0;
    for (const Receipt& receipt : receipts) orders += !receipt.buyer.empty() && !IsReturn(receipt);
    buyers += orders > 0;
    one_timers += orders == 1;
    regulars += orders >= 5;
  }
  EXPECT_NEAR(static_cast<double>(buyers) / kCustomers, 0.96, 0.015);
  EXPECT_GT(one_timers, buyers * 45 / 100);
  EXPECT_LT(one_timers, buyers * 75 / 100);
  EXPECT_GT(regulars, buyers * 3 / 100);
}

TEST(ShopTest, DecemberIsBusyAndFebruaryIsNot) {
  std::map<int, int> sales;
  int on_sunday_in_store = 0;
  ForEach([&](const Receipt& receipt) {
    if (IsReturn(receipt)) return;
    const auto day = absl::ToCivilDay(receipt.time, absl::UTCTimeZone());
    ++sales[static_cast<int>(day.month())];
    const bool sunday = absl::GetWeekday(day) == absl::Weekday::sunday;
    on_sunday_in_store += sunday && !receipt.store.empty();
    EXPECT_LE(receipt.time, kNow);
    EXPECT_GE(receipt.time, kNow - kHistory - absl::Hours(48));
  });
  ASSERT_EQ(sales.size(), 12u);
  EXPECT_GT(sales[12], sales[2] * 16 / 10);
  EXPECT_GT(sales[7], sales[9]);
  EXPECT_EQ(on_sunday_in_store, 0);
}

TEST(ShopTest, ReturnsTakeBackWhatWasSold) {
  int sold_lines = 0;
  int returned_lines = 0;
  for (const std::vector<Receipt>& receipts : Receipts()) {
    std::map<std::pair<std::string, std::string>, std::pair<Line, absl::Time>> sold;
    for (const Receipt& receipt : receipts) {
      for (const Line& line : receipt.lines) {
        if (!line.returns) {
          sold_lines += !line.is_charge;
          sold[{receipt.number, line.line_id}] = {line, receipt.time};
          continue;
        }
        ++returned_lines;
        const auto of = sold.find({line.returns->receipt_number, line.returns->line_id});
        ASSERT_TRUE(of != sold.end());
        EXPECT_EQ(of->second.first.item, line.item);
        EXPECT_LE(line.pieces, of->second.first.pieces);
        EXPECT_GT(receipt.time, of->second.second);
      }
    }
  }
  EXPECT_GT(returned_lines, sold_lines * 2 / 100);
  EXPECT_LT(returned_lines, sold_lines * 6 / 100);
}

TEST(ShopTest, ReceiptsAddUp) {
  std::map<std::string, int> currencies;
  std::set<std::string> stores;
  std::set<std::string> channels;
  ForEach([&](const Receipt& receipt) {
    ++currencies[receipt.currency];
    if (!receipt.store.empty()) stores.insert(receipt.store);
    channels.insert(receipt.channel);
    std::set<std::string> ids;
    ASSERT_FALSE(receipt.lines.empty());
    for (const Line& line : receipt.lines) {
      EXPECT_TRUE(ids.insert(line.line_id).second);
      EXPECT_GT(line.amount_micros(), 0);
      EXPECT_GE(line.discount_micros, 0);
      EXPECT_EQ(line.amount_micros() % 10'000, 0) << "whole cents";
      EXPECT_GT(line.tax_micros, 0);
      EXPECT_LT(line.tax_micros, line.amount_micros() / 4);
    }
  });
  EXPECT_EQ(stores, (std::set<std::string>{"amsterdam", "berlin", "london"}));
  EXPECT_EQ(channels, (std::set<std::string>{"phone", "store", "web"}));
  ASSERT_EQ(currencies.size(), 2u);
  EXPECT_GT(currencies["EUR"], currencies["GBP"]);
  EXPECT_GT(currencies["GBP"], 100);
}

TEST(ShopTest, TheCatalogueHasThreeHundredItems) {
  std::set<std::string> codes;
  for (const Category& category : Catalogue()) {
    for (const Item& item : category.items) {
      EXPECT_TRUE(codes.insert(item.code).second) << item.code;
      EXPECT_GT(item.price_eur_cents, item.price_gbp_cents);
    }
  }
  EXPECT_EQ(codes.size(), 300u);
}

TEST(SetupTest, RatesCoverEveryOrder) {
  for (const char* base : {"EUR", "GBP"}) {
    const std::vector<DayRate> rates = DemoRates(1, base, kNow);
    ASSERT_GT(rates.size(), 100u);
    // Companies let a rate be 31 days old.
    EXPECT_LT(rates.front().day,
              absl::FormatCivilTime(absl::ToCivilDay(kNow - kHistory, absl::UTCTimeZone()) - 3));
    EXPECT_GT(rates.back().day,
              absl::FormatCivilTime(absl::ToCivilDay(kNow, absl::UTCTimeZone()) - 8));
    EXPECT_EQ(rates.front().currency, std::string(base) == "EUR" ? "GBP" : "EUR");
    EXPECT_EQ(rates.front().rate.substr(0, 1), std::string(base) == "EUR" ? "1" : "0");
  }
  EXPECT_TRUE(DemoRates(1, "USD", kNow).empty());
}

}  // namespace
}  // namespace regulars::demo
