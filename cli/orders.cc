// order get|list|create|cancel.
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "chassis/base/money.h"
#include "chassis/base/status_macros.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/format.h"
#include "cli/resource.h"

namespace regulars::cli {
namespace {

const Resource& Order() {
  static const Resource& order = *new Resource{
      .service = "customer",
      .collection = "orders",
      .noun = "order",
      .columns = {IdColumn(), TimeColumn("TIME", "orderTime"), TextColumn("SOURCE", "source"),
                  TextColumn("RECEIPT", "receiptNumber"), IdColumn("CUSTOMER", "customer"),
                  TextColumn("STORE", "store"), MoneyColumn("AMOUNT", "totals.amount"),
                  EnumColumn("STATE", "state", "STATE_")},
      .more = {TextColumn("TILL", "till"), TextColumn("STAFF", "staff"),
               TextColumn("CHANNEL", "channel"), TextColumn("COUNTRY", "country"),
               MoneyColumn("SALES", "totals.salesAmount"),
               MoneyColumn("RETURNED", "totals.returnedAmount"),
               MoneyColumn("DISCOUNT", "totals.discount"), MoneyColumn("TAX", "totals.tax"),
               TextColumn("EXCHANGE RATE", "exchangeRate"),
               MoneyColumn("IN BASE CURRENCY", "baseTotals.amount"),
               TimeColumn("CREATED", "createTime"), TimeColumn("CANCELLED", "cancelTime"),
               TextColumn("ETAG", "etag")}};
  return order;
}

// A line's amounts are in its order's currency.
std::string LineMoney(const Json& line, const char* field, const std::string& currency) {
  return FormatMoney({{"currencyCode", currency}, {"micros", Text(line, field)}});
}

void PrintOrder(Context& context, const Json& order) {
  PrintResource(context, Order(), order);
  if (context.json()) return;
  const std::string currency = Text(order, "currencyCode");
  Table table({{"LINE"},
               {"TYPE"},
               {"ITEM"},
               {"DESCRIPTION", Align::kLeft, true},
               {"QUANTITY", Align::kRight},
               {"UNIT PRICE", Align::kRight},
               {"AMOUNT", Align::kRight},
               {"RETURNED", Align::kRight}});
  for (const Json& line : Items(order, "lines")) {
    const bool charge = Text(line, "kind") == "KIND_CHARGE";
    const std::string type = FormatEnum(Text(line, "type"), "TYPE_");
    const int64_t returned = Int(line, "returnedQuantityMicros");
    table.Add(
        {Safe(Text(line, "lineId")), charge ? absl::StrCat(type, ", charge") : type,
         Safe(Text(line, "item")), Safe(Text(line, "description")),
         FormatQuantity(Int(line, "quantityMicros")), LineMoney(line, "unitPriceMicros", currency),
         LineMoney(line, "amountMicros", currency), returned == 0 ? "" : FormatQuantity(returned)});
  }
  context.out() << '\n';
  table.Print(context.out(), context.world().out_width);
}

void AddOrderGet(const Command& group) {
  const Command get = group.Add("get", "Shows one order with its lines, by id or receipt number.",
                                "regularsctl order get --source till --receipt 536365");
  const auto id = get.OptionalWord("ORDER", "Id or name of the order");
  const auto source = get.Text("--source", "SYSTEM", "The system that wrote the receipt");
  const auto receipt = get.Text("--receipt", "NUMBER", "Its number there");
  source.option()->needs(receipt.option());
  receipt.option()->needs(source.option());
  get.Run([=](Context& context) -> absl::Status {
    if (id.given() == source.given()) return UsageError("give an id, or --source and --receipt");
    std::string path = absl::StrCat(Order().Path(), ":lookup");
    Query query = {{"source", *source}, {"receiptNumber", *receipt}};
    if (id.given()) {
      ABSL_ASSIGN_OR_RETURN(path, Order().PathOf(*id));
      query.clear();
    }
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json order, client->Get(path, query));
    PrintOrder(context, order);
    return absl::OkStatus();
  });
}

// A text of the filter language.
std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
}

