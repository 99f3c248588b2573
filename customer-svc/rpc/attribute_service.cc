#include "customer-svc/rpc/attribute_service.h"

#include <algorithm>
#include <any>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/etag.h"
#include "chassis/base/text.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/page_token.h"
#include "chassis/rpc/timestamps.h"
#include "chassis/tasks/task.h"
#include "customer-svc/domain/attribute.h"
#include "customer-svc/domain/facts.h"
#include "customer-svc/domain/text_rules.h"
#include "customer-svc/rpc/events.h"
#include "customer-svc/rpc/import_profiles.h"
#include "customer-svc/rpc/memberships.h"
#include "customer-svc/store/attributes.h"
#include "customer-svc/store/customers.h"
#include "regulars/customer/v1/attribute_service.grpc.pb.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::customer {
namespace {

constexpr char kCollection[] = "attributeDefinitions";
constexpr char kPurgeTask[] = "attribute_purge";
// Customers that one step of the purge looks at between two looks at the clock.
constexpr int64_t kPurgePiece = 200;

std::string EtagOf(const AttributeDefinition& definition) {
  return MakeEtag(definition.version, definition.update_time);
}

AttributeDefinition ReadDefinition(const v1::AttributeDefinition& message) {
  AttributeDefinition definition;
  definition.display_name = message.display_name();
  definition.description = message.description();
  definition.type = static_cast<AttributeType>(message.type());
  definition.enum_values.assign(message.enum_values().begin(), message.enum_values().end());
  return definition;
}

v1::AttributeDefinition WriteDefinition(const AttributeDefinition& definition) {
  v1::AttributeDefinition message;
  message.set_name(rpc::Name(kCollection, definition.id));
  message.set_display_name(definition.display_name);
  message.set_description(definition.description);
  message.set_type(static_cast<v1::AttributeDefinition::Type>(definition.type));
  for (const std::string& value : definition.enum_values) message.add_enum_values(value);
  *message.mutable_create_time() = rpc::ToTimestamp(definition.create_time);
  *message.mutable_update_time() = rpc::ToTimestamp(definition.update_time);
  message.set_etag(EtagOf(definition));
  return message;
}

absl::Status NoSuchAttribute(absl::string_view name) {
  return NotFound("ATTRIBUTE_NOT_FOUND",
                  absl::StrCat("there is no attribute '", EscapeForLog(name), "'"));
}

absl::StatusOr<AttributeDefinition> Load(Snapshot& db, const std::string& name,
                                         absl::string_view field) {
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName(kCollection, name, field));
  ABSL_ASSIGN_OR_RETURN(auto definition, attributes::FindDefinition(db, id));
  if (!definition) return NoSuchAttribute(name);
  return *std::move(definition);
}

absl::StatusOr<v1::AttributeDefinition> Insert(Transaction& tx, const std::string& id,
                                               const v1::AttributeDefinition& message) {
  AttributeDefinition definition = ReadDefinition(message);
  if (const absl::Status checked = CheckDefinition(definition); !checked.ok()) {
    return PrefixFields(checked, "attribute_definition.");
  }
  ABSL_ASSIGN_OR_RETURN(const AttributeDefinitions all, attributes::LoadDefinitions(tx));
  if (all.contains(id)) {
    return AlreadyExists("ATTRIBUTE_EXISTS",
                         absl::StrCat("the attribute '", id, "' is declared already"));
  }
  if (all.size() >= kMaxDefinitions) {
    return Error(absl::StatusCode::kResourceExhausted, "200 attributes are declared already",
                 {.reason = "TOO_MANY_ATTRIBUTES"});
  }
  definition.id = id;
  definition.create_time = definition.update_time = tx.now();
  ABSL_RETURN_IF_ERROR(attributes::InsertDefinition(tx, definition));
  ABSL_RETURN_IF_ERROR(AttributeDefinitionsChanged(tx));
  return WriteDefinition(definition);
}

// Which fields an update means.
struct DefinitionMask {
  bool display_name = false;
  bool description = false;
  bool type = false;
  bool enum_values = false;
};

