#include "customer-svc/rpc/customer_writes.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/etag.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/status_proto.h"
#include "customer-svc/domain/customer_rules.h"
#include "customer-svc/domain/text_rules.h"
#include "customer-svc/rpc/customer_messages.h"
#include "customer-svc/rpc/customer_reads.h"
#include "customer-svc/store/orders.h"

namespace regulars::customer {
namespace {

constexpr int kMaxItems = 1000;
constexpr int kMaxTagsPerCall = 20;

absl::Status CheckNewName(const v1::Customer& customer) {
  if (customer.name().empty()) return absl::OkStatus();
  return FieldError("customer.name", "NAME_NOT_ALLOWED", "must be empty: the service makes it");
}

absl::StatusOr<CustomerMask> ReadMask(const google::protobuf::FieldMask& mask) {
  return CustomerMask::Parse(std::vector<std::string>(mask.paths().begin(), mask.paths().end()));
}

// Paths of refusals start at the upsert.
absl::StatusOr<ChangedCustomer> UpsertMessage(Transaction& tx, CustomerContext& context,
                                              const v1::CustomerUpsert& message) {
  ABSL_RETURN_IF_ERROR(CheckNewName(message.customer()));
  CustomerUpsert upsert;
  if (message.update_mask().paths_size() > 0) {
    ABSL_ASSIGN_OR_RETURN(upsert.mask, ReadMask(message.update_mask()));
  }
  upsert.etag = message.customer().etag();
  absl::StatusOr<Customer> input = ReadCustomer(message.customer());
  if (!input.ok()) return PrefixFields(input.status(), "customer.");
  upsert.customer = *std::move(input);
  absl::StatusOr<ChangedCustomer> changed = ApplyUpsert(tx, context, std::move(upsert));
  if (!changed.ok()) return PrefixFields(changed.status(), "customer.");
  return changed;
}

absl::StatusOr<type::v1::UpsertResult> UpsertForResult(Transaction& tx, CustomerContext& context,
                                                       const v1::CustomerUpsert& upsert) {
  ABSL_ASSIGN_OR_RETURN(const ChangedCustomer changed, UpsertMessage(tx, context, upsert));
  type::v1::UpsertResult result;
  result.set_outcome(changed.outcome);
  result.set_name(rpc::Name("customers", changed.customer.id));
  return result;
}

absl::Status CheckTagList(const google::protobuf::RepeatedPtrField<std::string>& tags,
                          absl::string_view field) {
  if (tags.size() > kMaxTagsPerCall) {
    return FieldError(field, "TOO_MANY_TAGS", "must be at most 20 tags");
  }
  for (int i = 0; i < tags.size(); ++i) {
    if (IsTag(tags[i])) continue;
    return FieldError(absl::StrCat(field, "[", i, "]"), "INVALID_TAG",
                      "must be 1 to 64 letters, digits, '-', '_', '.', ':'");
  }
  return absl::OkStatus();
}

absl::Status CheckTagRequest(const v1::TagCustomersRequest& request) {
  if (request.customers().empty() || request.customers_size() > kMaxItems) {
    return FieldError("customers", "INVALID_BATCH_SIZE", "must be 1 to 1000 names");
  }
  ABSL_RETURN_IF_ERROR(CheckTagList(request.add_tags(), "add_tags"));
  ABSL_RETURN_IF_ERROR(CheckTagList(request.remove_tags(), "remove_tags"));
  if (request.add_tags().empty() && request.remove_tags().empty()) {
    return FieldError("add_tags", "TAGS_MISSING", "must hold a tag, unless remove_tags does");
  }
  for (const std::string& tag : request.remove_tags()) {
    if (std::find(request.add_tags().begin(), request.add_tags().end(), tag) !=
        request.add_tags().end()) {
      return FieldError("remove_tags", "TAG_ADDED_AND_REMOVED",
                        absl::StrCat("has '", tag, "', which is also added"));
    }
  }
  return absl::OkStatus();
}

void MoveTags(const v1::TagCustomersRequest& request, std::vector<std::string>& tags) {
  const auto removed = [&](const std::string& tag) {
    return std::find(request.remove_tags().begin(), request.remove_tags().end(), tag) !=
           request.remove_tags().end();
  };
  tags.erase(std::remove_if(tags.begin(), tags.end(), removed), tags.end());
  for (const std::string& tag : request.add_tags()) {
    if (std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(tag);
  }
}

}  // namespace

absl::StatusOr<v1::Customer> CreateCustomer(Transaction& tx,
                                            const v1::CreateCustomerRequest& request) {
  if (!request.has_customer()) return FieldError("customer", "CUSTOMER_MISSING", "is needed");
  ABSL_RETURN_IF_ERROR(CheckNewName(request.customer()));
  ABSL_ASSIGN_OR_RETURN(CustomerContext context, LoadCustomerContext(tx));
  absl::StatusOr<Customer> input = ReadCustomer(request.customer());
  if (!input.ok()) return PrefixFields(input.status(), "customer.");
  const absl::StatusOr<Customer> made = ApplyCreate(tx, context, *std::move(input));
  if (!made.ok()) return PrefixFields(made.status(), "customer.");
  return WriteNewCustomer(context.settings, *made);
}

absl::StatusOr<v1::Customer> UpdateCustomer(Transaction& tx,
                                            const v1::UpdateCustomerRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const Customer before,
                        LoadVisible(tx, request.customer().name(), "customer.name"));
  ABSL_RETURN_IF_ERROR(CheckEtag(request.customer().etag(), EtagOf(before)));
  absl::StatusOr<Customer> input = ReadCustomer(request.customer());
  if (!input.ok()) return PrefixFields(input.status(), "customer.");
  CustomerMask mask = CustomerMask::Of(*input);
  if (request.update_mask().paths_size() > 0) {
    ABSL_ASSIGN_OR_RETURN(mask, ReadMask(request.update_mask()));
  }
  ABSL_ASSIGN_OR_RETURN(CustomerContext context, LoadCustomerContext(tx));
  const absl::StatusOr<ChangedCustomer> changed =
      ApplyUpdate(tx, context, before, mask, *std::move(input));
  if (!changed.ok()) return PrefixFields(changed.status(), "customer.");
  return WriteCustomer(tx, context.settings, changed->customer);
}

absl::StatusOr<google::protobuf::Empty> DeleteCustomer(Transaction& tx,
                                                       const v1::DeleteCustomerRequest& request) {
  const absl::StatusOr<Customer> customer = LoadVisible(tx, request.name(), "name");
  if (absl::IsNotFound(customer.status()) && request.allow_missing()) {
    return google::protobuf::Empty();
  }
  ABSL_RETURN_IF_ERROR(customer.status());
  ABSL_RETURN_IF_ERROR(CheckEtag(request.etag(), EtagOf(*customer)));
  if (!request.force()) {
    ABSL_ASSIGN_OR_RETURN(const bool has_orders, orders::AnyOf(tx, customer->key));
    if (has_orders) {
      return FailedPrecondition("CUSTOMER_HAS_ORDERS",
                                "the customer has orders: send `force` to leave them without one");
    }
  }
  ABSL_RETURN_IF_ERROR(ApplyDelete(tx, *customer));
  return google::protobuf::Empty();
}

absl::StatusOr<v1::UpsertCustomerResponse> UpsertCustomer(
    Transaction& tx, const v1::UpsertCustomerRequest& request) {
  ABSL_ASSIGN_OR_RETURN(CustomerContext context, LoadCustomerContext(tx));
  const absl::StatusOr<ChangedCustomer> changed = UpsertMessage(tx, context, request.upsert());
  if (!changed.ok()) return PrefixFields(changed.status(), "upsert.");
  v1::UpsertCustomerResponse reply;
  ABSL_ASSIGN_OR_RETURN(*reply.mutable_customer(),
                        WriteCustomer(tx, context.settings, changed->customer));
  reply.set_outcome(changed->outcome);
  return reply;
}

absl::StatusOr<v1::BatchUpsertCustomersResponse> BatchUpsertCustomers(
    Transaction& tx, const v1::BatchUpsertCustomersRequest& request) {
  if (request.upserts().empty() || request.upserts_size() > kMaxItems) {
    return FieldError("upserts", "INVALID_BATCH_SIZE", "must be 1 to 1000 items");
  }
  ABSL_ASSIGN_OR_RETURN(CustomerContext context, LoadCustomerContext(tx));
  v1::BatchUpsertCustomersResponse reply;
  for (int i = 0; i < request.upserts_size(); ++i) {
    absl::StatusOr<type::v1::UpsertResult> result =
        UpsertForResult(tx, context, request.upserts(i));
    type::v1::UpsertResult& out = *reply.add_results();
    if (result.ok()) {
      out = *std::move(result);
    } else if (IsRefusal(result.status())) {
      out.set_outcome(type::v1::UPSERT_OUTCOME_REFUSED);
      *out.mutable_error() = ToProto(result.status());
    } else {
      return result.status();
    }
    out.set_index(i);
  }
  return reply;
}

absl::StatusOr<type::v1::UpsertResult> StreamUpsertCustomer(
    Transaction& tx, const v1::StreamUpsertCustomersRequest& request) {
  ABSL_ASSIGN_OR_RETURN(CustomerContext context, LoadCustomerContext(tx));
  return UpsertForResult(tx, context, request.upsert());
}

absl::StatusOr<v1::TagCustomersResponse> TagCustomers(Transaction& tx,
                                                      const v1::TagCustomersRequest& request) {
  ABSL_RETURN_IF_ERROR(CheckTagRequest(request));
  v1::TagCustomersResponse reply;
  for (int i = 0; i < request.customers_size(); ++i) {
    const std::string field = absl::StrCat("customers[", i, "]");
    ABSL_ASSIGN_OR_RETURN(const Customer before, LoadVisible(tx, request.customers(i), field));
    Customer after = before;
    MoveTags(request, after.tags);
    if (after.tags.size() > kMaxTags) {
      return FieldError(field, "TOO_MANY_TAGS",
                        absl::StrCat("would have more than ", kMaxTags, " tags"));
    }
    ABSL_ASSIGN_OR_RETURN(const bool changed, StoreChange(tx, before, after));
    if (changed) reply.set_changed_count(reply.changed_count() + 1);
  }
  return reply;
}

}  // namespace regulars::customer
