#include "customer-svc/rpc/import_options.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <utility>

#include "chassis/base/status_macros.h"
#include "customer-svc/domain/import_format.h"
#include "customer-svc/store/attributes.h"
#include "customer-svc/store/settings.h"

namespace regulars::customer {
namespace {

CsvFormat ReadCsv(const v1::CsvFormat& message) {
  return {.delimiter = message.delimiter(),
          .charset = message.charset(),
          .decimal_separator = message.decimal_separator(),
          .time_zone = message.time_zone(),
          .time_format = message.time_format()};
}

absl::StatusOr<NegativeQuantity> ReadNegative(v1::OrderLineImportOptions::NegativeQuantity value) {
  switch (value) {
    case v1::OrderLineImportOptions::NEGATIVE_QUANTITY_UNSPECIFIED:
    case v1::OrderLineImportOptions::NEGATIVE_QUANTITY_REFUSE:
      return NegativeQuantity::kRefuse;
    case v1::OrderLineImportOptions::NEGATIVE_QUANTITY_RETURN:
      return NegativeQuantity::kReturn;
    case v1::OrderLineImportOptions::NEGATIVE_QUANTITY_IGNORE:
      return NegativeQuantity::kIgnore;
    default:
      return OptionError("negative_quantity", "must be one of the declared values");
  }
}

}  // namespace

absl::StatusOr<OrderLineOptions> ReadOptions(const v1::OrderLineImportOptions& message) {
  OrderLineOptions options{
      .csv = ReadCsv(message.csv()),
      .columns = {message.columns().begin(), message.columns().end()},
      .source = message.source(),
      .customer_system = message.customer_system(),
      .integer_customer_ids = message.integer_customer_ids(),
      .currency = message.currency_code(),
      .store = message.store(),
      .channel = message.channel(),
      .tax_included = message.tax_included(),
      .return_receipt_prefix = message.return_receipt_prefix(),
      .charge_items = {message.charge_items().begin(), message.charge_items().end()},
      .charge_item_prefixes = {message.charge_item_prefixes().begin(),
                               message.charge_item_prefixes().end()},
      .ignored_items = {message.ignored_items().begin(), message.ignored_items().end()},
      .country_names = {message.country_names().begin(), message.country_names().end()}};
  ABSL_ASSIGN_OR_RETURN(options.negative_quantity, ReadNegative(message.negative_quantity()));
  return options;
}

CustomerOptions ReadOptions(const v1::CustomerImportOptions& message) {
  return {.csv = ReadCsv(message.csv()),
          .columns = {message.columns().begin(), message.columns().end()},
          .customer_system = message.customer_system(),
          .integer_customer_ids = message.integer_customer_ids(),
          .list_separator = message.list_separator(),
          .country_names = {message.country_names().begin(), message.country_names().end()}};
}

absl::StatusOr<OrderReading> CheckOptions(Snapshot& db, const v1::OrderLineImportOptions& message) {
  ABSL_ASSIGN_OR_RETURN(const OrderLineOptions options, ReadOptions(message));
  ABSL_ASSIGN_OR_RETURN(const CompanySettings settings, settings::Load(db));
  return ReadOrderOptions(options, settings);
}

absl::StatusOr<CustomerReading> CheckOptions(Snapshot& db,
                                             const v1::CustomerImportOptions& message) {
  ABSL_ASSIGN_OR_RETURN(AttributeDefinitions definitions, attributes::LoadDefinitions(db));
  ABSL_ASSIGN_OR_RETURN(const CompanySettings settings, settings::Load(db));
  return ReadCustomerOptions(ReadOptions(message), std::move(definitions), settings);
}

std::string SerializeOptions(const google::protobuf::MessageLite& options) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  options.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

}  // namespace regulars::customer
