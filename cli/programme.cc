// programme get|set|rule|set-rule: how points are earned and what they are worth; quote.
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "chassis/base/money.h"
#include "chassis/base/status_macros.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/resource.h"

namespace regulars::cli {
namespace {

constexpr char kProgramme[] = "/api/loyalty/v1/programmes/main";
constexpr char kRule[] = "/api/loyalty/v1/earningRules/base";

// An amount in the base currency, which the resource itself does not name.
Column MicrosColumn(const std::string& title, const std::string& path) {
  return {{title, Align::kRight, false},
          [path](const Json& item, absl::TimeZone) { return FormatMicros(Int(item, path)); }};
}

const Resource& Programme() {
  static const Resource& programme =
      *new Resource{.service = "loyalty",
                    .collection = "programmes",
                    .noun = "programme",
                    .columns = {TextColumn("NAME", "displayName"),
                                EnumColumn("ENROLMENT", "enrolment", "ENROLMENT_"),
                                TextColumn("BASE CURRENCY", "baseCurrency"),
                                MicrosColumn("WORTH OF A POINT", "payment.pointValueMicros"),
                                CountColumn("% OF A BASKET", "payment.maxBasketPercent"),
                                CountColumn("FEWEST POINTS", "payment.minPoints"),
                                CountColumn("IN STEPS OF", "payment.stepPoints"),
                                {{"TIERS", Align::kLeft, true},
                                 [](const Json& item, absl::TimeZone) {
                                   std::vector<std::string> tiers;
                                   for (const Json& tier : Items(item, "tiers")) {
                                     tiers.push_back(absl::StrCat(Safe(Text(tier, "tierId")), "=",
                                                                  Int(tier, "thresholdPoints")));
                                   }
                                   return absl::StrJoin(tiers, " ");
                                 }},
                                TimeColumn("UPDATED", "updateTime"),
                                TextColumn("ETAG", "etag")}};
  return programme;
}

const Resource& Rule() {
  static const Resource& rule = *new Resource{
      .service = "loyalty",
      .collection = "earningRules",
      .noun = "earning rule",
      .columns = {CountColumn("REVISION", "revision"), CountColumn("POINTS", "pointsPerStep"),
                  MicrosColumn("FOR EACH", "stepAmountMicros"),
                  EnumColumn("OF", "countedLines", "COUNTED_LINES_"),
                  EnumColumn("ROUNDED", "rounding", "ROUNDING_"),
                  MicrosColumn("FROM AN AMOUNT OF", "minimumAmountMicros"),
                  TimeColumn("BEGINS", "startTime"), TimeColumn("ENDS", "endTime"),
                  TimeColumn("FOR ORDERS FROM", "effectiveTime"), TextColumn("ETAG", "etag")}};
  return rule;
}

// Fields of a resource to change.
struct Changes {
  Json fields = Json::object();
  std::vector<std::string> mask;

  void Set(const std::string& field, Json value) {
    fields[field] = std::move(value);
    mask.push_back(field);
  }
};

absl::Status SendChanges(Context& context, const Changes& changes, const char* path,
                         const Resource& resource) {
  ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
  const Query query = {{"updateMask", absl::StrJoin(changes.mask, ",")},
                       {"requestId", NewRequestId()}};
  ABSL_ASSIGN_OR_RETURN(const Json now, client->Patch(path, changes.fields, query));
  PrintResource(context, resource, now);
  return absl::OkStatus();
}

// "12.50" → 12500000
absl::StatusOr<int64_t> ReadAmount(const char* flag, const std::string& text) {
  const absl::StatusOr<int64_t> micros = ParseMicros(text);
  if (micros.ok()) return micros;
  return UsageError(absl::StrCat(flag, " '", text, "' ", micros.status().message()));
}

// "gold=500" → {"tierId": "gold", "thresholdPoints": "500"}
absl::StatusOr<Json> ReadTier(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, '=');
  int64_t threshold = 0;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[1], &threshold)) {
    return UsageError(absl::StrCat("--tier must be like gold=500, not '", text, "'"));
  }
  return Json{{"tierId", parts[0]}, {"thresholdPoints", absl::StrCat(threshold)}};
}

void AddGetOf(const Command& group, const char* name, const char* summary, const char* example,
              const char* path, const Resource& resource) {
  group.Add(name, summary, example).Run([path, &resource](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json now, client->Get(path));
    PrintResource(context, resource, now);
    return absl::OkStatus();
  });
}

struct PaymentFlags {
  Flag<std::string> value;
  Flag<int64_t> percent;
  Flag<int64_t> least;
  Flag<int64_t> step;
};