absl::StatusOr<DefinitionMask> ReadMask(const v1::UpdateAttributeDefinitionRequest& request) {
  const v1::AttributeDefinition& message = request.attribute_definition();
  if (request.update_mask().paths().empty()) {
    return DefinitionMask{!message.display_name().empty(), !message.description().empty(),
                          message.type() != v1::AttributeDefinition::TYPE_UNSPECIFIED,
                          message.enum_values_size() > 0};
  }
  DefinitionMask mask;
  for (const std::string& path : request.update_mask().paths()) {
    if (path == "*") return DefinitionMask{true, true, true, true};
    if (path == "display_name") {
      mask.display_name = true;
    } else if (path == "description") {
      mask.description = true;
    } else if (path == "type") {
      mask.type = true;
    } else if (path == "enum_values") {
      mask.enum_values = true;
    } else if (path != "name" && path != "create_time" && path != "update_time" && path != "etag") {
      return FieldError("update_mask", "INVALID_UPDATE_MASK",
                        absl::StrCat("names '", EscapeForLog(path),
                                     "', which is no field of an attribute definition"));
    }
  }
  return mask;
}

// Values that customers have must stay.
absl::Status CheckEnumValuesKept(Snapshot& db, const AttributeDefinition& before,
                                 const AttributeDefinition& after) {
  std::vector<std::string> gone;
  for (const std::string& value : before.enum_values) {
    if (std::find(after.enum_values.begin(), after.enum_values.end(), value) ==
        after.enum_values.end()) {
      gone.push_back(value);
    }
  }
  ABSL_ASSIGN_OR_RETURN(const auto used, attributes::FindUsedEnumValue(db, before, gone));
  if (!used) return absl::OkStatus();
  return Error(
      absl::StatusCode::kFailedPrecondition, absl::StrCat("customers have the value '", *used, "'"),
      {.reason = "ATTRIBUTE_VALUE_IN_USE",
       .violations = {{"attribute_definition.enum_values", "lacks a value that customers have"}},
       .metadata = {{"value", *used}}});
}

absl::StatusOr<StepEnd> StepPurge(Transaction& tx, Task& task) {
  const std::vector<std::string> input = absl::StrSplit(task.input, absl::MaxSplits('/', 1));
  int64_t definition = 0;
  int64_t cursor = 0;
  if (input.size() != 2 || !absl::SimpleAtoi(input[0], &definition)) {
    return Error(absl::StatusCode::kInternal, "the task's input is not readable",
                 {.reason = "TASK_DAMAGED"});
  }
  if (!task.cursor.empty() && !absl::SimpleAtoi(task.cursor, &cursor)) {
    return Error(absl::StatusCode::kInternal, "the task's cursor is not readable",
                 {.reason = "TASK_DAMAGED"});
  }
  do {
    ABSL_ASSIGN_OR_RETURN(const attributes::Purged purged,
                          attributes::PurgeValues(tx, definition, cursor, kPurgePiece));
    if (purged.done) return StepEnd::Done();
    for (const int64_t key : purged.customers) {
      ABSL_ASSIGN_OR_RETURN(const auto customer, customers::FindByKey(tx, key));
      if (!customer) continue;
      ABSL_RETURN_IF_ERROR(customers::Touch(tx, key));
      v1::CustomerUpdated event;
      event.set_customer(rpc::Name("customers", customer->id));
      event.mutable_changed_fields()->add_paths(absl::StrCat("attributes.", input[1]));
      tx.Publish(PackEvent(event.customer(), customer->home_store, event));
      ABSL_RETURN_IF_ERROR(MoveMemberships(tx, key, kProfileFacts | kAttributeFacts));
    }
    cursor = purged.cursor;
  } while (!tx.MustYield());
  task.cursor = absl::StrCat(cursor);
  return StepEnd::Again();
}

}  // namespace

absl::StatusOr<v1::AttributeDefinition> CreateAttributeDefinition(
    Transaction& tx, const v1::CreateAttributeDefinitionRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  if (!IsAttributeId(request.attribute_definition_id())) {
    return FieldError("attribute_definition_id", "INVALID_ATTRIBUTE_ID",
                      "must be [a-z][a-z0-9_]{0,62}");
  }
  return Insert(tx, request.attribute_definition_id(), request.attribute_definition());
}

absl::StatusOr<v1::AttributeDefinition> GetAttributeDefinition(
    Snapshot& db, const v1::GetAttributeDefinitionRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const AttributeDefinition definition, Load(db, request.name(), "name"));
  return WriteDefinition(definition);
}

absl::StatusOr<v1::ListAttributeDefinitionsResponse> ListAttributeDefinitions(
    Snapshot& db, const v1::ListAttributeDefinitionsRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  ABSL_ASSIGN_OR_RETURN(const AttributeDefinitions all, attributes::LoadDefinitions(db));
  v1::ListAttributeDefinitionsResponse reply;
  auto next = page.after.empty() ? all.begin() : all.upper_bound(page.after[0]);
  for (; next != all.end() && reply.attribute_definitions_size() < page.size; ++next) {
    *reply.add_attribute_definitions() = WriteDefinition(next->second);
  }
  if (next != all.end()) {
    reply.set_next_page_token(rpc::NextPageToken(request, db.now(), {std::prev(next)->first}));
  }
  return reply;
}

