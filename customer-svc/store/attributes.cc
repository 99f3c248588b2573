#include "customer-svc/store/attributes.h"

#include <algorithm>

namespace regulars::customer::attributes {
namespace {

bool IsText(AttributeType type) {
  return type == AttributeType::kText || type == AttributeType::kEnum;
}

// Moves the counts of one definition, and of one of its enum values, by `by`.
absl::Status Count(Transaction& tx, const std::string& id, const AttributeValue& value,
                   int64_t by) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("UPDATE attribute_definition SET customer_count = customer_count + ? WHERE id = ?", by,
             id)
          .Run());
  if (value.type != AttributeType::kEnum) return absl::OkStatus();
  return tx
      .Sql(
          "UPDATE attribute_enum_value SET customer_count = customer_count + ? WHERE definition = "
          "(SELECT key FROM attribute_definition WHERE id = ?) AND value = ?",
          by, id, value.text)
      .Run();
}

absl::Status DeleteValue(Transaction& tx, int64_t customer, const std::string& id,
                         const AttributeValue& value) {
  ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM customer_attribute WHERE customer = ? AND definition = "
                              "(SELECT key FROM attribute_definition WHERE id = ?)",
                              customer, id)
                           .Run());
  return Count(tx, id, value, -1);
}

absl::Status InsertValue(Transaction& tx, int64_t customer, const std::string& id,
                         const AttributeValue& value) {
  std::optional<int64_t> integer;
  std::optional<absl::string_view> text;
  if (IsText(value.type)) {
    text = value.text;
  } else {
    integer = value.integer;
  }
  ABSL_RETURN_IF_ERROR(
      tx.Sql("INSERT INTO customer_attribute (customer, definition, integer, text) "
             "SELECT ?, key, ?, ? FROM attribute_definition WHERE id = ?",
             customer, integer, text, id)
          .Run());
  return Count(tx, id, value, 1);
}

absl::Status InsertEnumValue(Transaction& tx, const AttributeDefinition& definition, size_t place) {
  return tx
      .Sql(
          "INSERT INTO attribute_enum_value (definition, value, place, customer_count) "
          "VALUES (?, ?, ?, 0) "
          "ON CONFLICT (definition, value) DO UPDATE SET place = excluded.place",
          definition.key, definition.enum_values[place], static_cast<int64_t>(place))
      .Run();
}

absl::StatusOr<std::vector<std::string>> LoadEnumValues(Snapshot& db, int64_t definition) {
  return db
      .Sql("SELECT value FROM attribute_enum_value WHERE definition = ? ORDER BY place", definition)
      .All<std::string>();
}

}  // namespace

absl::StatusOr<AttributeDefinitions> LoadDefinitions(Snapshot& db) {
  AttributeDefinitions definitions;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT key, id, display_name, description, type, version, create_time, update_time "
             "FROM attribute_definition")
          .Each<int64_t, std::string, std::string, std::string, int64_t, int64_t, absl::Time,
                absl::Time>([&](int64_t key, std::string id, std::string display_name,
                                std::string description, int64_t type, int64_t version,
                                absl::Time create_time, absl::Time update_time) {
            AttributeDefinition& definition = definitions[id];
            definition = {key,
                          std::move(id),
                          std::move(display_name),
                          std::move(description),
                          static_cast<AttributeType>(type),
                          {},
                          version,
                          create_time,
                          update_time};
          }));
  for (auto& [id, definition] : definitions) {
    if (definition.type != AttributeType::kEnum) continue;
    ABSL_ASSIGN_OR_RETURN(definition.enum_values, LoadEnumValues(db, definition.key));
  }
  return definitions;
}

