#include "customer-svc/rpc/customer_messages.h"

#include "absl/strings/str_cat.h"
#include "chassis/base/etag.h"
#include "chassis/base/money.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/timestamps.h"
#include "customer-svc/domain/locale_rules.h"
#include "customer-svc/domain/search_words.h"
#include "customer-svc/store/purchases.h"
#include "customer-svc/store/rfm.h"

namespace regulars::customer {
namespace {

absl::StatusOr<AttributeValue> ReadValue(const v1::AttributeValue& message,
                                         const std::string& field) {
  AttributeValue value;
  switch (message.value_case()) {
    case v1::AttributeValue::kBoolValue:
      return AttributeValue{AttributeType::kBool, message.bool_value(), ""};
    case v1::AttributeValue::kIntegerValue:
      return AttributeValue{AttributeType::kInteger, message.integer_value(), ""};
    case v1::AttributeValue::kDecimalMicros:
      return AttributeValue{AttributeType::kDecimal, message.decimal_micros(), ""};
    case v1::AttributeValue::kTextValue:
      return AttributeValue{AttributeType::kText, 0, message.text_value()};
    case v1::AttributeValue::kTimeValue: {
      ABSL_ASSIGN_OR_RETURN(const absl::Time time, rpc::FromTimestamp(message.time_value(), field));
      return AttributeValue{AttributeType::kTime, absl::ToUnixMicros(time), ""};
    }
    case v1::AttributeValue::kEnumValue:
      return AttributeValue{AttributeType::kEnum, 0, message.enum_value()};
    case v1::AttributeValue::VALUE_NOT_SET:
      break;
  }
  return AttributeValue();
}

v1::AttributeValue WriteValue(const AttributeValue& value) {
  v1::AttributeValue message;
  switch (value.type) {
    case AttributeType::kBool:
      message.set_bool_value(value.integer != 0);
      break;
    case AttributeType::kInteger:
      message.set_integer_value(value.integer);
      break;
    case AttributeType::kDecimal:
      message.set_decimal_micros(value.integer);
      break;
    case AttributeType::kText:
      message.set_text_value(value.text);
      break;
    case AttributeType::kTime:
      *message.mutable_time_value() = rpc::ToTimestamp(absl::FromUnixMicros(value.integer));
      break;
    case AttributeType::kEnum:
      message.set_enum_value(value.text);
      break;
    case AttributeType::kUnspecified:
      break;
  }
  return message;
}

void ReadLists(const v1::Customer& message, Customer& customer) {
  for (const v1::Email& email : message.emails()) {
    customer.emails.push_back(
        {email.address(), "", email.label(), email.primary(), email.verified()});
  }
  for (const v1::Phone& phone : message.phones()) {
    customer.phones.push_back({phone.number(), phone.label(), phone.primary(), phone.verified()});
  }
  for (const v1::ExternalId& id : message.external_ids()) {
    customer.external_ids.push_back({id.system(), id.id()});
  }
  customer.tags.assign(message.tags().begin(), message.tags().end());
  for (const v1::PostalAddress& address : message.addresses()) {
    customer.addresses.push_back({address.label(),
                                  address.recipient(),
                                  {address.lines().begin(), address.lines().end()},
                                  address.locality(),
                                  address.region(),
                                  address.postal_code(),
                                  address.country(),
                                  address.primary()});
  }
}

void WriteLists(const Customer& customer, v1::Customer& message) {
  for (const Email& email : customer.emails) {
    v1::Email& out = *message.add_emails();
    out.set_address(email.address);
    out.set_label(email.label);
    out.set_primary(email.primary);
    out.set_verified(email.verified);
  }
  for (const Phone& phone : customer.phones) {
    v1::Phone& out = *message.add_phones();
    out.set_number(phone.number);
    out.set_label(phone.label);
    out.set_primary(phone.primary);
    out.set_verified(phone.verified);
  }
  for (const ExternalId& id : customer.external_ids) {
    v1::ExternalId& out = *message.add_external_ids();
    out.set_system(id.system);
    out.set_id(id.id);
  }
  for (const std::string& tag : customer.tags) message.add_tags(tag);
  for (const PostalAddress& address : customer.addresses) {
    v1::PostalAddress& out = *message.add_addresses();
    out.set_label(address.label);
    out.set_recipient(address.recipient);
    for (const std::string& line : address.lines) out.add_lines(line);
    out.set_locality(address.locality);
    out.set_region(address.region);
    out.set_postal_code(address.postal_code);
    out.set_country(address.country);
    out.set_primary(address.primary);
  }
}

void WriteProfile(const Customer& customer, v1::Customer& message) {
  message.set_name(rpc::Name("customers", customer.id));
  message.set_display_name(DisplayName(customer));
  message.set_given_name(customer.given_name);
  message.set_family_name(customer.family_name);
  message.set_company(customer.company);
  message.set_kind(static_cast<v1::Customer::Kind>(customer.kind));
  message.set_language(customer.language);
  message.set_country(customer.country);
  message.set_time_zone(customer.time_zone);
  message.set_home_store(customer.home_store);
  message.set_birthday(customer.birthday);
  *message.mutable_create_time() = rpc::ToTimestamp(customer.create_time);
  *message.mutable_update_time() = rpc::ToTimestamp(customer.update_time);
  message.set_etag(EtagOf(customer));
  for (const auto& [id, value] : customer.attributes) {
    (*message.mutable_attributes())[id] = WriteValue(value);
  }
}

void SetMoney(int64_t micros, const CompanySettings& settings, type::v1::Money& money) {
  money.set_currency_code(settings.base_currency);
  money.set_micros(micros);
}

void WritePurchases(const PurchaseSummary& summary, const CompanySettings& settings,
                    v1::PurchaseSummary& message) {
  const PurchaseFigures& figures = summary.figures;
  if (summary.first_order_time) {
    *message.mutable_first_order_time() = rpc::ToTimestamp(*summary.first_order_time);
  }
  if (summary.last_order_time) {
    *message.mutable_last_order_time() = rpc::ToTimestamp(*summary.last_order_time);
  }
  message.set_order_count(figures.order_count);
  message.set_order_days(summary.order_days);
  message.set_return_count(figures.return_count);
  SetMoney(figures.sales_micros, settings, *message.mutable_sales_amount());
  SetMoney(figures.returned_micros, settings, *message.mutable_returned_amount());
  SetMoney(figures.revenue_micros(), settings, *message.mutable_revenue());
  if (figures.order_count > 0) {
    const auto average = MultiplyDivide(figures.sales_micros, 1, figures.order_count);
    SetMoney(average.value_or(0), settings, *message.mutable_average_order_amount());
  }
  message.set_units_sold_micros(figures.units_sold_micros);
  message.set_units_returned_micros(figures.units_returned_micros);
}

void WriteScore(const rfm::CustomerScore& score, const CompanySettings& settings,
                v1::RfmScore& message) {
  message.set_recency(static_cast<int32_t>(score.score.scores.recency));
  message.set_frequency(static_cast<int32_t>(score.score.scores.frequency));
  message.set_monetary(static_cast<int32_t>(score.score.scores.monetary));
  message.set_recency_days(score.score.figures.recency_days);
  message.set_order_days(score.score.figures.order_days);
  SetMoney(score.score.figures.revenue_micros, settings, *message.mutable_revenue());
  message.set_as_of(FormatDay(score.as_of));
  *message.mutable_compute_time() = rpc::ToTimestamp(score.compute_time);
}

}  // namespace

absl::StatusOr<Customer> ReadCustomer(const v1::Customer& message) {
  Customer customer;
  customer.display_name = message.display_name();
  customer.given_name = message.given_name();
  customer.family_name = message.family_name();
  customer.company = message.company();
  customer.kind = static_cast<CustomerKind>(message.kind());
  customer.language = message.language();
  customer.country = message.country();
  customer.time_zone = message.time_zone();
  customer.home_store = message.home_store();
  customer.birthday = message.birthday();
  ReadLists(message, customer);
  for (const auto& [id, value] : message.attributes()) {
    ABSL_ASSIGN_OR_RETURN(customer.attributes[id],
                          ReadValue(value, absl::StrCat("attributes.", id)));
  }
  return customer;
}

absl::StatusOr<v1::Customer> WriteCustomer(Snapshot& db, const CompanySettings& settings,
                                           const Customer& customer) {
  v1::Customer message;
  WriteProfile(customer, message);
  WriteLists(customer, message);
  ABSL_ASSIGN_OR_RETURN(const PurchaseSummary summary, purchases::Load(db, customer.key));
  WritePurchases(summary, settings, *message.mutable_purchases());
  ABSL_ASSIGN_OR_RETURN(const auto score, rfm::Load(db, customer.key));
  if (score) WriteScore(*score, settings, *message.mutable_rfm());
  return message;
}

v1::Customer WriteNewCustomer(const CompanySettings& settings, const Customer& customer) {
  v1::Customer message;
  WriteProfile(customer, message);
  WriteLists(customer, message);
  WritePurchases(PurchaseSummary(), settings, *message.mutable_purchases());
  return message;
}

std::string EtagOf(const Customer& customer) {
  return MakeEtag(customer.version, customer.update_time);
}

}  // namespace regulars::customer
