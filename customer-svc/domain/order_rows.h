// Lines of an order file: what each says. How those of one receipt make an order: receipt_rows.h.
//
//   ABSL_ASSIGN_OR_RETURN(OrderReading reading, ReadOrderOptions(options, settings));
//   ABSL_ASSIGN_OR_RETURN(OrderRows rows, OrderRows::Make(std::move(reading), header, now));
//   OrderRow row;
//   const RowFate fate = rows.Read(record->fields, row);
//
// Plain values. An OrderRows remembers what it read last, to read the like of it faster: it belongs
// to one thread.
#ifndef CUSTOMER_SVC_DOMAIN_ORDER_ROWS_H_
#define CUSTOMER_SVC_DOMAIN_ORDER_ROWS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "customer-svc/domain/country_names.h"
#include "customer-svc/domain/import.h"
#include "customer-svc/domain/import_columns.h"
#include "customer-svc/domain/import_format.h"
#include "customer-svc/domain/order.h"
#include "customer-svc/domain/settings.h"

namespace regulars::customer {

// Options that have been checked. Items are folded.
struct OrderReading {
  ImportFormat format;
  ColumnMapping mapping;
  CountryNames countries;
  std::string source;
  std::string customer_system;
  bool integer_customer_ids = false;
  std::string currency;
  std::string store;
  std::string channel;
  bool tax_included = false;
  std::string return_receipt_prefix;
  NegativeQuantity negative_quantity = NegativeQuantity::kRefuse;
  absl::flat_hash_set<std::string> charge_items;
  std::vector<std::string> charge_item_prefixes;
  absl::flat_hash_set<std::string> ignored_items;
};

// INVALID_ARGUMENT with INVALID_OPTIONS, UNKNOWN_FIELD, DUPLICATE_COLUMN or UNKNOWN_CHARSET, and
// the field at fault as a path from the options.
absl::StatusOr<OrderReading> ReadOrderOptions(const OrderLineOptions& options,
                                              const CompanySettings& settings);

// One line of the file: what it says of its order, and the order line that it is.
struct OrderRow {
  std::string receipt;
  absl::Time time;
  std::string customer;
  std::string email;
  std::string country;
  std::string store;
  std::string till;
  std::string staff;
  std::string channel;
  std::string currency;
  // Its sequence is the caller's.
  OrderLine line;
  // Whether the quantity stood there negative.
  bool negative = false;
};

// What becomes of a line before its order is known: it is read, ignored for a reason, or refused
// (without line and text).
struct RowRead {};
struct RowIgnored {
  std::string reason;
};
using RowFate = std::variant<RowRead, RowIgnored, Refusal>;

// Why an order is refused, without line and text: for all of its lines or, if that is set, for what
// one of them says (counted from 0).
struct OrderRefusal {
  Refusal refusal;
  std::optional<size_t> line;
};

class OrderRows {
 public:
  // Lines may be dated until shortly after `now`. INVALID_ARGUMENT with MISSING_COLUMN,
  // DUPLICATE_COLUMN or INVALID_OPTIONS.
  static absl::StatusOr<OrderRows> Make(OrderReading reading,
                                        const std::vector<std::string>& header, absl::Time now);

  RowFate Read(absl::Span<const absl::string_view> fields, OrderRow& row);

  // A refusal of a value: `field` as column rules name it.
  Refusal Refuse(absl::string_view field, absl::string_view reason, absl::string_view what) const;
  // Why an order of this file was refused, by the column of the field at fault. `by_email`: the
  // file tells the order's customer by e-mail alone.
  OrderRefusal Explain(const absl::Status& error, bool by_email) const;
  bool IsReturnReceipt(absl::string_view receipt) const;
  const OrderReading& reading() const { return reading_; }

 private:
  // In the sequence of kFieldNames.
  enum Field {
    kReceipt,
    kTime,
    kItem,
    kQuantity,
    kUnitPrice,
    kLineId,
    kDescription,
    kDiscount,
    kTax,
    kCustomer,
    kCustomerEmail,
    kCountry,
    kStore,
    kTill,
    kStaff,
    kChannel,
    kCurrency,
    kFields,
  };
  static const std::array<absl::string_view, kFields> kFieldNames;
  friend const ColumnRules& OrderColumnRules();

  OrderRows(OrderReading reading, Columns columns, absl::Time now);

  absl::string_view Text(absl::Span<const absl::string_view> fields, Field field) const {
    return column_[field] < 0 ? absl::string_view() : fields[static_cast<size_t>(column_[field])];
  }
  Refusal RefuseField(Field field, absl::string_view reason, absl::string_view what) const {
    return Refuse(kFieldNames[field], reason, what);
  }
  std::optional<Refusal> ReadNumber(absl::Span<const absl::string_view> fields, Field field,
                                    int64_t& micros) const;
  std::optional<Refusal> ReadTime(absl::string_view text, absl::Time& time);
  std::optional<Refusal> ReadCountry(absl::string_view text, std::string& country);
  std::optional<Refusal> ReadBuyer(absl::Span<const absl::string_view> fields, OrderRow& row);
  std::optional<Refusal> ReadHead(absl::Span<const absl::string_view> fields, OrderRow& row);
  RowFate ReadQuantity(absl::Span<const absl::string_view> fields, OrderRow& row);
  std::optional<Refusal> ReadLine(absl::Span<const absl::string_view> fields, OrderRow& row);
  std::optional<Refusal> Check(OrderRow& row);
  bool IsCharge(absl::string_view folded_item) const;

  OrderReading reading_;
  Columns columns_;
  absl::Time now_;
  std::array<int, kFields> column_;
  // What the last line said, and what that was.
  std::string last_time_text_;
  absl::Time last_time_;
  absl::flat_hash_map<std::string, std::optional<std::string>> known_countries_;
  // Serves Check(), so that nothing is allocated for each line.
  Order probe_;
};

// What the columns of an order file can be.
const ColumnRules& OrderColumnRules();

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_ORDER_ROWS_H_
