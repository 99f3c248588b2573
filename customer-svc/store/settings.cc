#include "customer-svc/store/settings.h"

#include "absl/strings/str_cat.h"
#include "chassis/base/check.h"
#include "chassis/base/errors.h"
#include "chassis/filter/request.h"
#include "chassis/filter/schema.h"
#include "chassis/filter/sql.h"
#include "customer-svc/domain/locale_rules.h"
#include "customer-svc/store/customer_filter.h"

namespace regulars::customer::settings {

absl::StatusOr<CompanySettings> Load(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(
      auto row, db.Sql("SELECT time_zone, base_currency, country, language, rate_max_age_days, "
                       "rfm_day, rfm_nightly, version, update_time FROM company_settings")
                    .First<std::string, std::string, std::string, std::string, int64_t, int64_t,
                           bool, int64_t, std::optional<absl::Time>>());
  CHECK(row.has_value());  // Migration 1 writes the one row, and nothing deletes it.
  CompanySettings settings;
  int64_t rfm_day;
  std::tie(settings.time_zone, settings.base_currency, settings.country, settings.language,
           settings.rate_max_age_days, rfm_day, settings.rfm_nightly, settings.version,
           settings.update_time) = *std::move(row);
  settings.rfm_day = static_cast<RfmDay>(rfm_day);
  if (!absl::LoadTimeZone(settings.time_zone, &settings.zone)) {
    return Error(absl::StatusCode::kInternal,
                 absl::StrCat("this machine's time zone data lacks '", settings.time_zone, "'"),
                 {.reason = "TIME_ZONE_DATA_MISSING"});
  }
  return settings;
}

absl::Status Save(Transaction& tx, const CompanySettings& settings) {
  return tx
      .Sql(
          "UPDATE company_settings SET time_zone = ?, base_currency = ?, country = ?, "
          "language = ?, rate_max_age_days = ?, rfm_day = ?, rfm_nightly = ?, version = ?, "
          "update_time = ?",
          settings.time_zone, settings.base_currency, settings.country, settings.language,
          settings.rate_max_age_days, static_cast<int64_t>(settings.rfm_day), settings.rfm_nightly,
          settings.version, settings.update_time)
      .Run();
}

absl::StatusOr<std::optional<Rate>> FindRate(Snapshot& db, absl::string_view currency,
                                             absl::CivilDay day, int64_t max_age_days) {
  ABSL_ASSIGN_OR_RETURN(auto picos,
                        db.Sql("SELECT rate FROM currency_rate WHERE currency = ? AND day <= ? "
                               "AND day >= ? ORDER BY day DESC LIMIT 1",
                               currency, FormatDay(day), FormatDay(day - max_age_days))
                            .First<int64_t>());
  if (!picos) return std::nullopt;
  return Rate::FromPicos(*picos);
}

absl::StatusOr<std::optional<DatedRate>> GetRate(Snapshot& db, absl::string_view currency,
                                                 absl::CivilDay day) {
  ABSL_ASSIGN_OR_RETURN(
      auto row, db.Sql("SELECT rate, update_time FROM currency_rate WHERE currency = ? AND day = ?",
                       currency, FormatDay(day))
                    .First<int64_t, absl::Time>());
  if (!row) return std::nullopt;
  const auto& [picos, update_time] = *row;
  return DatedRate{std::string(currency), day, Rate::FromPicos(picos), update_time};
}

absl::Status PutRate(Transaction& tx, const DatedRate& rate) {
  return tx
      .Sql(
          "INSERT INTO currency_rate (currency, day, rate, update_time) VALUES (?, ?, ?, ?) "
          "ON CONFLICT (currency, day) DO UPDATE SET rate = excluded.rate, "
          "update_time = excluded.update_time",
          rate.currency, FormatDay(rate.day), rate.rate.picos(), rate.update_time)
      .Run();
}

absl::Status DeleteRate(Transaction& tx, absl::string_view currency, absl::CivilDay day) {
  return tx
      .Sql("DELETE FROM currency_rate WHERE currency = ? AND day = ?", currency, FormatDay(day))
      .Run();
}

absl::StatusOr<bool> AnyRate(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(auto any, db.Sql("SELECT 1 FROM currency_rate LIMIT 1").First<int64_t>());
  return any.has_value();
}

namespace {

// Appends the rates of one currency that are older than `before`, newest first.
absl::Status AppendRates(Snapshot& db, const std::string& currency, const std::string& before,
                         const filter::SqlFragment& where, int64_t limit,
                         std::vector<DatedRate>& rates) {
  const std::string sql = absl::StrCat(
      "SELECT r.day, r.rate, r.update_time FROM currency_rate r WHERE r.currency = ? AND "
      "r.day < ? AND (",
      where.sql, ") ORDER BY r.day DESC LIMIT ?");
  std::vector<Parameter> parameters = {storage_internal::ToParameter(currency),
                                       storage_internal::ToParameter(before)};
  AppendParameters(where, parameters);
  parameters.push_back(storage_internal::ToParameter(limit));
  return db.SqlWith(sql, parameters)
      .Each<std::string, int64_t, absl::Time>(
          [&](const std::string& day, int64_t picos, absl::Time update_time) {
            // Only days that FormatDay() wrote stand in the table.
            rates.push_back({currency, ParseDay(day).value(), Rate::FromPicos(picos), update_time});
          });
}

// Later than every day.
constexpr char kAfterAll[] = ":";

}  // namespace

absl::StatusOr<filter::Expression> CompileRateFilter(absl::string_view text) {
  static const filter::Schema& schema = *[] {
    auto* made = new filter::Schema;
    made->Add({.name = "currency_code", .type = filter::Type::kText, .sql = {"r.currency", {}}});
    made->Add({.name = "date", .type = filter::Type::kText, .handle = 1, .sql = {"r.day", {}}});
    return made;
  }();
  return filter::CompileRequest(text, schema);
}

absl::StatusOr<std::vector<DatedRate>> ListRates(Snapshot& db, const filter::Expression& filter,
                                                 const std::optional<RatePlace>& after,
                                                 int64_t limit) {
  const filter::SqlFragment where = filter::ToSql(filter, db.now(), absl::UTCTimeZone());
  std::vector<DatedRate> rates;
  std::string currency;
  if (after) {
    currency = after->currency;
    ABSL_RETURN_IF_ERROR(AppendRates(db, currency, FormatDay(after->day), where, limit, rates));
  }
  while (static_cast<int64_t>(rates.size()) < limit) {
    ABSL_ASSIGN_OR_RETURN(auto next, db.Sql("SELECT currency FROM currency_rate WHERE currency > ? "
                                            "ORDER BY currency LIMIT 1",
                                            currency)
                                         .First<std::string>());
    if (!next) break;
    currency = *std::move(next);
    ABSL_RETURN_IF_ERROR(AppendRates(db, currency, kAfterAll, where,
                                     limit - static_cast<int64_t>(rates.size()), rates));
  }
  return rates;
}

}  // namespace regulars::customer::settings