void AddOrderList(const Command& group) {
  const Command list = group.Add("list", "Lists orders, the latest first.",
                                 "regularsctl order list --customer 06g1x7k3vq8s5e0h4m2n9p1r3t");
  const auto customer = list.Text("--customer", "CUSTOMER", "Those of one customer");
  const auto filter =
      list.Text("--filter", "FILTER", "Condition on their fields (docs/reference/filters.md)");
  const auto order_by = list.Text("--order-by", "ORDER",
                                  "'order_time desc' (default), 'order_time', 'create_time' or "
                                  "'create_time desc'");
  const auto cancelled = list.Switch("--cancelled", "Lists cancelled orders too");
  const ListFlags flags = AddListFlags(list);
  list.Means("filter", "--filter").Means("order_by", "--order-by");
  list.Run([=](Context& context) -> absl::Status {
    std::vector<std::string> conditions;
    if (customer.given()) {
      ABSL_ASSIGN_OR_RETURN(const std::string name, NameIn("customers", "customer", *customer));
      conditions.push_back(absl::StrCat("customer = ", Quoted(name)));
    }
    if (filter.given()) conditions.push_back(absl::StrCat("(", *filter, ")"));
    Query query;
    if (!conditions.empty()) query.emplace_back("filter", absl::StrJoin(conditions, " AND "));
    if (order_by.given()) query.emplace_back("orderBy", *order_by);
    if (*cancelled) query.emplace_back("showCancelled", "true");
    return PrintList(context, Order().columns, "orders", flags, Order().Path(), query);
  });
}

void AddOrderCreate(const Command& group) {
  const Command create =
      group.Add("create", "Records an order from a JSON file.",
                "regularsctl order create --file order.json --unknown-customer create");
  const auto file = create.File("--file", "Order as JSON (see /docs); '-' for the standard input");
  file.option()->required();
  const auto unknown = create.Choice("--unknown-customer", {"refuse", "create", "anonymous"},
                                     "What to do if nobody has its customer identifier", "refuse");
  const auto upsert = create.Switch("--upsert", "Changes the recorded order if there is one");
  const auto check = create.ValidateOnly();
  create.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const Json order, ReadJsonFile(*file));
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    const std::string policy = absl::StrCat("UNKNOWN_CUSTOMER_", absl::AsciiStrToUpper(*unknown));
    if (!*upsert) {
      const Query query = {{"unknownCustomer", policy},
                           {"requestId", NewRequestId()},
                           {"validateOnly", *check ? "true" : "false"}};
      ABSL_ASSIGN_OR_RETURN(const Json made, client->Post(Order().Path(), order, query));
      if (*check) context.NoteRehearsal();
      PrintOrder(context, made);
      return absl::OkStatus();
    }
    ABSL_ASSIGN_OR_RETURN(const Json answer, client->Post(absl::StrCat(Order().Path(), ":upsert"),
                                                          {{"order", order},
                                                           {"unknownCustomer", policy},
                                                           {"requestId", NewRequestId()},
                                                           {"validateOnly", *check}}));
    if (*check) context.NoteRehearsal();
    if (!context.json()) {
      context.Note(FormatEnum(Text(answer, "outcome"), "UPSERT_OUTCOME_"));
    }
    PrintOrder(context, context.json() ? answer : answer.value("order", Json::object()));
    return absl::OkStatus();
  });
}

void AddOrderCancel(const Command& group) {
  const Command cancel = group.Add("cancel", "Cancels an order: it stays and counts nowhere.",
                                   "regularsctl order cancel 06g1x7k3vq8s5e0h4m2n9p1r3t");
  const auto id = cancel.Word("ORDER", "Id or name of the order");
  cancel.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const std::string path, Order().PathOf(*id));
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json order, client->Post(absl::StrCat(path, ":cancel"),
                                                         {{"requestId", NewRequestId()}}));
    PrintOrder(context, order);
    return absl::OkStatus();
  });
}

}  // namespace

void AddOrderCommands(const Command& root) {
  const Command group = root.Group("order", "What customers bought and brought back.");
  AddOrderGet(group);
  AddOrderList(group);
  AddOrderCreate(group);
  AddOrderCancel(group);
}

}  // namespace regulars::cli
