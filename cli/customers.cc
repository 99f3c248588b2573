// customer get|list|search|create|update|tag|segments|delete.
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "chassis/base/status_macros.h"
#include "cli/commands.h"
#include "cli/customer_fields.h"
#include "cli/format.h"
#include "cli/resource.h"

namespace regulars::cli {
namespace {

constexpr char kCustomers[] = "/api/customer/v1/customers";

Column JoinedColumn(const std::string& title, const std::string& list, const std::string& field) {
  return {{title, Align::kLeft, true}, [list, field](const Json& item, absl::TimeZone) {
            std::vector<std::string> texts;
            for (const Json& element : Items(item, list))
              texts.push_back(Safe(Text(element, field)));
            return absl::StrJoin(texts, ", ");
          }};
}

// The first, and how many more there are.
Column FirstColumn(const std::string& title, const std::string& list, const std::string& field) {
  return {{title, Align::kLeft, true}, [list, field](const Json& item, absl::TimeZone) {
            const Json& elements = Items(item, list);
            if (elements.empty()) return std::string();
            const std::string more =
                elements.size() > 1 ? absl::StrCat(" +", elements.size() - 1) : "";
            return absl::StrCat(Safe(Text(elements.front(), field)), more);
          }};
}

std::string ExternalIdText(const Json& id) {
  return absl::StrCat(Safe(Text(id, "system")), "=", Safe(Text(id, "id")));
}

Column ExternalIdsColumn(const std::string& title) {
  return {{title, Align::kLeft, true}, [](const Json& item, absl::TimeZone) {
            std::vector<std::string> texts;
            for (const Json& id : Items(item, "externalIds")) texts.push_back(ExternalIdText(id));
            return absl::StrJoin(texts, ", ");
          }};
}

Column FirstExternalIdColumn(const std::string& title) {
  return {{title, Align::kLeft, true}, [](const Json& item, absl::TimeZone) {
            const Json& ids = Items(item, "externalIds");
            return ids.empty() ? "" : ExternalIdText(ids.front());
          }};
}

// "5-4-3"
Column RfmColumn(const std::string& title) {
  return {{title, Align::kLeft, false}, [](const Json& item, absl::TimeZone) {
            if (Int(item, "rfm.recency") == 0) return std::string();
            return absl::StrCat(Int(item, "rfm.recency"), "-", Int(item, "rfm.frequency"), "-",
                                Int(item, "rfm.monetary"));
          }};
}

Column AttributesColumn(const std::string& title) {
  return {{title, Align::kLeft, false}, [](const Json& item, absl::TimeZone zone) {
            const Json* attributes = Find(item, "attributes");
            if (attributes == nullptr || !attributes->is_object()) return std::string();
            std::vector<std::string> texts;
            for (const auto& [key, value] : attributes->items()) {
              texts.push_back(absl::StrCat(Safe(key), "=", FormatAttribute(value, zone)));
            }
            return absl::StrJoin(texts, ", ");
          }};
}

const Resource& Customer() {
  static const Resource& customer = *new Resource{
      .service = "customer",
      .collection = "customers",
      .noun = "customer",
      .columns = {IdColumn(), TextColumn("NAME", "displayName"),
                  FirstColumn("E-MAIL", "emails", "address"), FirstExternalIdColumn("EXTERNAL ID"),
                  TextColumn("COUNTRY", "country"), CountColumn("ORDERS", "purchases.orderCount"),
                  RoundedMoneyColumn("REVENUE", "purchases.revenue"), RfmColumn("RFM"),
                  TimeColumn("LAST ORDER", "purchases.lastOrderTime")}};
  return customer;
}

// All there is, for one customer.
const Resource& CustomerCard() {
  static const Resource& card =
      *new Resource{.service = "customer",
                    .collection = "customers",
                    .noun = "customer",
                    .columns = {IdColumn(),
                                TextColumn("NAME", "displayName"),
                                TextColumn("COMPANY", "company"),
                                EnumColumn("KIND", "kind", "KIND_"),
                                JoinedColumn("E-MAIL", "emails", "address"),
                                JoinedColumn("PHONE", "phones", "number"),
                                ExternalIdsColumn("EXTERNAL IDS"),
                                TextColumn("COUNTRY", "country"),
                                TextColumn("LANGUAGE", "language"),
                                TextColumn("TIME ZONE", "timeZone"),
                                TextColumn("BIRTHDAY", "birthday"),
                                TextColumn("HOME STORE", "homeStore"),
                                ListColumn("TAGS", "tags"),
                                AttributesColumn("ATTRIBUTES"),
                                CountColumn("ORDERS", "purchases.orderCount"),
                                CountColumn("RETURNS", "purchases.returnCount"),
                                RoundedMoneyColumn("REVENUE", "purchases.revenue"),
                                RoundedMoneyColumn("AVERAGE ORDER", "purchases.averageOrderAmount"),
                                TimeColumn("FIRST ORDER", "purchases.firstOrderTime"),
                                TimeColumn("LAST ORDER", "purchases.lastOrderTime"),
                                RfmColumn("RFM"),
                                TimeColumn("CREATED", "createTime"),
                                TimeColumn("UPDATED", "updateTime"),
                                TextColumn("ETAG", "etag")},
                    .more = {}};
  return card;
}

void AddCustomerGet(const Command& group) {
  const Command get = group.Add("get", "Shows one customer, by id, e-mail, phone or external id.",
                                "regularsctl customer get --email joerg@example.de");
  const auto id = get.OptionalWord("CUSTOMER", "Id or name of the customer");
  const auto email = get.Text("--email", "ADDRESS", "Finds by e-mail address");
  const auto phone = get.Text("--phone", "NUMBER", "Finds by phone number (+442079460000)");
  const auto external =
      get.Text("--external-id", "SYSTEM=ID", "Finds by what another system calls the customer");
  get.Run([=](Context& context) -> absl::Status {
    const int ways = id.given() + email.given() + phone.given() + external.given();
    if (ways != 1) return UsageError("say who: an id, or one of --email, --phone, --external-id");
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    if (id.given()) {
      ABSL_ASSIGN_OR_RETURN(const std::string path, Customer().PathOf(*id));
      ABSL_ASSIGN_OR_RETURN(const Json customer, client->Get(path));
      PrintResource(context, CustomerCard(), customer);
      return absl::OkStatus();
    }
    Json identifier = Json::object();
    if (email.given()) identifier["email"] = *email;
    if (phone.given()) identifier["phone"] = *phone;
    if (external.given()) {
      ABSL_ASSIGN_OR_RETURN(const auto pair, SplitPair("--external-id", *external));
      identifier["externalId"] = {{"system", pair.first}, {"id", pair.second}};
    }
    ABSL_ASSIGN_OR_RETURN(const Json customer, client->Ask(absl::StrCat(kCustomers, ":lookup"),
                                                           {{"identifier", identifier}}));
    PrintResource(context, CustomerCard(), customer);
    return absl::OkStatus();
  });
}

void AddCustomerSearch(const Command& group) {
  const Command search = group.Add(
      "search",
      "Finds customers by what one would type: an e-mail address, a phone number or an external id "
      "as a whole, or beginnings of names.",
      "regularsctl customer search mul jor");
  const auto words = search.Words("WORD", "What to look for");
  const ListFlags flags = AddListFlags(search);
  search.Run([=](Context& context) -> absl::Status {
    constexpr int64_t kMostAtOnce = 100;
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    return PrintList(context, Customer().columns, "customers", flags, [&](const Query& page) {
      Json body = {{"query", absl::StrJoin(*words, " ")}};
      for (const auto& [key, value] : page) {
        if (key == "pageSize") {
          body[key] = std::min<int64_t>(std::stoll(value), kMostAtOnce);
        } else {
          body[key] = value;
        }
      }
      return client->Ask(absl::StrCat(kCustomers, ":search"), body);
    });
  });
}

void AddCustomerCreate(const Command& group) {
  const Command create =
      group.Add("create", "Makes a customer from flags, a JSON file, or both.",
                "regularsctl customer create --name 'Jörg Müller' --email joerg@example.de "
                "--external-id shop=1 --country DE");
  const auto file = create.File("--file",
                                "Customer as JSON; flags add to it; '-' for the "
                                "standard input");
  const auto check = create.ValidateOnly();
  const CustomerFlags fields = AddCustomerFlags(create, "customer");
  create.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(CustomerChange change, ReadCustomerFlags(*client, fields, *file));
    if (change.customer.empty()) return UsageError("say who: at least one flag, or --file");
    Query query = {{"requestId", NewRequestId()}};
    if (*check) query.emplace_back("validateOnly", "true");
    ABSL_ASSIGN_OR_RETURN(const Json made, client->Post(kCustomers, change.customer, query));
    if (*check) context.NoteRehearsal();
    PrintResource(context, CustomerCard(), made);
    return absl::OkStatus();
  });
}

