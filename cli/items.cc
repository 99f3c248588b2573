// item get|list|rules|upsert|delete.
#include <algorithm>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "chassis/base/status_macros.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/format.h"
#include "cli/resource.h"

namespace regulars::cli {
namespace {

// As many as the API takes at once.
constexpr size_t kBatch = 1000;

const Resource& Item() {
  static const Resource& item = *new Resource{
      .service = "recommend",
      .collection = "items",
      .noun = "item",
      .columns = {TextColumn("CODE", "code"), TextColumn("TITLE", "title"),
                  MoneyColumn("PRICE", "price"),
                  EnumColumn("AVAILABILITY", "availability", "AVAILABILITY_"),
                  CountColumn("ORDERS", "statistics.orderCount"),
                  CountColumn("LATELY", "statistics.recentOrderCount"),
                  TextColumn("LAST SOLD", "statistics.lastSoldDate"),
                  EnumColumn("ORIGIN", "origin", "ORIGIN_")},
      .more = {TextColumn("URL", "url"), TextColumn("IMAGE", "imageUrl"),
               ListColumn("CATEGORIES", "categories"), ListColumn("TAGS", "tags"),
               TimeColumn("SALE ENDS", "saleEndTime"), TimeColumn("FIRST KNOWN", "createTime"),
               TimeColumn("CHANGED", "updateTime"), TimeColumn("DELETED", "deleteTime"),
               TextColumn("ETAG", "etag")}};
  return item;
}

Column NumberColumn(const std::string& title, const std::string& path) {
  return {{title, Align::kRight, false}, [path](const Json& item, absl::TimeZone) {
            const Json* number = Find(item, path);
            if (number == nullptr || !number->is_number()) return std::string();
            return absl::StrFormat("%.4f", number->get<double>());
          }};
}

void AddItemRules(const Command& group) {
  const Command rules =
      group.Add("rules", "Lists what is bought together with an item, the surest rules first.",
                "regularsctl item rules 22457");
  const auto id = rules.Word("ITEM", "Code or name of the item");
  const ListFlags flags = AddListFlags(rules);
  rules.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const std::string path, Item().PathOf(*id));
    const std::vector<Column> columns = {
        TextColumn("BOUGHT WITH IT", "consequent"),
        CountColumn("ORDERS WITH BOTH", "pairOrderCount"), NumberColumn("SUPPORT", "support"),
        NumberColumn("CONFIDENCE", "confidence"), NumberColumn("LIFT", "lift")};
    return PrintList(context, columns, "rules", flags, absl::StrCat(path, "/rules"), {});
  });
}

// Of the items that were sent so far.
struct Upserted {
  std::map<std::string, int64_t> outcomes;
  Refusals refusals;
};

// `first` is the place of the batch's first item in the file.
void TakeResults(Context& context, const Json& answer, size_t first, Upserted& upserted) {
  for (Json result : Items(answer, "results")) {
    const std::string outcome = FormatEnum(Text(result, "outcome"), "UPSERT_OUTCOME_");
    const int64_t index = static_cast<int64_t>(first) + Int(result, "index");
    ++upserted.outcomes[outcome];
    if (outcome == "refused") {
      const Json* error = Find(result, "error");
      upserted.refusals.Add(index, error == nullptr ? Json::object() : *error);
    }
    if (!context.json()) continue;
    result["index"] = absl::StrCat(index);
    context.out() << cli::Write(result) << '\n';
  }
}

absl::Status Upsert(Context& context, const Json& items, const Flag<std::string>& fields,
                    Upserted& upserted) {
  ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
  for (size_t first = 0; first < items.size(); first += kBatch) {
    const size_t end = std::min(first + kBatch, items.size());
    Json batch = {{"items", Json(items.begin() + static_cast<ptrdiff_t>(first),
                                 items.begin() + static_cast<ptrdiff_t>(end))},
                  {"requestId", NewRequestId()}};
    if (fields.given()) batch["updateMask"] = *fields;
    ABSL_ASSIGN_OR_RETURN(const Json answer,
                          client->Post(absl::StrCat(Item().Path(), ":batchUpsert"), batch));
    TakeResults(context, answer, first, upserted);
  }
  return upserted.refusals.status();
}

void AddItemUpsert(const Command& group) {
  const Command upsert =
      group.Add("upsert", "Makes or changes items from a JSON file, as many as it holds.",
                "regularsctl item upsert --file catalogue.json");
  const auto file = upsert.File("--file",
                                "{\"items\": […]} as the API takes it (see /docs); '-' for "
                                "the standard input");
  file.option()->required();
  const auto fields =
      upsert.Text("--fields", "FIELDS", "Changes these fields alone: 'price,availability'");
  upsert.Means("update_mask", "--fields");
  upsert.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const Json content, ReadJsonFile(*file));
    const Json& items = Items(content, "items");
    if (items.empty()) return LocalFileError(*file, "holds no \"items\"");
    Upserted upserted = {.refusals = Refusals(context, "items")};
    const absl::Status status = Upsert(context, items, fields, upserted);
    if (context.json()) return status;
    // Of a file that was sent in part too.
    for (const auto& [outcome, count] : upserted.outcomes) {
      context.out() << outcome << ": " << FormatCount(count) << '\n';
    }
    return status;
  });
}

}  // namespace

void AddItemCommands(const Command& root) {
  const Command group = root.Group("item", "What can be recommended.");
  AddGet(group, Item(), "regularsctl item get 22457");
  AddList(group, Item(),
          {.summary = "Lists items in the order in which they became known.",
           .example = "regularsctl item list --filter 'order_count >= 10'",
           .filter_help = "Condition on their fields (docs/reference/filters.md)"});
  AddItemRules(group);
  AddItemUpsert(group);
  AddDelete(group, Item(), {.example = "regularsctl item delete 22457 --yes"});
}

}  // namespace regulars::cli