PaymentFlags AddPaymentFlags(const Command& set) {
  set.Means("programme.payment.point_value_micros", "--point-value");
  return {
      .value = set.Text("--point-value", "AMOUNT", "What a point is worth: 0.01"),
      .percent =
          set.Number("--max-basket-percent", "Part of a basket that points may pay", 0, 1, 100),
      .least = set.Number("--min-points", "Fewest points that pay", 0, 1, 1'000'000'000),
      .step = set.Number("--step-points", "Points pay in multiples of this", 0, 1, 1'000'000'000)};
}

absl::StatusOr<Json> PaymentOf(const PaymentFlags& flags) {
  Json payment = Json::object();
  if (flags.value.given()) {
    ABSL_ASSIGN_OR_RETURN(const int64_t micros, ReadAmount("--point-value", *flags.value));
    payment["pointValueMicros"] = absl::StrCat(micros);
  }
  if (flags.percent.given()) payment["maxBasketPercent"] = *flags.percent;
  if (flags.least.given()) payment["minPoints"] = absl::StrCat(*flags.least);
  if (flags.step.given()) payment["stepPoints"] = absl::StrCat(*flags.step);
  return payment;
}

// How points pay and the tiers change as wholes: what the flags do not say of them stays.
absl::Status KeepTheRest(Context& context, Changes& changes) {
  const bool pays = changes.fields.contains("payment");
  const bool ranks = changes.fields.contains("tiers");
  if (!pays && !ranks) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
  ABSL_ASSIGN_OR_RETURN(const Json before, client->Get(kProgramme));
  changes.fields["etag"] = Text(before, "etag");
  if (pays) {
    Json payment = before.value("payment", Json::object());
    payment.update(changes.fields["payment"]);
    changes.fields["payment"] = std::move(payment);
  }
  if (!ranks) return absl::OkStatus();
  for (Json& tier : changes.fields["tiers"]) {
    for (const Json& known : Items(before, "tiers")) {
      if (Text(known, "tierId") != Text(tier, "tierId")) continue;
      tier["displayName"] = Text(known, "displayName");
    }
  }
  return absl::OkStatus();
}

void AddProgrammeSet(const Command& group) {
  const Command set = group.Add("set", "Changes the programme.",
                                "regularsctl programme set --point-value 0.01 "
                                "--tier silver=500 --tier gold=2000");
  const auto name = set.Text("--name", "TEXT", "What people call it");
  const auto enrolment =
      set.Choice("--enrolment", {"first-order", "by-call"}, "How customers become members");
  const PaymentFlags pays = AddPaymentFlags(set);
  const auto tiers = set.Texts("--tier", "ID=POINTS",
                               "A tier and from how many points on it is "
                               "reached; all of them, lowest first");
  const auto no_tiers = set.Switch("--no-tiers", "Takes all tiers away");
  no_tiers.option()->excludes(tiers.option());
  set.Means("programme.display_name", "--name").Means("programme.tiers", "--tier");
  set.Run([=](Context& context) -> absl::Status {
    Changes changes;
    if (name.given()) changes.Set("displayName", *name);
    if (enrolment.given()) {
      changes.Set("enrolment",
                  *enrolment == "by-call" ? "ENROLMENT_BY_CALL" : "ENROLMENT_FIRST_ORDER");
    }
    ABSL_ASSIGN_OR_RETURN(Json payment, PaymentOf(pays));
    if (!payment.empty()) changes.Set("payment", std::move(payment));
    if (tiers.given() || *no_tiers) {
      Json list = Json::array();
      for (const std::string& tier : *tiers) {
        ABSL_ASSIGN_OR_RETURN(Json read, ReadTier(tier));
        list.push_back(std::move(read));
      }
      changes.Set("tiers", std::move(list));
    }
    if (changes.mask.empty()) return UsageError("nothing to change: give at least one flag");
    ABSL_RETURN_IF_ERROR(KeepTheRest(context, changes));
    return SendChanges(context, changes, kProgramme, Programme());
  });
}

void AddRuleSet(const Command& group) {
  const Command set = group.Add("set-rule", "Changes how orders still to come earn points.",
                                "regularsctl programme set-rule --points 2 --for-each 5.00");
  const auto points = set.Number("--points", "Points for each step", 1, 0, 1'000'000);
  const auto amount = set.Text("--for-each", "AMOUNT", "What earns them: 1.00");
  const auto lines = set.Choice("--lines", {"products", "products-and-charges"}, "What counts");
  const auto rounding = set.Choice("--rounding", {"down", "half-up", "up"},
                                   "What becomes of a fraction of a point, once an order");
  const auto minimum = set.Text("--minimum", "AMOUNT", "From which amount on an order earns");
  const auto from =
      set.Text("--from", "TIME",
               "For orders from this time on (RFC 3339); alone, it moves a rule that is planned");
  set.Means("earning_rule.points_per_step", "--points");
  set.Means("earning_rule.step_amount_micros", "--for-each");
  set.Means("earning_rule.minimum_amount_micros", "--minimum");
  set.Means("earning_rule.effective_time", "--from");
  set.Run([=](Context& context) -> absl::Status {
    Changes changes;
    const auto set_word = [&](const Flag<std::string>& flag, const char* field,
                              absl::string_view prefix) {
      if (!flag.given()) return;
      const std::string word = absl::StrReplaceAll(*flag, {{"-", "_"}});
      changes.Set(field, absl::StrCat(prefix, absl::AsciiStrToUpper(word)));
    };
    if (points.given()) changes.Set("pointsPerStep", absl::StrCat(*points));
    if (amount.given()) {
      ABSL_ASSIGN_OR_RETURN(const int64_t micros, ReadAmount("--for-each", *amount));
      changes.Set("stepAmountMicros", absl::StrCat(micros));
    }
    if (minimum.given()) {
      ABSL_ASSIGN_OR_RETURN(const int64_t micros, ReadAmount("--minimum", *minimum));
      changes.Set("minimumAmountMicros", absl::StrCat(micros));
    }
    set_word(lines, "countedLines", "COUNTED_LINES_");
    set_word(rounding, "rounding", "ROUNDING_");
    if (from.given()) changes.Set("effectiveTime", *from);
    if (changes.mask.empty()) return UsageError("nothing to change: give at least one flag");
    return SendChanges(context, changes, kRule, Rule());
  });
}

const Resource& QuoteCard() {
  static const Resource& quote = *new Resource{
      .service = "loyalty",
      .collection = "baskets",
      .noun = "quote",
      .columns = {
          IdColumn("MEMBER", "member"), CountColumn("POINTS", "balance"),
          MoneyColumn("BASKET", "basketAmount"), MoneyColumn("ELIGIBLE", "eligibleAmount"),
          CountColumn("WOULD EARN", "pointsToEarn"), EnumColumn("BECAUSE", "earning", "EARNING_"),
          CountColumn("COULD PAY", "maxPointsPayable"), MoneyColumn("WORTH", "maxPayableAmount"),
          EnumColumn("LIMITED BY", "paymentLimit", "PAYMENT_LIMIT_")}};
  return quote;
}

}  // namespace

void AddProgrammeCommands(const Command& root) {
  const Command group = root.Group("programme", "How points are earned and what they are worth.");
  AddGetOf(group, "get", "Shows the programme.", "regularsctl programme get", kProgramme,
           Programme());
  AddProgrammeSet(group);
  AddGetOf(group, "rule", "Shows the rule by which orders earn.", "regularsctl programme rule",
           kRule, Rule());
  AddRuleSet(group);

  const Command quote = root.Add("quote", "Says what points mean for a basket.",
                                 "regularsctl quote --customer 06g1x7k3vq8s5e0h4m2n9p1r3t "
                                 "--currency GBP --product 49.90 --charge 4.00");
  const auto customer = quote.Text("--customer", "CUSTOMER", "Who buys; default: nobody known");
  const auto currency = quote.Text("--currency", "CODE", "The base currency");
  currency.option()->required();
  const auto products = quote.Texts("--product", "AMOUNT", "What goods come to; once a line");
  const auto charges = quote.Texts("--charge", "AMOUNT", "Postage, or a voucher below zero");
  quote.Means("currency_code", "--currency").Means("lines", "--product");
  quote.Run([=](Context& context) -> absl::Status {
    Json request = {{"currencyCode", *currency}, {"lines", Json::array()}};
    const auto add = [&](const char* flag, const std::vector<std::string>& amounts,
                         const char* kind) -> absl::Status {
      for (const std::string& amount : amounts) {
        ABSL_ASSIGN_OR_RETURN(const int64_t micros, ReadAmount(flag, amount));
        request["lines"].push_back({{"kind", kind}, {"amountMicros", absl::StrCat(micros)}});
      }
      return absl::OkStatus();
    };
    ABSL_RETURN_IF_ERROR(add("--product", *products, "KIND_PRODUCT"));
    ABSL_RETURN_IF_ERROR(add("--charge", *charges, "KIND_CHARGE"));
    if (customer.given()) {
      ABSL_ASSIGN_OR_RETURN(request["customer"], NameIn("customers", "customer", *customer));
    }
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json answer, client->Ask("/api/loyalty/v1/baskets:quote", request));
    PrintResource(context, QuoteCard(), answer);
    return absl::OkStatus();
  });
}

}  // namespace regulars::cli
