#include "customer-svc/rpc/currency_rates.h"

#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/money.h"
#include "chassis/base/text.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/page_token.h"
#include "chassis/rpc/status_proto.h"
#include "chassis/rpc/timestamps.h"
#include "customer-svc/domain/locale_rules.h"
#include "customer-svc/domain/rate.h"
#include "customer-svc/rpc/events.h"
#include "customer-svc/store/settings.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::customer {
namespace {

using settings::DatedRate;

constexpr char kCollection[] = "currencyRates";
constexpr int kMaxItems = 1000;
constexpr size_t kCurrencyLength = 3;

// Which rate is meant.
struct RateId {
  std::string currency;
  absl::CivilDay day;
  friend bool operator==(const RateId&, const RateId&) = default;
};

std::string NameOf(const RateId& id) {
  return rpc::Name(kCollection,
                   absl::StrCat(absl::AsciiStrToLower(id.currency), "-", FormatDay(id.day)));
}

v1::CurrencyRate WriteRate(const DatedRate& rate) {
  v1::CurrencyRate message;
  message.set_name(NameOf({rate.currency, rate.day}));
  message.set_currency_code(rate.currency);
  message.set_date(FormatDay(rate.day));
  message.set_rate(rate.rate.ToText());
  *message.mutable_update_time() = rpc::ToTimestamp(rate.update_time);
  return message;
}

absl::StatusOr<RateId> MakeId(const std::string& currency, absl::string_view date) {
  if (!IsCurrency(currency)) {
    return FieldError("currency_code", "INVALID_CURRENCY", "must be an ISO 4217 code");
  }
  const std::optional<absl::CivilDay> day = ParseDay(date);
  if (!day) return FieldError("date", "INVALID_DATE", "must be a day like '2026-03-31'");
  return RateId{currency, *day};
}

// "currencyRates/usd-2026-03-31".
absl::StatusOr<RateId> ParseRateName(const std::string& name, absl::string_view field) {
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName(kCollection, name, field));
  if (id.size() > kCurrencyLength && id[kCurrencyLength] == '-' &&
      id == absl::AsciiStrToLower(id)) {
    const absl::StatusOr<RateId> parsed =
        MakeId(absl::AsciiStrToUpper(id.substr(0, kCurrencyLength)),
               absl::string_view(id).substr(kCurrencyLength + 1));
    if (parsed.ok()) return parsed;
    return FieldError(field, GetErrorDetails(parsed.status()).reason,
                      absl::StrCat("is '", EscapeForLog(name),
                                   "': it must end in a currency and a day, 'usd-2026-03-31'"));
  }
  return FieldError(field, "INVALID_NAME", "must be like 'currencyRates/usd-2026-03-31'");
}

// The rate that a message means by its name, its currency and day, or both. Paths start at the
// rate.
absl::StatusOr<RateId> ReadId(const v1::CurrencyRate& message) {
  std::optional<RateId> named;
  if (!message.name().empty()) {
    ABSL_ASSIGN_OR_RETURN(named, ParseRateName(message.name(), "name"));
  }
  const bool parts = !message.currency_code().empty() || !message.date().empty();
  if (!parts && named) return *named;
  const std::string currency =
      message.currency_code().empty() && named ? named->currency : message.currency_code();
  const std::string date = message.date().empty() && named ? FormatDay(named->day) : message.date();
  ABSL_ASSIGN_OR_RETURN(const RateId id, MakeId(currency, date));
  if (named && !(*named == id)) {
    return FieldError("name", "RATE_NAME_MISMATCH", "must agree with currency_code and date");
  }
  return id;
}

absl::Status NoSuchRate(const RateId& id) {
  return NotFound("RATE_NOT_FOUND", absl::StrCat("there is no '", NameOf(id), "'"));
}

struct SetRate {
  DatedRate rate;
  type::v1::UpsertOutcome outcome;
};

// Paths of refusals start at the rate; they come before anything was written.
absl::StatusOr<SetRate> Set(Transaction& tx, const std::string& base_currency,
                            const v1::CurrencyRate& message, bool allow_missing) {
  ABSL_ASSIGN_OR_RETURN(const RateId id, ReadId(message));
  if (id.currency == base_currency) {
    return FieldError("currency_code", "INVALID_CURRENCY", "must not be the base currency");
  }
  ABSL_ASSIGN_OR_RETURN(const Rate rate, Rate::Parse(message.rate()));
  ABSL_ASSIGN_OR_RETURN(const auto before, settings::GetRate(tx, id.currency, id.day));
  if (!before && !allow_missing) return NoSuchRate(id);
  if (before && before->rate == rate) {
    return SetRate{*before, type::v1::UPSERT_OUTCOME_UNCHANGED};
  }
  const DatedRate after = {id.currency, id.day, rate, tx.now()};
  ABSL_RETURN_IF_ERROR(settings::PutRate(tx, after));
  v1::CurrencyRateSet event;
  event.set_currency_code(id.currency);
  event.set_date(FormatDay(id.day));
  event.set_rate(rate.ToText());
  tx.Publish(PackEvent(NameOf(id), "", event));
  return SetRate{after,
                 before ? type::v1::UPSERT_OUTCOME_UPDATED : type::v1::UPSERT_OUTCOME_CREATED};
}

}  // namespace

