#include "cli/demo/shop.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/demo/buying.h"
#include "cli/demo/catalogue.h"
#include "cli/demo/receipt.h"

namespace regulars::demo {
namespace {

// What dice are for, so that one draw more in one place leaves the others alone.
enum Purpose : uint64_t { kTaste = 2, kProfile = 3, kPurchases = 4, kWalkIns = 5 };

// Of a thousand customers.
constexpr int64_t kVerified = 700;
constexpr int64_t kCompanies = 30;
constexpr int64_t kWithPhone = 600;
constexpr int64_t kWithBirthday = 350;
constexpr int64_t kWithNewsletter = 420;
constexpr int64_t kStudents = 60;
constexpr int64_t kWithShoeSize = 300;
// Receipts without a customer, for each thousand customers.
constexpr int64_t kWalkInsPerMille = 250;

}  // namespace

// What a customer likes, as far as profile and receipts both show it.
struct Shop::Taste {
  size_t favourite = 0;
  // Of a thousand purchases, those made in the store.
  int64_t in_store = 0;
};

Shop::Taste Shop::MakeTaste(int64_t index) const {
  Dice dice(seed_, kTaste, static_cast<uint64_t>(index));
  Taste taste;
  // April: no season pulls.
  taste.favourite = PickCategory(dice, 4);
  taste.in_store = 200 + dice.Below(700);
  return taste;
}

std::string Shop::ExternalIdOf(int64_t index) const { return absl::StrCat(seed_, "-", index + 1); }

Buyer Shop::MakeBuyer(int64_t index) const {
  const Person person = MakePerson(seed_, index);
  Dice dice(seed_, kProfile, static_cast<uint64_t>(index));
  Buyer buyer{.external_id = ExternalIdOf(index),
              .given_name = person.given_name,
              .family_name = person.family_name,
              .country = std::string(person.country->code),
              .language = std::string(person.country->language),
              .time_zone = std::string(person.country->time_zone),
              .email = person.email,
              .email_verified = dice.Chance(kVerified),
              .address_line = person.address_line,
              .town = std::string(person.town->name),
              .postal_code = std::string(person.town->postal_code),
              .favourite_category = Catalogue()[MakeTaste(index).favourite].id};
  if (dice.Chance(kCompanies)) buyer.company = absl::StrCat(person.family_name, " & Co.");
  if (dice.Chance(kWithPhone)) buyer.phone = person.phone;
  if (dice.Chance(kWithBirthday)) {
    const int64_t year = 1945 + dice.Below(60);
    const int64_t month = 1 + dice.Below(12);
    buyer.birthday = absl::StrFormat("%d-%02d-%02d", year, month, 1 + dice.Below(28));
  }
  if (person.near_store) buyer.home_store = std::string(person.country->store);
  if (dice.Chance(kWithNewsletter)) buyer.tags.push_back("newsletter");
  if (dice.Chance(kStudents)) buyer.tags.push_back("student");
  if (dice.Chance(kWithShoeSize)) buyer.shoe_size = 36 + dice.Below(12);
  return buyer;
}

Receipt Shop::MakeSale(Dice& dice, const Person& person, const Taste& taste,
                       absl::Time when) const {
  const bool in_store = person.near_store && dice.Chance(taste.in_store);
  const ReceiptPlace place =
      in_store ? DrawTill(dice, *person.country) : DrawRemote(dice, *person.country);
  Receipt receipt = BeginReceipt(dice, place, when);
  FillBasket(dice, place, taste.favourite, receipt);
  return receipt;
}

std::vector<Receipt> Shop::MakeReceipts(int64_t index) const {
  const Person person = MakePerson(seed_, index);
  const Taste taste = MakeTaste(index);
  const absl::Time begin = now_ - kHistory;
  std::vector<Receipt> receipts;
  // Gives a receipt its number and keeps it; false if it has not happened yet.
  const auto keep = [&](Receipt receipt) {
    if (receipt.time > now_) return false;
    receipt.number = absl::StrFormat("%d-%06d-%03d", seed_, index + 1, receipts.size() + 1);
    receipts.push_back(std::move(receipt));
    return true;
  };
  Dice dice(seed_, kPurchases, static_cast<uint64_t>(index));
  for (const absl::Time when : DrawPurchases(dice, begin, now_)) {
    if (!keep(MakeSale(dice, person, taste, when))) continue;
    std::optional<Receipt> taken_back = DrawReturn(dice, receipts.back());
    if (taken_back) keep(*std::move(taken_back));
  }
  for (Receipt& receipt : receipts) receipt.buyer = ExternalIdOf(index);
  Dice walk_in(seed_, kWalkIns, static_cast<uint64_t>(index));
  if (!person.country->store.empty() && walk_in.Chance(kWalkInsPerMille)) {
    const ReceiptPlace place = DrawTill(walk_in, *person.country);
    Receipt receipt = BeginReceipt(walk_in, place, DrawMoment(walk_in, begin, now_));
    FillBasket(walk_in, place, std::nullopt, receipt);
    keep(std::move(receipt));
  }
  return receipts;
}

}  // namespace regulars::demo
