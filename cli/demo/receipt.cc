#include "cli/demo/receipt.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "chassis/base/check.h"
#include "chassis/base/money.h"
#include "cli/demo/catalogue.h"

namespace regulars::demo {
namespace {

constexpr int64_t kMicrosPerCent = kMicrosPerUnit / 100;
constexpr int64_t kTills = 3;
constexpr int64_t kStaff = 8;
constexpr size_t kMaxItems = 12;
constexpr int64_t kMaxPieces = 6;
constexpr int64_t kFreePostageMicros = 60 * kMicrosPerUnit;
constexpr int64_t kPostageCents = 495;
// Of a thousand.
constexpr int64_t kByPhone = 30;
constexpr int64_t kAnotherItem = 550;
constexpr int64_t kAnotherPiece = 350;
constexpr int64_t kFromFavourite = 500;
constexpr int64_t kWithCoupon = 80;
constexpr int64_t kLineComesBackRemote = 50;
constexpr int64_t kLineComesBackStore = 20;

// Weights of the hours from 0 to 23 o'clock.
constexpr std::array<int, 24> kWebHours = {6,  3,  2,  1,  1,  2,  6,  14, 22, 28, 32, 34,
                                           38, 36, 32, 32, 34, 38, 46, 58, 66, 60, 38, 16};
constexpr std::array<int, 24> kStoreHours = {0,  0,  0,  0,  0,  0,  0,  0, 0, 12, 22, 32,
                                             34, 28, 30, 34, 42, 48, 30, 0, 0, 0,  0,  0};

absl::TimeZone ZoneOf(const Country& country) {
  absl::TimeZone zone;
  // Without tzdata, as in a bare container, UTC serves.
  absl::LoadTimeZone(country.time_zone, &zone);
  return zone;
}

// Percent off everything on that day.
int64_t SalePercent(Dice& dice, absl::CivilDay day) {
  const bool black_week = day.month() == 11 && day.day() >= 24;
  const bool january = day.month() == 1 && day.day() >= 2 && day.day() <= 20;
  if (black_week) return 20;
  if (january && dice.Chance(500)) return 30;
  return dice.Chance(kWithCoupon) ? 10 : 0;
}

// What is contained in an amount, rounded to a millionth.
int64_t TaxIn(int64_t amount_micros, const Country& country) {
  return MultiplyDivide(amount_micros, country.vat_per_mille, 1000 + country.vat_per_mille).value();
}

Line MakeLine(const Item& item, int64_t pieces, int64_t percent_off, const Country& country) {
  const int64_t cents = country.currency == "GBP" ? item.price_gbp_cents : item.price_eur_cents;
  Line line{.item = item.code, .description = item.description, .pieces = pieces};
  line.unit_price_micros = cents * kMicrosPerCent;
  // Whole cents, as tills round.
  line.discount_micros = pieces * cents * percent_off / 100 * kMicrosPerCent;
  line.tax_micros = TaxIn(line.amount_micros(), country);
  return line;
}

Line MakePostage(const Country& country) {
  Line line{.is_charge = true, .item = "POSTAGE", .description = "Postage and packing"};
  line.unit_price_micros = kPostageCents * kMicrosPerCent;
  line.tax_micros = TaxIn(line.amount_micros(), country);
  return line;
}

Line MakeReturnLine(Dice& dice, const Receipt& sale, const Line& sold) {
  Line line = sold;
  line.pieces = 1 + dice.Below(sold.pieces);
  const int64_t discount_cents = sold.discount_micros / kMicrosPerCent;
  line.discount_micros = discount_cents * line.pieces / sold.pieces * kMicrosPerCent;
  line.tax_micros = sold.tax_micros * line.pieces / sold.pieces;
  line.returns = SoldLine{sale.number, sold.line_id};
  return line;
}

}  // namespace

ReceiptPlace DrawTill(Dice& dice, const Country& country) {
  // Only countries with a store have tills.
  CHECK(!country.store.empty());
  ReceiptPlace place{.country = &country, .source = kTillSource, .channel = "store"};
  place.store = std::string(country.store);
  place.till = absl::StrCat(1 + dice.Below(kTills));
  place.staff = absl::StrFormat("%s-%02d", country.store.substr(0, 3), 1 + dice.Below(kStaff));
  return place;
}

ReceiptPlace DrawRemote(Dice& dice, const Country& country) {
  return {.country = &country,
          .source = kWebSource,
          .channel = dice.Chance(kByPhone) ? "phone" : "web"};
}

Receipt BeginReceipt(Dice& dice, const ReceiptPlace& place, absl::Time when) {
  const absl::TimeZone zone = ZoneOf(*place.country);
  absl::CivilDay day = absl::ToCivilDay(when, zone);
  const bool in_store = !place.store.empty();
  // Stores are closed on Sundays.
  if (in_store && absl::GetWeekday(day) == absl::Weekday::sunday) --day;
  const auto hour = static_cast<int64_t>(dice.Weighted(in_store ? kStoreHours : kWebHours));
  const int64_t minute = dice.Below(60);
  const absl::CivilSecond second(day.year(), day.month(), day.day(), hour, minute, dice.Below(60));
  return {.source = place.source,
          .time = absl::FromCivil(second, zone),
          .store = place.store,
          .till = place.till,
          .staff = place.staff,
          .channel = place.channel,
          .country = std::string(place.country->code),
          .currency = std::string(place.country->currency)};
}

void FillBasket(Dice& dice, const ReceiptPlace& place, std::optional<size_t> favourite,
                Receipt& receipt) {
  const Country& country = *place.country;
  const absl::CivilDay day = absl::ToCivilDay(receipt.time, ZoneOf(country));
  const int64_t percent_off = SalePercent(dice, day);
  int64_t amount_micros = 0;
  do {
    const size_t category = favourite && dice.Chance(kFromFavourite)
                                ? *favourite
                                : PickCategory(dice, static_cast<int>(day.month()));
    const Item& item = PickItem(dice, category);
    int64_t pieces = 1;
    while (item.small && pieces < kMaxPieces && dice.Chance(kAnotherPiece)) ++pieces;
    receipt.lines.push_back(MakeLine(item, pieces, percent_off, country));
    amount_micros += receipt.lines.back().amount_micros();
  } while (receipt.lines.size() < kMaxItems && dice.Chance(kAnotherItem));
  if (place.store.empty() && amount_micros < kFreePostageMicros) {
    receipt.lines.push_back(MakePostage(country));
  }
  for (size_t i = 0; i < receipt.lines.size(); ++i) receipt.lines[i].line_id = absl::StrCat(i + 1);
}

std::optional<Receipt> DrawReturn(Dice& dice, const Receipt& sale) {
  Receipt receipt = sale;
  receipt.lines.clear();
  const int64_t chance = sale.store.empty() ? kLineComesBackRemote : kLineComesBackStore;
  for (const Line& sold : sale.lines) {
    if (sold.is_charge || !dice.Chance(chance)) continue;
    receipt.lines.push_back(MakeReturnLine(dice, sale, sold));
    receipt.lines.back().line_id = absl::StrCat(receipt.lines.size());
  }
  if (receipt.lines.empty()) return std::nullopt;
  const int64_t days = 3 + dice.Below(25);
  receipt.time += absl::Hours(24 * days) + absl::Seconds(dice.Below(3600));
  return receipt;
}

}  // namespace regulars::demo