absl::StatusOr<v1::AttributeDefinition> UpdateAttributeDefinition(
    Transaction& tx, const v1::UpdateAttributeDefinitionRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  const v1::AttributeDefinition& message = request.attribute_definition();
  absl::StatusOr<AttributeDefinition> before =
      Load(tx, message.name(), "attribute_definition.name");
  if (absl::IsNotFound(before.status()) && request.allow_missing()) {
    ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName(kCollection, message.name()));
    if (!IsAttributeId(id)) {
      return FieldError("attribute_definition.name", "INVALID_ATTRIBUTE_ID",
                        "must end in [a-z][a-z0-9_]{0,62}");
    }
    return Insert(tx, id, message);
  }
  ABSL_RETURN_IF_ERROR(before.status());
  ABSL_RETURN_IF_ERROR(CheckEtag(message.etag(), EtagOf(*before)));
  ABSL_ASSIGN_OR_RETURN(const DefinitionMask mask, ReadMask(request));
  const AttributeDefinition input = ReadDefinition(message);
  if (mask.type && input.type != before->type) {
    return FieldError("attribute_definition.type", "FIELD_IMMUTABLE", "is fixed once made");
  }
  AttributeDefinition after = *before;
  if (mask.display_name) after.display_name = input.display_name;
  if (mask.description) after.description = input.description;
  if (mask.enum_values) after.enum_values = input.enum_values;
  if (const absl::Status checked = CheckDefinition(after); !checked.ok()) {
    return PrefixFields(checked, "attribute_definition.");
  }
  if (after.display_name == before->display_name && after.description == before->description &&
      after.enum_values == before->enum_values) {
    return WriteDefinition(after);
  }
  ABSL_RETURN_IF_ERROR(CheckEnumValuesKept(tx, *before, after));
  ++after.version;
  after.update_time = tx.now();
  ABSL_RETURN_IF_ERROR(attributes::UpdateDefinition(tx, after));
  ABSL_RETURN_IF_ERROR(AttributeDefinitionsChanged(tx));
  return WriteDefinition(after);
}

absl::StatusOr<google::protobuf::Empty> DeleteAttributeDefinition(
    Transaction& tx, const v1::DeleteAttributeDefinitionRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  const absl::StatusOr<AttributeDefinition> definition = Load(tx, request.name(), "name");
  if (absl::IsNotFound(definition.status()) && request.allow_missing()) {
    return google::protobuf::Empty();
  }
  ABSL_RETURN_IF_ERROR(definition.status());
  ABSL_RETURN_IF_ERROR(CheckEtag(request.etag(), EtagOf(*definition)));
  ABSL_ASSIGN_OR_RETURN(const int64_t customers, attributes::CountCustomers(tx, *definition));
  if (customers > 0 && !request.force()) {
    return FailedPrecondition(
        "ATTRIBUTE_IN_USE",
        absl::StrCat(customers, " customers have a value of it: send `force` to take it away"));
  }
  ABSL_RETURN_IF_ERROR(CheckNoProfileNames(tx, definition->id));
  ABSL_RETURN_IF_ERROR(attributes::DeleteDefinition(tx, *definition));
  ABSL_RETURN_IF_ERROR(AttributeDefinitionsChanged(tx));
  if (customers > 0) {
    ABSL_RETURN_IF_ERROR(
        tasks::Schedule(
            tx, {.kind = kPurgeTask, .input = absl::StrCat(definition->key, "/", definition->id)})
            .status());
  }
  return google::protobuf::Empty();
}

std::unique_ptr<rpc::Service> RegisterAttributes(const rpc::Environment& environment,
                                                 TaskRunner& runner) {
  runner.Add(kPurgeTask,
             {.step = [](Transaction& tx, Task& task, std::any&) { return StepPurge(tx, task); }});
  auto service =
      std::make_unique<rpc::Service>(environment, v1::AttributeService::service_full_name());
  service->Write("CreateAttributeDefinition", CreateAttributeDefinition);
  service->Read("GetAttributeDefinition", GetAttributeDefinition);
  service->Read("ListAttributeDefinitions", ListAttributeDefinitions);
  service->Write("UpdateAttributeDefinition", UpdateAttributeDefinition);
  service->Write("DeleteAttributeDefinition", DeleteAttributeDefinition);
  service->Finish();
  return service;
}

}  // namespace regulars::customer
