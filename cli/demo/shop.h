// A believable outdoor and home shop with two years of history: three stores, a web shop, customers
// in fourteen countries. A seed and a point in time determine all of it; each customer is made from
// its number alone, so millions need no memory, and a larger shop holds the smaller one.
//
//   const Shop shop(/*seed=*/1, now);
//   for (int64_t i = 0; i < 2000; ++i) Send(shop.MakeBuyer(i), shop.MakeReceipts(i));
//
// Thread-safe.
#ifndef CLI_DEMO_SHOP_H_
#define CLI_DEMO_SHOP_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cli/demo/dice.h"
#include "cli/demo/model.h"
#include "cli/demo/people.h"

namespace regulars::demo {

// How far back the history goes.
inline constexpr absl::Duration kHistory = absl::Hours(24 * 730);
// System of the customers' external ids.
inline constexpr char kSystem[] = "demo";
// Custom attributes; setup.h declares them.
inline constexpr char kFavouriteCategory[] = "favourite_category";
inline constexpr char kShoeSize[] = "shoe_size";

class Shop {
 public:
  // History ends at `now`.
  Shop(uint64_t seed, absl::Time now) : seed_(seed), now_(now) {}

  Buyer MakeBuyer(int64_t index) const;

  absl::Time now() const { return now_; }

  // What this customer bought and brought back; now and then with a receipt from a till whose
  // customer nobody knows.
  std::vector<Receipt> MakeReceipts(int64_t index) const;

 private:
  struct Taste;
  Taste MakeTaste(int64_t index) const;
  std::string ExternalIdOf(int64_t index) const;
  Receipt MakeSale(Dice& dice, const Person& person, const Taste& taste, absl::Time when) const;

  const uint64_t seed_;
  const absl::Time now_;
};

}  // namespace regulars::demo

#endif  // CLI_DEMO_SHOP_H_
