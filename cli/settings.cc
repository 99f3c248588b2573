// settings get|set: what holds for the whole company; rate list|set|delete: currency rates.
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "chassis/base/status_macros.h"
#include "cli/commands.h"
#include "cli/resource.h"

namespace regulars::cli {
namespace {

constexpr char kSettingsPath[] = "/api/customer/v1/companySettings";

const Resource& Settings() {
  static const Resource& settings = *new Resource{
      .service = "customer",
      .collection = "companySettings",
      .noun = "settings",
      .columns = {TextColumn("TIME ZONE", "timeZone"), TextColumn("BASE CURRENCY", "baseCurrency"),
                  TextColumn("COUNTRY", "country"), TextColumn("LANGUAGE", "language"),
                  CountColumn("OLDEST RATE (DAYS)", "rateMaxAgeDays"),
                  EnumColumn("SCORING DAY", "rfm.day", "RFM_DAY_"),
                  MarkColumn("SCORED NIGHTLY", "rfm.nightly", "yes"),
                  TimeColumn("UPDATED", "updateTime"), TextColumn("ETAG", "etag")}};
  return settings;
}

const Resource& Rate() {
  static const Resource& rate = *new Resource{
      .service = "customer",
      .collection = "currencyRates",
      .noun = "currency rate",
      .columns = {IdColumn(), TextColumn("CURRENCY", "currencyCode"), TextColumn("DAY", "date"),
                  TextColumn("RATE", "rate"), TimeColumn("UPDATED", "updateTime")}};
  return rate;
}

void AddSettingsSet(const Command& group) {
  const Command set = group.Add("set", "Changes the company's settings.",
                                "regularsctl settings set --time-zone Europe/London "
                                "--base-currency GBP --country GB");
  std::vector<std::pair<std::string, Flag<std::string>>> texts;
  const auto text = [&](const char* flag, const char* label, const char* json, const char* field,
                        const char* help) {
    texts.emplace_back(json, set.Text(flag, label, help));
    set.Means(absl::StrCat("company_settings.", field), flag);
  };
  text("--time-zone", "ZONE", "timeZone", "time_zone",
       "IANA zone; fixed once days were counted by it");
  text("--base-currency", "CODE", "baseCurrency", "base_currency",
       "ISO 4217 code; fixed once there is an order or a rate");
  text("--country", "CODE", "country", "country", "Country of phone numbers in national form");
  text("--language", "TAG", "language", "language", "Language of those whose own is unknown");
  const auto age = set.Number("--rate-max-age-days",
                              "Oldest rate that an order may use, in days (1 to 366)", 31, 1, 366);
  const auto day =
      set.Choice("--rfm-day", {"today", "after-last-order"}, "Which day scores are worked out for");
  const auto nightly =
      set.Choice("--rfm-nightly", {"true", "false"}, "Whether scores are worked out every night");
  set.Run([=](Context& context) -> absl::Status {
    Json settings = Json::object();
    std::vector<std::string> mask;
    for (const auto& [json, flag] : texts) {
      if (!flag.given()) continue;
      settings[json] = *flag;
      mask.push_back(json);
    }
    if (age.given()) {
      settings["rateMaxAgeDays"] = *age;
      mask.emplace_back("rateMaxAgeDays");
    }
    if (day.given()) {
      settings["rfm"]["day"] = *day == "today" ? "RFM_DAY_TODAY" : "RFM_DAY_AFTER_LAST_ORDER";
      mask.emplace_back("rfm.day");
    }
    if (nightly.given()) {
      settings["rfm"]["nightly"] = *nightly == "true";
      mask.emplace_back("rfm.nightly");
    }
    if (mask.empty()) return UsageError("nothing to change: give at least one flag");
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    const Query query = {{"updateMask", absl::StrJoin(mask, ",")}, {"requestId", NewRequestId()}};
    ABSL_ASSIGN_OR_RETURN(const Json now, client->Patch(kSettingsPath, settings, query));
    PrintResource(context, Settings(), now);
    return absl::OkStatus();
  });
}

void AddRateSet(const Command& group) {
  const Command set = group.Add("set", "Sets what a currency is worth on and after a day.",
                                "regularsctl rate set USD 2026-03-31 0.8561");
  const auto currency = set.Word("CURRENCY", "ISO 4217 code, not the base currency");
  const auto day = set.Word("DAY", "YYYY-MM-DD, in the company's time zone");
  const auto rate = set.Word("RATE", "Base currency units per unit of the currency: 0.8561");
  set.Means("currency_rate.rate", "RATE");
  set.Run([=](Context& context) -> absl::Status {
    const std::string id = absl::StrCat(absl::AsciiStrToLower(*currency), "-", *day);
    ABSL_ASSIGN_OR_RETURN(const std::string path, Rate().PathOf(id));
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    const Query query = {{"allowMissing", "true"}, {"requestId", NewRequestId()}};
    ABSL_ASSIGN_OR_RETURN(const Json now, client->Patch(path, {{"rate", *rate}}, query));
    PrintResource(context, Rate(), now);
    return absl::OkStatus();
  });
}

}  // namespace

void AddSettingsCommands(const Command& root) {
  const Command settings = root.Group("settings", "What holds for the whole company.");
  settings.Add("get", "Shows the company's settings.", "regularsctl settings get")
      .Run([](Context& context) -> absl::Status {
        ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
        ABSL_ASSIGN_OR_RETURN(const Json now, client->Get(kSettingsPath));
        PrintResource(context, Settings(), now);
        return absl::OkStatus();
      });
  AddSettingsSet(settings);

  const Command rates = root.Group("rate", "Currency rates by day.");
  AddList(rates, Rate(),
          {.summary = "Lists the rates, by currency, newest first.",
           .example = "regularsctl rate list --filter 'currency_code = \"USD\"'",
           .filter_help = "Condition on currency_code and date"});
  AddRateSet(rates);
  AddDelete(rates, Rate(), {.example = "regularsctl rate delete usd-2026-03-31 --yes"});
}

}  // namespace regulars::cli