absl::StatusOr<v1::CurrencyRate> GetCurrencyRate(Snapshot& db,
                                                 const v1::GetCurrencyRateRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const RateId id, ParseRateName(request.name(), "name"));
  ABSL_ASSIGN_OR_RETURN(const auto rate, settings::GetRate(db, id.currency, id.day));
  if (!rate) return NoSuchRate(id);
  return WriteRate(*rate);
}

absl::StatusOr<v1::ListCurrencyRatesResponse> ListCurrencyRates(
    Snapshot& db, const v1::ListCurrencyRatesRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now(), {.parts = 2}));
  ABSL_ASSIGN_OR_RETURN(const filter::Expression filter,
                        settings::CompileRateFilter(request.filter()));
  std::optional<settings::RatePlace> after;
  if (!page.after.empty()) {
    const std::optional<absl::CivilDay> day = ParseDay(page.after[1]);
    if (!day) {
      return rpc::InvalidPageToken();
    }
    after = {page.after[0], *day};
  }
  ABSL_ASSIGN_OR_RETURN(const auto rates, settings::ListRates(db, filter, after, page.size + 1));
  v1::ListCurrencyRatesResponse reply;
  for (const DatedRate& rate : rates) {
    if (reply.currency_rates_size() == page.size) {
      const v1::CurrencyRate& last = reply.currency_rates().at(reply.currency_rates_size() - 1);
      reply.set_next_page_token(
          rpc::NextPageToken(request, db.now(), {last.currency_code(), last.date()}));
      break;
    }
    *reply.add_currency_rates() = WriteRate(rate);
  }
  return reply;
}

absl::StatusOr<v1::CurrencyRate> UpdateCurrencyRate(Transaction& tx,
                                                    const v1::UpdateCurrencyRateRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  ABSL_RETURN_IF_ERROR(
      ParseRateName(request.currency_rate().name(), "currency_rate.name").status());
  bool sets_rate = request.update_mask().paths().empty();
  for (const std::string& path : request.update_mask().paths()) {
    sets_rate = sets_rate || path == "rate" || path == "*";
    if (path == "rate" || path == "*" || path == "name" || path == "update_time") continue;
    return FieldError("update_mask", "INVALID_UPDATE_MASK",
                      absl::StrCat("names '", EscapeForLog(path), "': only `rate` can be changed"));
  }
  if (!sets_rate) {
    return FieldError("update_mask", "INVALID_UPDATE_MASK", "does not name `rate`");
  }
  ABSL_ASSIGN_OR_RETURN(const CompanySettings settings, settings::Load(tx));
  const absl::StatusOr<SetRate> set =
      Set(tx, settings.base_currency, request.currency_rate(), request.allow_missing());
  if (!set.ok()) return PrefixFields(set.status(), "currency_rate.");
  return WriteRate(set->rate);
}

absl::StatusOr<v1::BatchUpsertCurrencyRatesResponse> BatchUpsertCurrencyRates(
    Transaction& tx, const v1::BatchUpsertCurrencyRatesRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  if (request.currency_rates().empty() || request.currency_rates_size() > kMaxItems) {
    return FieldError("currency_rates", "INVALID_BATCH_SIZE", "must be 1 to 1000 rates");
  }
  ABSL_ASSIGN_OR_RETURN(const CompanySettings settings, settings::Load(tx));
  v1::BatchUpsertCurrencyRatesResponse reply;
  for (int i = 0; i < request.currency_rates_size(); ++i) {
    const absl::StatusOr<SetRate> set =
        Set(tx, settings.base_currency, request.currency_rates(i), /*allow_missing=*/true);
    type::v1::UpsertResult& result = *reply.add_results();
    result.set_index(i);
    if (set.ok()) {
      result.set_outcome(set->outcome);
      result.set_name(NameOf({set->rate.currency, set->rate.day}));
    } else if (absl::IsInvalidArgument(set.status())) {
      result.set_outcome(type::v1::UPSERT_OUTCOME_REFUSED);
      *result.mutable_error() = ToProto(set.status());
    } else {
      return set.status();
    }
  }
  return reply;
}

absl::StatusOr<google::protobuf::Empty> DeleteCurrencyRate(
    Transaction& tx, const v1::DeleteCurrencyRateRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  ABSL_ASSIGN_OR_RETURN(const RateId id, ParseRateName(request.name(), "name"));
  ABSL_ASSIGN_OR_RETURN(const auto rate, settings::GetRate(tx, id.currency, id.day));
  if (!rate && request.allow_missing()) return google::protobuf::Empty();
  if (!rate) return NoSuchRate(id);
  ABSL_RETURN_IF_ERROR(settings::DeleteRate(tx, id.currency, id.day));
  v1::CurrencyRateDeleted event;
  event.set_currency_code(id.currency);
  event.set_date(FormatDay(id.day));
  tx.Publish(PackEvent(NameOf(id), "", event));
  return google::protobuf::Empty();
}

}  // namespace regulars::customer
