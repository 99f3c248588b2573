#include "customer-svc/rpc/order_update.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"
#include "customer-svc/rpc/order_flow_messages.h"
#include "customer-svc/rpc/order_messages.h"

namespace regulars::customer {
namespace {

// A field that callers write: whether a message sets it, and how it is taken over.
struct Field {
  absl::string_view path;
  bool (*is_set)(const v1::Order& message);
  absl::Status (*replace)(const v1::Order& message, Order& order);
};

template <const std::string& (v1::Order::*kGet)() const, std::string Order::*kMember>
constexpr Field Text(absl::string_view path) {
  return {path, [](const v1::Order& message) { return !(message.*kGet)().empty(); },
          [](const v1::Order& message, Order& order) {
            order.*kMember = (message.*kGet)();
            return absl::OkStatus();
          }};
}

// One that is fixed once the order is recorded.
template <const std::string& (v1::Order::*kGet)() const, std::string Order::*kMember>
constexpr Field Fixed(absl::string_view path) {
  Field field = Text<kGet, kMember>(path);
  field.replace = [](const v1::Order& message, Order& order) {
    if ((message.*kGet)() == order.*kMember) return absl::OkStatus();
    return InvalidArgument("FIELD_IMMUTABLE", absl::StrCat("is fixed: ", order.*kMember));
  };
  return field;
}

absl::Status ReplaceTime(const v1::Order& message, Order& order) {
  ABSL_ASSIGN_OR_RETURN(order.order_time, ReadOrderTime(message));
  return absl::OkStatus();
}

absl::Status ReplaceLines(const v1::Order& message, Order& order) {
  order.lines.clear();
  for (int i = 0; i < message.lines_size(); ++i) {
    ABSL_ASSIGN_OR_RETURN(order.lines.emplace_back(),
                          ReadLine(message.lines(i), absl::StrCat("lines[", i, "]")));
  }
  return absl::OkStatus();
}

constexpr size_t kFixedFields = 3;
constexpr Field kFields[] = {
    Fixed<&v1::Order::source, &Order::source>("source"),
    Fixed<&v1::Order::receipt_number, &Order::receipt_number>("receipt_number"),
    Fixed<&v1::Order::currency_code, &Order::currency>("currency_code"),
    {"order_time", [](const v1::Order& message) { return message.has_order_time(); }, ReplaceTime},
    Text<&v1::Order::store, &Order::store>("store"),
    Text<&v1::Order::till, &Order::till>("till"),
    Text<&v1::Order::staff, &Order::staff>("staff"),
    Text<&v1::Order::channel, &Order::channel>("channel"),
    Text<&v1::Order::country, &Order::country>("country"),
    {"tax_included", [](const v1::Order& message) { return message.tax_included(); },
     [](const v1::Order& message, Order& order) {
       order.tax_included = message.tax_included();
       return absl::OkStatus();
     }},
    {"lines", [](const v1::Order& message) { return message.lines_size() > 0; }, ReplaceLines},
    {"shipments", [](const v1::Order& message) { return message.shipments_size() > 0; },
     [](const v1::Order& message, Order& order) { return ReadShipments(message, order.flow); }},
    {"invoices", [](const v1::Order& message) { return message.invoices_size() > 0; },
     [](const v1::Order& message, Order& order) { return ReadInvoices(message, order.flow); }},
    {"payments", [](const v1::Order& message) { return message.payments_size() > 0; },
     [](const v1::Order& message, Order& order) { return ReadPayments(message, order.flow); }},
};

constexpr absl::string_view kBuyerPaths[] = {"customer", "customer_identifier"};
// Fields that only the service writes; naming them changes nothing.
constexpr absl::string_view kOutputOnly[] = {
    "name",        "state",       "exchange_rate", "totals", "base_totals",
    "create_time", "update_time", "cancel_time",   "etag",   "erased"};

template <size_t kSize>
bool Contains(const absl::string_view (&paths)[kSize], absl::string_view path) {
  return std::find(std::begin(paths), std::end(paths), path) != std::end(paths);
}

// The fields to change.
struct Mask {
  std::array<bool, std::size(kFields)> fields{};
  bool buyer = false;
};

bool NamesBuyer(const v1::Order& message) {
  return !message.customer().empty() || message.has_customer_identifier();
}

Mask SetFields(const v1::Order& message, bool all) {
  Mask mask{.buyer = all || NamesBuyer(message)};
  for (size_t i = 0; i < std::size(kFields); ++i) {
    // Who replaces all may leave out what cannot be replaced.
    mask.fields[i] = (all && i >= kFixedFields) || kFields[i].is_set(message);
  }
  return mask;
}

absl::StatusOr<Mask> ReadMask(const v1::UpdateOrderRequest& request) {
  const auto& paths = request.update_mask().paths();
  if (paths.empty()) return SetFields(request.order(), /*all=*/false);
  Mask mask;
  for (const std::string& path : paths) {
    if (path == "*") return SetFields(request.order(), /*all=*/true);
    const auto* field =
        std::find_if(std::begin(kFields), std::end(kFields),
                     [&](const Field& candidate) { return candidate.path == path; });
    if (field != std::end(kFields)) {
      mask.fields[static_cast<size_t>(field - std::begin(kFields))] = true;
    } else if (Contains(kBuyerPaths, path)) {
      mask.buyer = true;
    } else if (!Contains(kOutputOnly, absl::string_view(path).substr(0, path.find('.')))) {
      return FieldError("update_mask", "INVALID_UPDATE_MASK",
                        absl::StrCat("names '", EscapeForLog(path),
                                     "', which is no field of an order that can be changed"));
    }
  }
  return mask;
}

}  // namespace

absl::StatusOr<OrderUpdate> ReadOrderUpdate(const v1::UpdateOrderRequest& request,
                                            const Order& before) {
  ABSL_ASSIGN_OR_RETURN(const Mask mask, ReadMask(request));
  OrderUpdate update{.order = before, .buyer = mask.buyer};
  for (size_t i = 0; i < std::size(kFields); ++i) {
    if (!mask.fields[i]) continue;
    const absl::Status replaced = kFields[i].replace(request.order(), update.order);
    if (replaced.ok()) continue;
    if (i < kFixedFields) {
      return FieldError(absl::StrCat("order.", kFields[i].path), "FIELD_IMMUTABLE",
                        replaced.message());
    }
    return PrefixFields(replaced, "order.");
  }
  return update;
}

}  // namespace regulars::customer