void AddCustomerUpdate(const Command& group) {
  const Command update = group.Add(
      "update", "Changes what flags or a file name; lists such as e-mails are replaced whole.",
      "regularsctl customer update 06g1x7k3vq8s5e0h4m2n9p1r3t --country AT --clear company");
  const auto id = update.Word("CUSTOMER", "Id or name of the customer");
  const auto file = update.File("--file", "Fields to change as JSON; '-' for the standard input");
  const auto clear = update.Texts("--clear", "FIELD", "Empties a field, as the API names it");
  const auto etag = update.Text("--etag", "ETAG", "Refuses if it has changed since");
  const CustomerFlags fields = AddCustomerFlags(update, "customer");
  update.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const std::string path, Customer().PathOf(*id));
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(CustomerChange change, ReadCustomerFlags(*client, fields, *file));
    for (const std::string& field : *clear) change.mask.push_back(CamelCase(field));
    if (change.mask.empty()) return UsageError("nothing to change: give a flag, --file or --clear");
    if (etag.given()) change.customer["etag"] = *etag;
    const Query query = {{"updateMask", absl::StrJoin(change.mask, ",")},
                         {"requestId", NewRequestId()}};
    ABSL_ASSIGN_OR_RETURN(const Json now, client->Patch(path, change.customer, query));
    PrintResource(context, CustomerCard(), now);
    return absl::OkStatus();
  });
}

