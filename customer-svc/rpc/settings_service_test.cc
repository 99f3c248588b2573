// SettingsService over gRPC: the company's settings and currency rates, and each error that the
// proto documents.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chassis/tasks/task.h"
#include "customer-svc/rpc/rfm_task.h"
#include "customer-svc/testing/customer_fixture.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::customer {
namespace {

using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::SizeIs;
using testing::StatusIs;

using Settings = CustomerServer::Settings;

class SettingsServiceTest : public CustomerServiceTest {
 protected:
  v1::CompanySettings Read() {
    v1::GetCompanySettingsRequest request;
    request.set_name("companySettings");
    const auto settings = server_.Call(&Settings::GetCompanySettings, request);
    EXPECT_OK(settings);
    return settings.value_or(v1::CompanySettings());
  }
  absl::StatusOr<v1::CompanySettings> Change(const std::string& text,
                                             const std::vector<std::string>& paths = {}) {
    v1::UpdateCompanySettingsRequest request;
    *request.mutable_company_settings() = Parse<v1::CompanySettings>(text);
    request.mutable_company_settings()->set_name("companySettings");
    for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
    return server_.Call(&Settings::UpdateCompanySettings, request);
  }
  absl::StatusOr<v1::CurrencyRate> SetRate(const std::string& text, bool allow_missing = true,
                                           const std::vector<std::string>& paths = {}) {
    v1::UpdateCurrencyRateRequest request;
    *request.mutable_currency_rate() = Parse<v1::CurrencyRate>(text);
    for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
    request.set_allow_missing(allow_missing);
    return server_.Call(&Settings::UpdateCurrencyRate, request);
  }
  absl::StatusOr<v1::CurrencyRate> ReadRate(const std::string& name) {
    v1::GetCurrencyRateRequest request;
    request.set_name(name);
    return server_.Call(&Settings::GetCurrencyRate, request);
  }
  std::vector<std::string> ListRates(v1::ListCurrencyRatesRequest request) {
    std::vector<std::string> names;
    do {
      const auto page = server_.Call(&Settings::ListCurrencyRates, request);
      EXPECT_OK(page);
      if (!page.ok()) break;
      for (const v1::CurrencyRate& rate : page->currency_rates()) {
        names.push_back(rate.name().substr(std::string("currencyRates/").size()));
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return names;
  }
  void Order() {
    v1::UpsertOrderRequest order;
    *order.mutable_order() = Parse<v1::Order>(R"(
        source: "till" receipt_number: "1" order_time { seconds: 1690000000 } currency_code: "EUR"
        lines { item: "mug" quantity_micros: 1000000 unit_price_micros: 5000000 })");
    ASSERT_OK(server_.Call(&CustomerServer::Orders::UpsertOrder, order));
  }
};

TEST_F(SettingsServiceTest, AtFirst) {
  const v1::CompanySettings settings = Read();
  v1::CompanySettings expected = Parse<v1::CompanySettings>(R"(
      name: "companySettings" time_zone: "UTC" base_currency: "EUR" language: "en"
      rate_max_age_days: 31 rfm { day: RFM_DAY_TODAY })");
  expected.set_etag(settings.etag());
  EXPECT_EQ(settings.DebugString(), expected.DebugString());
  EXPECT_THAT(server_.Call(&Settings::GetCompanySettings, {}), HasReason("NAME_MISSING"));
}

TEST_F(SettingsServiceTest, ChangesWhatIsSetOrMasked) {
  const std::string etag = Read().etag();
  ASSERT_OK_AND_ASSIGN(auto changed, Change(R"(
      time_zone: "Europe/London" base_currency: "GBP" country: "GB" language: "EN-gb"
      rate_max_age_days: 366 rfm { day: RFM_DAY_AFTER_LAST_ORDER nightly: true })"));
  EXPECT_EQ(changed.time_zone(), "Europe/London");
  EXPECT_EQ(changed.language(), "en-GB");
  EXPECT_NE(changed.etag(), etag);
  EXPECT_EQ(Read().DebugString(), changed.DebugString());
  const auto event = server_.NewestEvent<v1::CompanySettingsUpdated>();
  EXPECT_THAT(event.changed_fields().paths(),
              ElementsAre("time_zone", "base_currency", "country", "language", "rate_max_age_days",
                          "rfm.day", "rfm.nightly"));
  EXPECT_EQ(event.base_currency(), "GBP");
  EXPECT_THAT(server_.EventsAfter(0), ElementsAre("company_settings_updated companySettings"));
  ASSERT_OK_AND_ASSIGN(changed, Change("", {"rfm", "country", "rate_max_age_days"}));
  EXPECT_EQ(changed.rfm().day(), v1::RFM_DAY_TODAY);
  EXPECT_FALSE(changed.rfm().nightly());
  EXPECT_EQ(changed.country(), "");
  EXPECT_EQ(changed.rate_max_age_days(), 31);
  EXPECT_EQ(changed.time_zone(), "Europe/London");
  ASSERT_OK(Change("", {"country"}));
  EXPECT_THAT(server_.EventsAfter(0), SizeIs(2)) << "what is so already is no change";
}

TEST_F(SettingsServiceTest, RefusesWhatCannotBe) {
  struct Row {
    const char* text;
    const char* reason;
    const char* field;
  };
  const Row rows[] = {
      {"time_zone: 'Moon'", "INVALID_TIME_ZONE", "company_settings.time_zone"},
      {"base_currency: 'EURO'", "INVALID_CURRENCY", "company_settings.base_currency"},
      {"base_currency: 'gbp'", "INVALID_CURRENCY", "company_settings.base_currency"},
      {"country: 'UK'", "INVALID_COUNTRY", "company_settings.country"},
      {"language: 'english'", "INVALID_LANGUAGE", "company_settings.language"},
      {"rate_max_age_days: 367", "INVALID_RATE_MAX_AGE", "company_settings.rate_max_age_days"},
      {"rate_max_age_days: -1", "INVALID_RATE_MAX_AGE", "company_settings.rate_max_age_days"},
  };
  for (const Row& row : rows) {
    const auto refused = Change(row.text);
    EXPECT_THAT(refused, HasReason(row.reason)) << row.text;
    EXPECT_EQ(GetErrorDetails(refused.status()).violations.at(0).field, row.field);
  }
  EXPECT_THAT(Change("", {"colour"}), HasReason("INVALID_UPDATE_MASK"));
  EXPECT_THAT(Change("country: 'GB' etag: 'x'"), HasReason("ETAG_MISMATCH"));
  EXPECT_OK(Change("country: 'GB' etag: '" + Read().etag() + "'"));
  EXPECT_THAT(server_.Call(&Settings::UpdateCompanySettings, {}), HasReason("NAME_MISSING"));
}

TEST_F(SettingsServiceTest, ZoneAndCurrencyAreFixedOnceUsed) {
  ASSERT_OK(SetRate("name: 'currencyRates/usd-2023-11-14' rate: '0.9'"));
  EXPECT_THAT(Change("base_currency: 'GBP'"), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(Change("base_currency: 'GBP'"), HasReason("BASE_CURRENCY_IN_USE"));
  EXPECT_OK(Change("time_zone: 'Europe/Paris'"));
  Order();
  EXPECT_THAT(Change("time_zone: 'Europe/London'"),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(Change("time_zone: 'Europe/London'"), HasReason("TIME_ZONE_IN_USE"));
  EXPECT_OK(Change("time_zone: 'Europe/Paris' country: 'FR'"));
}

TEST_F(SettingsServiceTest, DatesOfCustomersFixTheZone) {
  Declare("since", "type: TYPE_TIME");
  Declare("shoe", "type: TYPE_INTEGER");
  MustCreate("attributes { key: 'shoe' value { integer_value: 44 } }");
  EXPECT_OK(Change("time_zone: 'Europe/Berlin'")) << "no value is a time";
  const v1::Customer ann =
      MustCreate("attributes { key: 'since' value { time_value { seconds: 1711922400 } } }");
  const auto refused = Change("time_zone: 'Europe/London'");
  EXPECT_THAT(refused, HasReason("TIME_ZONE_IN_USE"));
  EXPECT_THAT(refused.status().message(), ::testing::HasSubstr("TIME attribute"));
  EXPECT_OK(Change("time_zone: 'Europe/Berlin' country: 'DE'"));
  v1::DeleteCustomerRequest request;
  request.set_name(ann.name());
  ASSERT_OK(server_.Call(&Customers::DeleteCustomer, request));
  EXPECT_OK(Change("time_zone: 'Europe/London'"));
}

TEST_F(SettingsServiceTest, TheNextNightIsOneOfTheNewZone) {
  const auto night = [&] {
    absl::Time due;
    EXPECT_OK(server_.server().store().Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const auto task, tasks::FindWaiting(db, kRfmNightTask));
      if (task) due = task->due_time;
      return absl::OkStatus();
    }));
    return absl::FormatTime(due, absl::UTCTimeZone());
  };
  // It is 2023-11-14 22:13 UTC.
  EXPECT_EQ(night(), "2023-11-15T00:00:00+00:00");
  ASSERT_OK(Change("time_zone: 'America/New_York'"));
  EXPECT_EQ(night(), "2023-11-15T05:00:00+00:00");
  ASSERT_OK(Change("time_zone: 'Asia/Tokyo'"));
  EXPECT_EQ(night(), "2023-11-15T15:00:00+00:00");
}

TEST_F(SettingsServiceTest, SetsRates) {
  ASSERT_OK_AND_ASSIGN(const auto made,
                       SetRate("name: 'currencyRates/usd-2026-03-31' rate: '00.85610'"));
  EXPECT_EQ(made.currency_code(), "USD");
  EXPECT_EQ(made.date(), "2026-03-31");
  EXPECT_EQ(made.rate(), "0.8561");
  ASSERT_OK_AND_ASSIGN(const auto got, ReadRate("currencyRates/usd-2026-03-31"));
  EXPECT_EQ(got.DebugString(), made.DebugString());
  const auto event = server_.NewestEvent<v1::CurrencyRateSet>();
  EXPECT_EQ(event.currency_code() + event.date() + event.rate(), "USD2026-03-310.8561");
  server_.server().clock().Advance(absl::Seconds(1));
  ASSERT_OK_AND_ASSIGN(const auto same, SetRate(R"(
      name: 'currencyRates/usd-2026-03-31' currency_code: 'USD' date: '2026-03-31' rate: '0.8561')"));
  EXPECT_EQ(same.DebugString(), made.DebugString());
  EXPECT_EQ(position(), 1) << "set to what it is: no change";
  ASSERT_OK_AND_ASSIGN(
      const auto changed,
      SetRate("name: 'currencyRates/usd-2026-03-31' rate: '0.86'", false, {"rate"}));
  EXPECT_EQ(changed.rate(), "0.86");
  EXPECT_EQ(changed.update_time().seconds(), 1'700'000'001);
}

TEST_F(SettingsServiceTest, RateErrors) {
  struct Row {
    const char* text;
    const char* reason;
    const char* field;
  };
  const Row rows[] = {
      {"rate: '1'", "NAME_MISSING", "currency_rate.name"},
      {"name: 'rates/usd-2026-03-31' rate: '1'", "INVALID_NAME", "currency_rate.name"},
      {"name: 'currencyRates/USD-2026-03-31' rate: '1'", "INVALID_NAME", "currency_rate.name"},
      {"name: 'currencyRates/usd' rate: '1'", "INVALID_NAME", "currency_rate.name"},
      {"name: 'currencyRates/xyz-2026-03-31' rate: '1'", "INVALID_CURRENCY", "currency_rate.name"},
      {"name: 'currencyRates/usd-2026-02-30' rate: '1'", "INVALID_DATE", "currency_rate.name"},
      {"name: 'currencyRates/eur-2026-03-31' rate: '1'", "INVALID_CURRENCY",
       "currency_rate.currency_code"},
      {"name: 'currencyRates/usd-2026-03-31'", "INVALID_RATE", "currency_rate.rate"},
      {"name: 'currencyRates/usd-2026-03-31' rate: '-1'", "INVALID_RATE", "currency_rate.rate"},
      {"name: 'currencyRates/usd-2026-03-31' rate: '1e3'", "INVALID_RATE", "currency_rate.rate"},
      {"name: 'currencyRates/usd-2026-03-31' rate: '1' currency_code: 'GBP'", "RATE_NAME_MISMATCH",
       "currency_rate.name"},
      {"name: 'currencyRates/usd-2026-03-31' rate: '1' date: '2026-04-01'", "RATE_NAME_MISMATCH",
       "currency_rate.name"},
      {"name: 'currencyRates/usd-2026-03-31' rate: '1' date: 'today'", "INVALID_DATE",
       "currency_rate.date"},
  };
  for (const Row& row : rows) {
    const auto refused = SetRate(row.text);
    EXPECT_THAT(refused, HasReason(row.reason)) << row.text;
    ASSERT_FALSE(GetErrorDetails(refused.status()).violations.empty()) << row.text;
    EXPECT_EQ(GetErrorDetails(refused.status()).violations[0].field, row.field) << row.text;
  }
  constexpr char kRate[] = "name: 'currencyRates/usd-2026-03-31' rate: '1'";
  EXPECT_THAT(SetRate(kRate, /*allow_missing=*/false), HasReason("RATE_NOT_FOUND"));
  EXPECT_THAT(SetRate(kRate, true, {"date"}), HasReason("INVALID_UPDATE_MASK"));
  EXPECT_THAT(ReadRate("currencyRates/usd-2026-03-31"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(ReadRate("currencyRates/usd-2026-03-31"), HasReason("RATE_NOT_FOUND"));
  EXPECT_EQ(server_.Count("currency_rate"), 0);
}

TEST_F(SettingsServiceTest, ListsRatesByCurrencyNewestFirst) {
  v1::BatchUpsertCurrencyRatesRequest batch;
  for (const char* currency : {"USD", "GBP", "JPY"}) {
    for (const char* date : {"2026-01-31", "2026-03-31", "2025-12-31"}) {
      v1::CurrencyRate& rate = *batch.add_currency_rates();
      rate.set_currency_code(currency);
      rate.set_date(date);
      rate.set_rate("2");
    }
  }
  ASSERT_OK(server_.Call(&Settings::BatchUpsertCurrencyRates, batch));
  const std::vector<std::string> all = {"gbp-2026-03-31", "gbp-2026-01-31", "gbp-2025-12-31",
                                        "jpy-2026-03-31", "jpy-2026-01-31", "jpy-2025-12-31",
                                        "usd-2026-03-31", "usd-2026-01-31", "usd-2025-12-31"};
  v1::ListCurrencyRatesRequest request;
  for (const int32_t size : {0, 1, 2, 3, 9, 10}) {
    request.set_page_size(size);
    EXPECT_EQ(ListRates(request), all) << size;
  }
  request.set_page_size(1);
  request.set_filter("currency_code = \"USD\" AND date >= \"2026-01-01\"");
  EXPECT_THAT(ListRates(request), ElementsAre("usd-2026-03-31", "usd-2026-01-31"));
  request.set_filter("rate > 2");
  EXPECT_THAT(server_.Call(&Settings::ListCurrencyRates, request),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(SettingsServiceTest, ABatchOfAThousandRates) {
  v1::BatchUpsertCurrencyRatesRequest batch;
  for (int i = 0; i < 1000; ++i) {
    v1::CurrencyRate& rate = *batch.add_currency_rates();
    rate.set_currency_code(i % 10 == 9 ? "EUR" : "USD");
    rate.set_date(absl::StrCat(2000 + i % 900 / 28, "-01-", i % 28 < 9 ? "0" : "", i % 28 + 1));
    rate.set_rate("2");
  }
  ASSERT_OK_AND_ASSIGN(const auto reply, server_.Call(&Settings::BatchUpsertCurrencyRates, batch));
  ASSERT_THAT(reply.results(), SizeIs(1000));
  int created = 0;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(reply.results(i).index(), i);
    if (i % 10 == 9) {
      EXPECT_EQ(reply.results(i).outcome(), type::v1::UPSERT_OUTCOME_REFUSED);
      EXPECT_THAT(FromProto(reply.results(i).error()), HasReason("INVALID_CURRENCY"));
    } else {
      created += reply.results(i).outcome() == type::v1::UPSERT_OUTCOME_CREATED ? 1 : 0;
    }
  }
  EXPECT_EQ(server_.Count("currency_rate"), created);
  EXPECT_EQ(position(), created);
  EXPECT_THAT(server_.Call(&Settings::BatchUpsertCurrencyRates, {}),
              HasReason("INVALID_BATCH_SIZE"));
}

TEST_F(SettingsServiceTest, DeletesRates) {
  ASSERT_OK(SetRate("name: 'currencyRates/usd-2026-03-31' rate: '1'"));
  auto request = Parse<v1::DeleteCurrencyRateRequest>("name: 'currencyRates/usd-2026-03-31'");
  EXPECT_OK(server_.Call(&Settings::DeleteCurrencyRate, request));
  const auto event = server_.NewestEvent<v1::CurrencyRateDeleted>();
  EXPECT_EQ(event.currency_code() + event.date(), "USD2026-03-31");
  EXPECT_THAT(server_.Call(&Settings::DeleteCurrencyRate, request), HasReason("RATE_NOT_FOUND"));
  request.set_allow_missing(true);
  EXPECT_OK(server_.Call(&Settings::DeleteCurrencyRate, request));
  EXPECT_EQ(position(), 2);
}

}  // namespace
}  // namespace regulars::customer
