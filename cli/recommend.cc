// recommend [ITEM…]: what goes with some items, or suits a customer, and why.
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "chassis/base/status_macros.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/resource.h"
#include "cli/table.h"

namespace regulars::cli {
namespace {

constexpr char kPath[] = "/api/recommend/v1/items:recommend";
constexpr int64_t kUsualCount = 10;
constexpr int64_t kMostCount = 100;

void PrintAnswer(Context& context, const Json& answer) {
  Table table({{"ITEM"},
               {"TITLE", Align::kLeft, true},
               {"PRICE", Align::kRight},
               {"SCORE", Align::kRight},
               {"WHY", Align::kLeft, true}});
  for (const Json& found : Items(answer, "recommendations")) {
    const Json* price = Find(found, "price");
    const Json* score = Find(found, "score");
    const bool scored = score != nullptr && score->is_number();
    table.Add({Safe(Text(found, "item")), Safe(Text(found, "title")),
               price == nullptr ? "" : FormatMoney(*price),
               scored ? absl::StrFormat("%.3f", score->get<double>()) : "",
               Safe(Text(found, "reason.text"))});
  }
  table.Print(context.out(), context.world().out_width);
  for (const Json& unknown : Items(answer, "unknownItems")) {
    if (unknown.is_string()) {
      context.Note(absl::StrCat("not known: ", Safe(unknown.get<std::string>())));
    }
  }
  const std::string fallback = Text(answer, "fallback");
  if (fallback == "FALLBACK_NO_HISTORY") context.Note("There was nothing to begin with.");
  if (fallback == "FALLBACK_FEW_RULES") context.Note("Rules gave fewer than asked for.");
}

}  // namespace

void AddRecommendCommand(const Command& root) {
  const Command recommend =
      root.Add("recommend", "Recommends what goes with items, or suits a customer, and says why.",
               "regularsctl recommend 22457 --count 5");
  const auto items = recommend.Words("ITEM", "Codes of the item looked at, or of a basket");
  items.option()->required(false);
  const auto customer = recommend.Text("--customer", "CUSTOMER", "Whom it is for");
  const auto count =
      recommend.Number("--count", "Items wanted (default 10)", kUsualCount, 1, kMostCount);
  const auto categories = recommend.Texts("--category", "CATEGORY", "Only items of this category");
  const auto bought = recommend.Switch("--new", "Leaves out what the customer has bought");
  const auto stock = recommend.Switch("--out-of-stock", "Items that are out of stock too");
  const auto rules = recommend.Switch("--no-fallback", "No best sellers where rules give too few");
  recommend.Means("items", "ITEM").Means("filter.categories", "--category");
  recommend.Run([=](Context& context) -> absl::Status {
    Json request = {{"items", *items}, {"count", *count}, {"skipFallback", *rules}};
    if (customer.given()) {
      ABSL_ASSIGN_OR_RETURN(request["customer"], NameIn("customers", "customer", *customer));
    }
    request["filter"] = {
        {"categories", *categories}, {"excludeBought", *bought}, {"includeOutOfStock", *stock}};
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json answer, client->Post(kPath, request));
    if (context.json()) {
      context.PrintJson(answer);
    } else {
      PrintAnswer(context, answer);
    }
    return absl::OkStatus();
  });
}

}  // namespace regulars::cli
