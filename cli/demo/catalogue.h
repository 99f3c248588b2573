// What the demo shop sells: some 300 items of an outdoor and home shop, always the same.
//
//   const Item& item = PickItem(dice, kTents, /*month=*/7);
//
// Pure and thread-safe.
#ifndef CLI_DEMO_CATALOGUE_H_
#define CLI_DEMO_CATALOGUE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cli/demo/dice.h"

namespace regulars::demo {

struct Item {
  std::string code;
  std::string description;
  // With tax.
  int64_t price_eur_cents = 0;
  int64_t price_gbp_cents = 0;
  // Whether people take several at once.
  bool small = false;
};

struct Category {
  // As the customers' attribute `favourite_category` has it.
  std::string id;
  std::vector<Item> items;
};

absl::Span<const Category> Catalogue();

// A category as it sells in a month (1 to 12).
size_t PickCategory(Dice& dice, int month);

// One of a category's items: a few sell much, most sell little.
const Item& PickItem(Dice& dice, size_t category);

}  // namespace regulars::demo

#endif  // CLI_DEMO_CATALOGUE_H_