void AddCustomerTag(const Command& group) {
  const Command tag = group.Add("tag", "Adds tags to customers, or takes them away.",
                                "regularsctl customer tag 06g1x7k3vq8s5e0h4m2n9p1r3t --add vip");
  const auto ids = tag.Words("CUSTOMER", "Ids or names of customers, 1,000 at most");
  const auto add = tag.Texts("--add", "TAG", "Tag to add");
  const auto remove = tag.Texts("--remove", "TAG", "Tag to take away");
  tag.Run([=](Context& context) -> absl::Status {
    if (add->empty() && remove->empty()) return UsageError("give --add or --remove");
    Json names = Json::array();
    for (const std::string& id : *ids) {
      ABSL_ASSIGN_OR_RETURN(std::string name, Customer().NameOf(id));
      names.push_back(std::move(name));
    }
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json answer, client->Post(absl::StrCat(kCustomers, ":tag"),
                                                          {{"customers", names},
                                                           {"addTags", *add},
                                                           {"removeTags", *remove},
                                                           {"requestId", NewRequestId()}}));
    if (context.json()) {
      context.PrintJson(answer);
    } else {
      context.out() << "changed: " << Int(answer, "changedCount") << '\n';
    }
    return absl::OkStatus();
  });
}

void AddCustomerSegments(const Command& group) {
  const Command segments = group.Add("segments", "Lists the segments that a customer is in.",
                                     "regularsctl customer segments 06g1x7k3vq8s5e0h4m2n9p1r3t");
  const auto id = segments.Word("CUSTOMER", "Id or name of the customer");
  const ListFlags flags = AddListFlags(segments);
  segments.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const std::string path, Customer().PathOf(*id));
    return PrintList(context, {IdColumn("SEGMENT", "segment"), TimeColumn("SINCE", "enterTime")},
                     "members", flags, path + "/segments", {});
  });
}

}  // namespace

void AddCustomerCommands(const Command& root) {
  const Command group = root.Group("customer", "Who the customers are.");
  AddCustomerGet(group);
  AddList(group, Customer(),
          {.summary = "Lists customers in the order in which they were made.",
           .example = "regularsctl customer list --filter 'country = \"DE\" AND "
                      "purchases.order_count >= 3' --all",
           .filter_help = "Condition on their fields (docs/reference/filters.md)",
           .order_by_help = "'name' (default) or 'name desc'"});
  AddCustomerSearch(group);
  AddCustomerCreate(group);
  AddCustomerUpdate(group);
  AddCustomerTag(group);
  AddCustomerSegments(group);
  AddPersonCommands(group);
  AddDelete(group, Customer(),
            {.example = "regularsctl customer delete 06g1x7k3vq8s5e0h4m2n9p1r3t --yes",
             .force_help = "Deletes although there are orders; they stay, without a customer"});
}

}  // namespace regulars::cli
