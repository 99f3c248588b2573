// Receipts of the demo shop: where and when something is sold, what is in the basket, what comes
// back.
//
// Pure and thread-safe.
#ifndef CLI_DEMO_RECEIPT_H_
#define CLI_DEMO_RECEIPT_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "cli/demo/dice.h"
#include "cli/demo/model.h"
#include "cli/demo/people.h"

namespace regulars::demo {

// Sources of the orders.
inline constexpr char kWebSource[] = "demo-web";
inline constexpr char kTillSource[] = "demo-till";

// Where a receipt is written.
struct ReceiptPlace {
  // Decides on currency, tax and clock.
  const Country* country = nullptr;
  std::string source;
  std::string channel;
  // These three: in stores only.
  std::string store;
  std::string till;
  std::string staff;
};

// A till of the country's store, which there is.
ReceiptPlace DrawTill(Dice& dice, const Country& country);
// The web shop, now and then the telephone.
ReceiptPlace DrawRemote(Dice& dice, const Country& country);

// A receipt without number, customer and lines, at an hour of that day at which the place sells.
Receipt BeginReceipt(Dice& dice, const ReceiptPlace& place, absl::Time when);

// Puts items into it, half of them from the favourite category if there is one, with discounts and
// taxes, and postage for small parcels.
void FillBasket(Dice& dice, const ReceiptPlace& place, std::optional<size_t> favourite,
                Receipt& receipt);

// The receipt of what comes back of a sale, some days later; most keep everything. The sale has its
// number.
std::optional<Receipt> DrawReturn(Dice& dice, const Receipt& sale);

}  // namespace regulars::demo

#endif  // CLI_DEMO_RECEIPT_H_
