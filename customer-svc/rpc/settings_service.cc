#include "customer-svc/rpc/settings_service.h"

#include <array>
#include <bitset>

#include "absl/strings/str_cat.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/etag.h"
#include "chassis/base/faults.h"
#include "chassis/base/money.h"
#include "chassis/base/text.h"
#include "chassis/rpc/timestamps.h"
#include "customer-svc/domain/country.h"
#include "customer-svc/domain/locale_rules.h"
#include "customer-svc/domain/settings.h"
#include "customer-svc/rpc/currency_rates.h"
#include "customer-svc/rpc/events.h"
#include "customer-svc/rpc/memberships.h"
#include "customer-svc/rpc/rfm_task.h"
#include "customer-svc/store/attributes.h"
#include "customer-svc/store/behaviour.h"
#include "customer-svc/store/orders.h"
#include "customer-svc/store/settings.h"
#include "regulars/customer/v1/events.pb.h"
#include "regulars/customer/v1/settings_service.grpc.pb.h"

namespace regulars::customer {
namespace {

constexpr char kName[] = "companySettings";
constexpr int32_t kMaxRateAgeDays = 366;

// The settings that callers write: one row a field.
struct Field {
  absl::string_view path;
  bool (*is_set)(const v1::CompanySettings&);
  bool (*same)(const CompanySettings&, const CompanySettings&);
  void (*copy)(const CompanySettings& from, CompanySettings& to);
};

template <auto kMember>
constexpr Field MakeField(absl::string_view path, bool (*is_set)(const v1::CompanySettings&)) {
  return {
      path, is_set,
      [](const CompanySettings& a, const CompanySettings& b) { return a.*kMember == b.*kMember; },
      [](const CompanySettings& from, CompanySettings& to) { to.*kMember = from.*kMember; }};
}

constexpr size_t kFields = 7;
using Mask = std::bitset<kFields>;
constexpr std::array<Field, kFields> kTable = {
    MakeField<&CompanySettings::time_zone>(
        "time_zone", [](const v1::CompanySettings& m) { return !m.time_zone().empty(); }),
    MakeField<&CompanySettings::base_currency>(
        "base_currency", [](const v1::CompanySettings& m) { return !m.base_currency().empty(); }),
    MakeField<&CompanySettings::country>(
        "country", [](const v1::CompanySettings& m) { return !m.country().empty(); }),
    MakeField<&CompanySettings::language>(
        "language", [](const v1::CompanySettings& m) { return !m.language().empty(); }),
    MakeField<&CompanySettings::rate_max_age_days>(
        "rate_max_age_days",
        [](const v1::CompanySettings& m) { return m.rate_max_age_days() != 0; }),
    MakeField<&CompanySettings::rfm_day>(
        "rfm.day",
        [](const v1::CompanySettings& m) { return m.rfm().day() != v1::RFM_DAY_UNSPECIFIED; }),
    MakeField<&CompanySettings::rfm_nightly>(
        "rfm.nightly", [](const v1::CompanySettings& m) { return m.rfm().nightly(); }),
};

std::string EtagOf(const CompanySettings& settings) {
  return MakeEtag(settings.version, settings.update_time.value_or(absl::UnixEpoch()));
}

v1::CompanySettings WriteSettings(const CompanySettings& settings) {
  v1::CompanySettings message;
  message.set_name(kName);
  message.set_time_zone(settings.time_zone);
  message.set_base_currency(settings.base_currency);
  message.set_country(settings.country);
  message.set_language(settings.language);
  message.set_rate_max_age_days(static_cast<int32_t>(settings.rate_max_age_days));
  message.mutable_rfm()->set_day(static_cast<v1::RfmDay>(settings.rfm_day));
  message.mutable_rfm()->set_nightly(settings.rfm_nightly);
  if (settings.update_time)
    *message.mutable_update_time() = rpc::ToTimestamp(*settings.update_time);
  message.set_etag(EtagOf(settings));
  return message;
}

absl::StatusOr<Mask> ReadMask(const v1::UpdateCompanySettingsRequest& request) {
  Mask mask;
  if (request.update_mask().paths().empty()) {
    for (size_t i = 0; i < kFields; ++i) mask[i] = kTable[i].is_set(request.company_settings());
    return mask;
  }
  for (const std::string& path : request.update_mask().paths()) {
    bool known = path == "name" || path == "update_time" || path == "etag";
    for (size_t i = 0; i < kFields; ++i) {
      const absl::string_view group = kTable[i].path.substr(0, kTable[i].path.find('.'));
      if (path != "*" && path != kTable[i].path && path != group) continue;
      mask.set(i);
      known = true;
    }
    if (!known) {
      return FieldError("update_mask", "INVALID_UPDATE_MASK",
                        absl::StrCat("names '", EscapeForLog(path),
                                     "', which is no field of the company's settings"));
    }
  }
  return mask;
}

// What the caller wrote, empty fields as they are at first. Only masked fields are checked.
absl::StatusOr<CompanySettings> ReadSettings(const v1::CompanySettings& message, const Mask& mask) {
  CompanySettings read;
  Faults faults;
  const auto masked = [&](absl::string_view path) {
    for (size_t i = 0; i < kFields; ++i) {
      if (kTable[i].path == path) return mask[i];
    }
    return false;
  };
  if (masked("time_zone") && !message.time_zone().empty()) {
    read.time_zone = message.time_zone();
    if (!IsTimeZone(read.time_zone)) {
      faults.Add("time_zone", "INVALID_TIME_ZONE", "must be an IANA time zone");
    }
  }
  if (masked("base_currency") && !message.base_currency().empty()) {
    read.base_currency = message.base_currency();
    if (!IsCurrency(read.base_currency)) {
      faults.Add("base_currency", "INVALID_CURRENCY", "must be an ISO 4217 code in upper case");
    }
  }
  if (masked("country") && !message.country().empty()) {
    read.country = message.country();
    if (!IsCountry(read.country)) {
      faults.Add("country", "INVALID_COUNTRY", "must be an ISO 3166-1 alpha-2 code");
    }
  }
  if (masked("language") && !message.language().empty()) {
    const std::optional<std::string> canonical = CanonicalLanguage(message.language());
    if (!canonical) faults.Add("language", "INVALID_LANGUAGE", "must be a BCP 47 tag");
    read.language = canonical.value_or("");
  }
  if (masked("rate_max_age_days") && message.rate_max_age_days() != 0) {
    read.rate_max_age_days = message.rate_max_age_days();
    if (read.rate_max_age_days < 1 || read.rate_max_age_days > kMaxRateAgeDays) {
      faults.Add("rate_max_age_days", "INVALID_RATE_MAX_AGE", "must be 0 to 366");
    }
  }
  if (masked("rfm.day") && message.rfm().day() != v1::RFM_DAY_UNSPECIFIED) {
    read.rfm_day = static_cast<RfmDay>(message.rfm().day());
    if (read.rfm_day != RfmDay::kToday && read.rfm_day != RfmDay::kAfterLastOrder) {
      faults.Add("rfm.day", "INVALID_RFM_DAY", "must be one of the declared values");
    }
  }
  read.rfm_nightly = message.rfm().nightly();
  ABSL_RETURN_IF_ERROR(faults.ToStatus());
  return read;
}

// What was counted by the company's days stays, and the dates of customers: they are kept as the
// start of their day.
absl::Status CheckZoneFixed(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(const bool orders, orders::Any(db));
  ABSL_ASSIGN_OR_RETURN(const bool events, behaviour::Any(db));
  if (orders || events) {
    return FailedPrecondition(
        "TIME_ZONE_IN_USE",
        "there are orders or events: the company's days cannot be others any more");
  }
  ABSL_ASSIGN_OR_RETURN(const bool dates, attributes::AnyTime(db));
  if (dates) {
    return FailedPrecondition("TIME_ZONE_IN_USE",
                              "customers have values of a TIME attribute: dates among them would "
                              "be other days in another zone");
  }
  return absl::OkStatus();
}

// What orders and rates were counted by stays.
absl::Status CheckCurrencyFixed(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(const bool orders, orders::Any(db));
  ABSL_ASSIGN_OR_RETURN(const bool rates, settings::AnyRate(db));
  if (orders || rates) {
    return FailedPrecondition("BASE_CURRENCY_IN_USE",
                              "there are orders or rates in terms of the base currency");
  }
  return absl::OkStatus();
}

absl::Status CheckFixed(Snapshot& db, const CompanySettings& before, const CompanySettings& after) {
  if (after.time_zone != before.time_zone) ABSL_RETURN_IF_ERROR(CheckZoneFixed(db));
  if (after.base_currency != before.base_currency) ABSL_RETURN_IF_ERROR(CheckCurrencyFixed(db));
  return absl::OkStatus();
}

absl::Status CheckName(const std::string& name, absl::string_view field) {
  if (name == kName) return absl::OkStatus();
  return FieldError(field, name.empty() ? "NAME_MISSING" : "INVALID_NAME",
                    "must be 'companySettings'");
}

void Publish(Transaction& tx, const CompanySettings& before, const CompanySettings& after) {
  v1::CompanySettingsUpdated event;
  for (const Field& field : kTable) {
    if (field.same(before, after)) continue;
    event.mutable_changed_fields()->add_paths(std::string(field.path));
  }
  event.set_time_zone(after.time_zone);
  event.set_base_currency(after.base_currency);
  tx.Publish(PackEvent(kName, "", event));
}

}  // namespace

absl::StatusOr<v1::CompanySettings> GetCompanySettings(
    Snapshot& db, const v1::GetCompanySettingsRequest& request) {
  ABSL_RETURN_IF_ERROR(CheckName(request.name(), "name"));
  ABSL_ASSIGN_OR_RETURN(const CompanySettings settings, settings::Load(db));
  return WriteSettings(settings);
}

absl::StatusOr<v1::CompanySettings> UpdateCompanySettings(
    Transaction& tx, const v1::UpdateCompanySettingsRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  const v1::CompanySettings& message = request.company_settings();
  ABSL_RETURN_IF_ERROR(CheckName(message.name(), "company_settings.name"));
  ABSL_ASSIGN_OR_RETURN(const CompanySettings before, settings::Load(tx));
  ABSL_RETURN_IF_ERROR(CheckEtag(message.etag(), EtagOf(before)));
  ABSL_ASSIGN_OR_RETURN(const Mask mask, ReadMask(request));
  const absl::StatusOr<CompanySettings> read = ReadSettings(message, mask);
  if (!read.ok()) return PrefixFields(read.status(), "company_settings.");
  CompanySettings after = before;
  bool changed = false;
  for (size_t i = 0; i < kFields; ++i) {
    if (!mask[i] || kTable[i].same(*read, before)) continue;
    kTable[i].copy(*read, after);
    changed = true;
  }
  if (!changed) return WriteSettings(before);
  ABSL_RETURN_IF_ERROR(CheckFixed(tx, before, after));
  ++after.version;
  after.update_time = tx.now();
  ABSL_RETURN_IF_ERROR(settings::Save(tx, after));
  Publish(tx, before, after);
  if (after.time_zone != before.time_zone) {
    ABSL_RETURN_IF_ERROR(RecomputeSegments(tx));
    ABSL_RETURN_IF_ERROR(MoveRfmNight(tx));
  }
  return WriteSettings(after);
}

std::unique_ptr<rpc::Service> RegisterSettings(const rpc::Environment& environment) {
  auto service =
      std::make_unique<rpc::Service>(environment, v1::SettingsService::service_full_name());
  service->Read("GetCompanySettings", GetCompanySettings);
  service->Write("UpdateCompanySettings", UpdateCompanySettings);
  service->Read("GetCurrencyRate", GetCurrencyRate);
  service->Read("ListCurrencyRates", ListCurrencyRates);
  service->Write("UpdateCurrencyRate", UpdateCurrencyRate);
  service->Write("BatchUpsertCurrencyRates", BatchUpsertCurrencyRates);
  service->Write("DeleteCurrencyRate", DeleteCurrencyRate);
  service->Finish();
  return service;
}

}  // namespace regulars::customer