absl::Status LoadNamed(Snapshot& db, const Values& values, AttributeDefinitions& known) {
  for (const auto& [id, value] : values) {
    if (known.contains(id)) continue;
    ABSL_ASSIGN_OR_RETURN(auto definition, FindDefinition(db, id));
    if (definition) known[id] = *std::move(definition);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<AttributeDefinition>> FindDefinition(Snapshot& db,
                                                                  absl::string_view id) {
  ABSL_ASSIGN_OR_RETURN(
      auto row,
      db.Sql("SELECT key, display_name, description, type, version, create_time, update_time "
             "FROM attribute_definition WHERE id = ?",
             id)
          .First<int64_t, std::string, std::string, int64_t, int64_t, absl::Time, absl::Time>());
  if (!row) return std::nullopt;
  AttributeDefinition definition;
  definition.id = std::string(id);
  int64_t type;
  std::tie(definition.key, definition.display_name, definition.description, type,
           definition.version, definition.create_time, definition.update_time) = *std::move(row);
  definition.type = static_cast<AttributeType>(type);
  ABSL_ASSIGN_OR_RETURN(definition.enum_values, LoadEnumValues(db, definition.key));
  return definition;
}

absl::Status InsertDefinition(Transaction& tx, AttributeDefinition& definition) {
  ABSL_ASSIGN_OR_RETURN(
      const auto key,
      tx.Sql("INSERT INTO attribute_definition (id, display_name, description, type, "
             "customer_count, version, create_time, update_time) VALUES (?, ?, ?, ?, 0, ?, ?, ?) "
             "RETURNING key",
             definition.id, definition.display_name, definition.description,
             static_cast<int64_t>(definition.type), definition.version, definition.create_time,
             definition.update_time)
          .First<int64_t>());
  definition.key = key.value();  // RETURNING gives one row for each inserted.
  for (size_t i = 0; i < definition.enum_values.size(); ++i) {
    ABSL_RETURN_IF_ERROR(InsertEnumValue(tx, definition, i));
  }
  return absl::OkStatus();
}

absl::Status UpdateDefinition(Transaction& tx, const AttributeDefinition& definition) {
  ABSL_RETURN_IF_ERROR(tx.Sql("UPDATE attribute_definition SET display_name = ?, description = ?, "
                              "version = ?, update_time = ? WHERE key = ?",
                              definition.display_name, definition.description, definition.version,
                              definition.update_time, definition.key)
                           .Run());
  ABSL_ASSIGN_OR_RETURN(const std::vector<std::string> old_values,
                        LoadEnumValues(tx, definition.key));
  const std::vector<std::string>& values = definition.enum_values;
  for (const std::string& value : old_values) {
    if (std::find(values.begin(), values.end(), value) != values.end()) continue;
    ABSL_RETURN_IF_ERROR(
        tx.Sql("DELETE FROM attribute_enum_value WHERE definition = ? AND value = ?",
               definition.key, value)
            .Run());
  }
  for (size_t i = 0; i < values.size(); ++i) {
    ABSL_RETURN_IF_ERROR(InsertEnumValue(tx, definition, i));
  }
  return absl::OkStatus();
}

absl::Status DeleteDefinition(Transaction& tx, const AttributeDefinition& definition) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("DELETE FROM attribute_enum_value WHERE definition = ?", definition.key).Run());
  return tx.Sql("DELETE FROM attribute_definition WHERE key = ?", definition.key).Run();
}

absl::StatusOr<int64_t> CountCustomers(Snapshot& db, const AttributeDefinition& definition) {
  ABSL_ASSIGN_OR_RETURN(
      const auto count,
      db.Sql("SELECT customer_count FROM attribute_definition WHERE key = ?", definition.key)
          .First<int64_t>());
  return count.value_or(0);
}

absl::StatusOr<bool> AnyTime(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(
      const auto any,
      db.Sql("SELECT 1 FROM attribute_definition WHERE type = ? AND customer_count > 0 LIMIT 1",
             static_cast<int64_t>(AttributeType::kTime))
          .First<int64_t>());
  return any.has_value();
}

absl::StatusOr<std::optional<std::string>> FindUsedEnumValue(
    Snapshot& db, const AttributeDefinition& definition, const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    ABSL_ASSIGN_OR_RETURN(const auto count,
                          db.Sql("SELECT customer_count FROM attribute_enum_value "
                                 "WHERE definition = ? AND value = ?",
                                 definition.key, value)
                              .First<int64_t>());
    if (count.value_or(0) > 0) return value;
  }
  return std::nullopt;
}

absl::StatusOr<Values> LoadValues(Snapshot& db, int64_t customer) {
  Values values;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT d.id, d.type, a.integer, a.text FROM customer_attribute a "
             "JOIN attribute_definition d ON d.key = a.definition WHERE a.customer = ?",
             customer)
          .Each<std::string, int64_t, std::optional<int64_t>, std::optional<std::string>>(
              [&](std::string id, int64_t type, std::optional<int64_t> integer,
                  std::optional<std::string> text) {
                values[std::move(id)] = {static_cast<AttributeType>(type), integer.value_or(0),
                                         std::move(text).value_or("")};
              }));
  return values;
}

absl::Status WriteValues(Transaction& tx, int64_t customer, const Values& before,
                         const Values& after) {
  for (const auto& [id, value] : before) {
    const auto now = after.find(id);
    if (now != after.end() && now->second == value) continue;
    ABSL_RETURN_IF_ERROR(DeleteValue(tx, customer, id, value));
  }
  for (const auto& [id, value] : after) {
    const auto was = before.find(id);
    if (was != before.end() && was->second == value) continue;
    ABSL_RETURN_IF_ERROR(InsertValue(tx, customer, id, value));
  }
  return absl::OkStatus();
}

absl::StatusOr<Purged> PurgeValues(Transaction& tx, int64_t definition, int64_t cursor,
                                   int64_t limit) {
  Purged purged;
  ABSL_ASSIGN_OR_RETURN(const auto last,
                        tx.Sql("SELECT MAX(key) FROM "
                               "(SELECT key FROM customer WHERE key > ? ORDER BY key LIMIT ?)",
                               cursor, limit)
                            .First<std::optional<int64_t>>());
  purged.done = !last.has_value() || !last->has_value();
  if (purged.done) return purged;
  purged.cursor = **last;
  ABSL_RETURN_IF_ERROR(
      tx.Sql("DELETE FROM customer_attribute WHERE customer > ? AND customer <= ? AND "
             "definition = ? RETURNING customer",
             cursor, purged.cursor, definition)
          .Each<int64_t>([&](int64_t customer) { purged.customers.push_back(customer); }));
  return purged;
}

}  // namespace regulars::customer::attributes
