// Lines of a customer file as customers.
//
//   ABSL_ASSIGN_OR_RETURN(CustomerReading reading, ReadCustomerOptions(options, definitions,
//   settings)); ABSL_ASSIGN_OR_RETURN(const CustomerRows rows,
//   CustomerRows::Make(std::move(reading), header)); CustomerRow row; if (const auto fault =
//   rows.Read(record->fields, row)) Refuse(*fault);
//
// An empty cell says nothing: what it stands for stays as it is. Plain values and pure functions.
#ifndef CUSTOMER_SVC_DOMAIN_CUSTOMER_ROWS_H_
#define CUSTOMER_SVC_DOMAIN_CUSTOMER_ROWS_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "customer-svc/domain/attribute.h"
#include "customer-svc/domain/country_names.h"
#include "customer-svc/domain/customer.h"
#include "customer-svc/domain/import.h"
#include "customer-svc/domain/import_columns.h"
#include "customer-svc/domain/import_format.h"
#include "customer-svc/domain/settings.h"

namespace regulars::customer {

// Options that have been checked.
struct CustomerReading {
  ImportFormat format;
  ColumnMapping mapping;
  CountryNames countries;
  std::string customer_system;
  bool integer_customer_ids = false;
  std::string list_separator;
  // Country of addresses where the line tells none.
  std::string company_country;
  AttributeDefinitions definitions;
};

// INVALID_ARGUMENT with INVALID_OPTIONS, UNKNOWN_FIELD, DUPLICATE_COLUMN or UNKNOWN_CHARSET, and
// the field at fault as a path from the options.
absl::StatusOr<CustomerReading> ReadCustomerOptions(const CustomerOptions& options,
                                                    AttributeDefinitions definitions,
                                                    const CompanySettings& settings);

// Ids of the attributes that the options name.
std::vector<std::string> AttributesNamed(const CustomerOptions& options);

struct CustomerRow {
  Customer customer;
  // Which column each part of the customer came from: ("emails[0]", 3).
  std::vector<std::pair<std::string, size_t>> origins;
};

class CustomerRows {
 public:
  // INVALID_ARGUMENT with MISSING_COLUMN, DUPLICATE_COLUMN or INVALID_OPTIONS.
  static absl::StatusOr<CustomerRows> Make(CustomerReading reading,
                                           const std::vector<std::string>& header);

  // Reads one record into `row`; or why it cannot be read, without line and text.
  std::optional<Refusal> Read(absl::Span<const absl::string_view> fields, CustomerRow& row) const;

  // Says of a customer that was refused later which column was at fault.
  Refusal Explain(const CustomerRow& row, const absl::Status& error) const;

 private:
  enum class Field {
    kExternalId,
    kEmail,
    kPhone,
    kDisplayName,
    kGivenName,
    kFamilyName,
    kCompany,
    kKind,
    kLanguage,
    kCountry,
    kTimeZone,
    kBirthday,
    kHomeStore,
    kTags,
    kAddressLine,
    kAddressLocality,
    kAddressRegion,
    kAddressPostalCode,
    kAddressCountry,
    kAttribute,
  };
  // What one column of the file fills.
  struct Cell {
    Field field = Field::kEmail;
    size_t column = 0;
    // System of an external id, id of an attribute.
    std::string argument;
  };

  CustomerRows(CustomerReading reading, std::vector<std::string> header)
      : reading_(std::move(reading)), header_(std::move(header)) {}

  static Cell CellOf(const std::string& field, size_t column, const std::string& customer_system);
  // Path of a field whose name is all there is to it, and where its text goes; null: it needs more
  // than putting there.
  static std::string PathOf(Field field);
  static std::string* TextOf(Field field, Customer& customer);
  std::optional<Refusal> ReadCell(const Cell& cell, absl::string_view text, CustomerRow& row) const;
  std::optional<Refusal> ReadKind(const Cell& cell, absl::string_view text,
                                  Customer& customer) const;
  std::optional<Refusal> ReadAttribute(const Cell& cell, absl::string_view text,
                                       CustomerRow& row) const;
  std::optional<Refusal> ReadBirthday(const Cell& cell, absl::string_view text,
                                      CustomerRow& row) const;
  std::optional<Refusal> ReadCountry(const Cell& cell, absl::string_view text,
                                     std::string& country) const;
  void AddTags(const Cell& cell, absl::string_view text, CustomerRow& row) const;
  void FinishAddress(CustomerRow& row) const;
  Refusal Refuse(const Cell& cell, absl::string_view reason, absl::string_view what) const;

  CustomerReading reading_;
  std::vector<std::string> header_;
  std::vector<Cell> cells_;
};

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_CUSTOMER_ROWS_H_
