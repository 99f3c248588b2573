#include "cli/demo/catalogue.h"

#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace regulars::demo {
namespace {

constexpr size_t kProducts = 5;
constexpr size_t kVariants = 5;
constexpr size_t kCategories = 12;
// Below this price people take several at once.
constexpr int64_t kSmallCents = 2500;
// Pounds are dearer than euros.
constexpr int64_t kGbpPercent = 87;

enum Season { kAllYear, kSummer, kWinter, kGifts };

struct Product {
  absl::string_view name;
  int64_t price_cents;
};

struct Plan {
  absl::string_view id;
  absl::string_view code;
  Season season;
  // How much it sells beside the others.
  int weight;
  std::array<Product, kProducts> products;
  std::array<absl::string_view, kVariants> variants;
};

constexpr std::array<absl::string_view, kVariants> kColours = {"forest green", "slate", "sand",
                                                               "brick red", "night blue"};
constexpr std::array<absl::string_view, kVariants> kSizes = {"XS", "S", "M", "L", "XL"};

constexpr std::array<Plan, kCategories> kPlans = {{
    {"tents",
     "TEN",
     kSummer,
     6,
     {{{"Ridge tent for one", 12900},
       {"Dome tent for two", 18900},
       {"Tunnel tent for four", 34900},
       {"Tarp 3 × 3 m", 5900},
       {"Beach shelter", 3900}}},
     kColours},
    {"sleeping",
     "SLE",
     kSummer,
     7,
     {{{"Down sleeping bag", 21900},
       {"Summer sleeping bag", 6900},
       {"Foam mat", 2490},
       {"Inflatable mat", 8900},
       {"Travel pillow", 1990}}},
     kColours},
    {"backpacks",
     "BAC",
     kSummer,
     9,
     {{{"Day pack 20 l", 5900},
       {"Trekking pack 55 l", 15900},
       {"Cycling pack 14 l", 7900},
       {"Roll-top bag", 6900},
       {"Waist bag", 2900}}},
     kColours},
    {"footwear",
     "FOO",
     kAllYear,
     9,
     {{{"Hiking boots", 16900},
       {"Trail shoes", 11900},
       {"Sandals", 6900},
       {"Hut slippers", 3900},
       {"Wool socks, two pairs", 1890}}},
     {"size 38", "size 40", "size 42", "size 44", "size 46"}},
    {"jackets",
     "JAC",
     kWinter,
     9,
     {{{"Rain jacket", 12900},
       {"Down jacket", 19900},
       {"Fleece jacket", 7900},
       {"Wind vest", 5900},
       {"Parka", 24900}}},
     kSizes},
    {"knitwear",
     "KNI",
     kWinter,
     10,
     {{{"Merino base layer", 6900},
       {"Bobble hat", 2490},
       {"Wool scarf", 3490},
       {"Mittens", 2290},
       {"Lambswool jumper", 8900}}},
     kSizes},
    {"cooking",
     "COO",
     kSummer,
     10,
     {{{"Gas stove", 4900},
       {"Titanium pot 0.9 l", 4290},
       {"Enamel mug", 990},
       {"Cutlery set", 1490},
       {"Insulated bottle", 2790}}},
     kColours},
    {"lighting",
     "LIG",
     kWinter,
     8,
     {{{"Head torch", 3990},
       {"Camp lantern", 4490},
       {"String of lights", 2490},
       {"Storm candle", 1290},
       {"Bicycle lamp", 3290}}},
     {"warm white", "cold white", "amber", "twin pack", "rechargeable"}},
    {"garden",
     "GAR",
     kSummer,
     9,
     {{{"Hammock", 6900},
       {"Watering can", 2990},
       {"Fire bowl", 11900},
       {"Picnic blanket", 3490},
       {"Seed box", 1190}}},
     kColours},
    {"blankets",
     "BLA",
     kWinter,
     8,
     {{{"Wool blanket", 9900},
       {"Cotton throw", 4900},
       {"Sheepskin", 7900},
       {"Cushion cover", 1990},
       {"Hot-water bottle", 2290}}},
     {"oat", "slate", "rust", "moss", "checked"}},
    {"kitchen",
     "KIT",
     kGifts,
     10,
     {{{"Cast-iron pan", 5900},
       {"Bread knife", 3900},
       {"Olive board", 3290},
       {"Tea tin", 1190},
       {"Stoneware bowl", 1690}}},
     {"small", "medium", "large", "set of two", "gift box"}},
    {"gifts",
     "GIF",
     kGifts,
     12,
     {{{"Pocket knife", 3490},
       {"Compass", 2490},
       {"Field notebook", 1290},
       {"Scented candle", 1890},
       {"Wooden puzzle", 1590}}},
     {"classic", "with engraving", "gift box", "for children", "travel size"}},
}};

// Prices as shops write them: whole units less five cents.
int64_t ShopPrice(int64_t cents) { return (cents + 50) / 100 * 100 - 5; }

Item MakeItem(const Plan& plan, size_t product, size_t variant) {
  Item item;
  const size_t number = product * kVariants + variant + 1;
  item.code = absl::StrFormat("%s-%03d", plan.code, number);
  item.description = absl::StrCat(plan.products[product].name, ", ", plan.variants[variant]);
  // Variants differ a little in price.
  const int64_t cents =
      plan.products[product].price_cents * (100 + 4 * static_cast<int64_t>(variant)) / 100;
  item.price_eur_cents = ShopPrice(cents);
  item.price_gbp_cents = ShopPrice(cents * kGbpPercent / 100);
  item.small = cents < kSmallCents;
  return item;
}

std::vector<Category> MakeCatalogue() {
  std::vector<Category> categories;
  for (const Plan& plan : kPlans) {
    Category& category = categories.emplace_back();
    category.id = std::string(plan.id);
    for (size_t product = 0; product < kProducts; ++product) {
      for (size_t variant = 0; variant < kVariants; ++variant) {
        category.items.push_back(MakeItem(plan, product, variant));
      }
    }
  }
  return categories;
}

int SeasonPercent(Season season, int month) {
  const bool summer = month >= 5 && month <= 8;
  const bool winter = month >= 10 || month <= 2;
  switch (season) {
    case kSummer:
      return summer ? 200 : winter ? 50 : 100;
    case kWinter:
      return winter ? 180 : summer ? 40 : 100;
    case kGifts:
      return month >= 11 ? 300 : 90;
    case kAllYear:
      return 100;
  }
  return 100;
}

}  // namespace

absl::Span<const Category> Catalogue() {
  static const auto& catalogue = *new std::vector<Category>(MakeCatalogue());
  return catalogue;
}

size_t PickCategory(Dice& dice, int month) {
  std::array<int, kCategories> weights;
  for (size_t i = 0; i < kCategories; ++i) {
    weights[i] = kPlans[i].weight * SeasonPercent(kPlans[i].season, month);
  }
  return dice.Weighted(weights);
}

const Item& PickItem(Dice& dice, size_t category) {
  const std::vector<Item>& items = Catalogue()[category].items;
  // The smaller of two draws, in an order that mixes products: rank one sells most.
  const auto count = static_cast<int64_t>(items.size());
  const int64_t rank = std::min(dice.Below(count), dice.Below(count));
  constexpr int64_t kStride = 7;  // Has no factor in common with 25.
  return items[static_cast<size_t>(rank * kStride % count)];
}

}  // namespace regulars::demo
