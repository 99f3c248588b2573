#include "campaign-svc/store/templates.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"

namespace regulars::campaign::templates {
namespace {

using storage_internal::ToParameter;
using Json = nlohmann::json;

std::string EncodeVariables(const std::vector<TemplateVariable>& variables) {
  Json list = Json::array();
  for (const TemplateVariable& variable : variables) {
    Json item = {{"name", variable.name}};
    if (variable.fallback) item["fallback"] = *variable.fallback;
    if (!variable.description.empty()) item["description"] = variable.description;
    list.push_back(std::move(item));
  }
  return list.dump();
}

absl::StatusOr<std::vector<TemplateVariable>> DecodeVariables(const std::string& text) {
  const Json list = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!list.is_array()) {
    return Error(absl::StatusCode::kDataLoss, "a template's variables cannot be read",
                 {.reason = "STORE_DAMAGED"});
  }
  std::vector<TemplateVariable> variables;
  for (const Json& item : list) {
    TemplateVariable& variable = variables.emplace_back();
    variable.name = item.value("name", "");
    variable.description = item.value("description", "");
    if (item.contains("fallback")) variable.fallback = item.value("fallback", "");
  }
  return variables;
}

absl::StatusOr<std::vector<Template>> Select(Snapshot& db, absl::string_view condition,
                                             const std::vector<Parameter>& parameters) {
  std::vector<Template> rows;
  const std::string sql = absl::StrCat(
      "SELECT key, id, display_name, channel, purpose, topic, number, version, create_time, "
      "update_time FROM template ",
      condition);
  ABSL_RETURN_IF_ERROR(db.SqlWith(sql, parameters)
                           .Each<int64_t, std::string, std::string, int64_t, int64_t, std::string,
                                 int64_t, int64_t, absl::Time, absl::Time>(
                               [&](int64_t key, std::string id, std::string name, int64_t channel,
                                   int64_t purpose, std::string topic, int64_t number,
                                   int64_t version, absl::Time created, absl::Time updated) {
                                 rows.push_back({.key = key,
                                                 .id = std::move(id),
                                                 .display_name = std::move(name),
                                                 .channel = static_cast<Channel>(channel),
                                                 .purpose = static_cast<Purpose>(purpose),
                                                 .topic = std::move(topic),
                                                 .number = number,
                                                 .version = version,
                                                 .create_time = created,
                                                 .update_time = updated});
                               }));
  return rows;
}

absl::StatusOr<std::optional<Template>> One(absl::StatusOr<std::vector<Template>> rows) {
  if (!rows.ok()) return rows.status();
  if (rows->empty()) return std::optional<Template>();
  return std::optional<Template>(std::move(rows->front()));
}

}  // namespace

absl::StatusOr<std::optional<Template>> Find(Snapshot& db, absl::string_view id) {
  return One(Select(db, "WHERE id = ?", {ToParameter(id)}));
}

absl::StatusOr<std::optional<Template>> FindByKey(Snapshot& db, int64_t key) {
  return One(Select(db, "WHERE key = ?", {ToParameter(key)}));
}

absl::StatusOr<std::optional<Template>> FindWithVersion(Snapshot& db, int64_t key, int64_t number) {
  ABSL_ASSIGN_OR_RETURN(auto row, FindByKey(db, key));
  ABSL_ASSIGN_OR_RETURN(
      auto topic,
      db.Sql("SELECT topic FROM template_version WHERE template = ? AND number = ?", key, number)
          .First<std::string>());
  if (!row || !topic) return std::optional<Template>();
  row->number = number;
  row->topic = *std::move(topic);
  return row;
}

absl::StatusOr<std::vector<Template>> List(Snapshot& db, absl::string_view after, int64_t limit) {
  return Select(db, "WHERE id > ? ORDER BY id LIMIT ?", {ToParameter(after), ToParameter(limit)});
}

absl::StatusOr<int64_t> Count(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(const auto count, db.Sql("SELECT COUNT(*) FROM template").First<int64_t>());
  return count.value_or(0);
}

absl::StatusOr<bool> IsUsed(Snapshot& db, int64_t key) {
  // 5 and 6: finished and cancelled. What waits is of a campaign, or single. The indices are named
  // so that SQLite looks through that alone.
  ABSL_ASSIGN_OR_RETURN(
      const auto used,
      db.Sql("SELECT EXISTS (SELECT 1 FROM campaign WHERE template = ? AND state NOT IN (5, 6)) OR "
             "EXISTS (SELECT 1 FROM message INDEXED BY message_waiting WHERE state = 1 AND "
             "campaign = 0 AND template = ?) OR "
             "EXISTS (SELECT 1 FROM message INDEXED BY message_claimed WHERE state IN (2, 3) AND "
             "template = ?)",
             key, key, key)
          .First<bool>());
  return used.value_or(false);
}

absl::Status Insert(Transaction& tx, Template& row) {
  ABSL_ASSIGN_OR_RETURN(
      const auto key,
      tx.Sql("INSERT INTO template (id, display_name, channel, purpose, topic, number, version, "
             "create_time, update_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING key",
             row.id, row.display_name, static_cast<int64_t>(row.channel),
             static_cast<int64_t>(row.purpose), row.topic, row.number, row.version, row.create_time,
             row.update_time)
          .First<int64_t>());
  row.key = key.value_or(0);
  return absl::OkStatus();
}

absl::Status Update(Transaction& tx, const Template& row) {
  return tx
      .Sql(
          "UPDATE template SET display_name = ?, topic = ?, number = ?, version = ?, "
          "update_time = ? WHERE key = ?",
          row.display_name, row.topic, row.number, row.version, row.update_time, row.key)
      .Run();
}

absl::Status Delete(Transaction& tx, int64_t key) {
  ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM template_version WHERE template = ?", key).Run());
  return tx.Sql("DELETE FROM template WHERE key = ?", key).Run();
}

absl::StatusOr<std::optional<Version>> FindVersion(Snapshot& db, int64_t key, int64_t number) {
  ABSL_ASSIGN_OR_RETURN(
      auto row,
      db.Sql("SELECT subject, text_body, html_body, variables, topic, create_time FROM "
             "template_version WHERE template = ? AND number = ?",
             key, number)
          .First<std::string, std::string, std::string, std::string, std::string, absl::Time>());
  if (!row) return std::optional<Version>();
  auto& [subject, text, html, variables, topic, created] = *row;
  Version version{number,
                  {std::move(subject), std::move(text), std::move(html), {}},
                  std::move(topic),
                  created};
  ABSL_ASSIGN_OR_RETURN(version.content.variables, DecodeVariables(variables));
  return std::optional<Version>(std::move(version));
}

absl::StatusOr<std::vector<Version>> ListVersions(Snapshot& db, int64_t key, int64_t before,
                                                  int64_t limit) {
  std::vector<Version> versions;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT number, subject, variables, topic, create_time FROM template_version WHERE "
             "template = ? AND number < ? ORDER BY number DESC LIMIT ?",
             key, before > 0 ? before : std::numeric_limits<int64_t>::max(), limit)
          .Each<int64_t, std::string, std::string, std::string, absl::Time>(
              [&](int64_t number, std::string subject, const std::string& variables,
                  std::string topic, absl::Time created) -> absl::Status {
                Version& version = versions.emplace_back();
                version.topic = std::move(topic);
                version.number = number;
                version.content.subject = std::move(subject);
                version.create_time = created;
                ABSL_ASSIGN_OR_RETURN(version.content.variables, DecodeVariables(variables));
                return absl::OkStatus();
              }));
  return versions;
}

absl::Status InsertVersion(Transaction& tx, int64_t key, const Version& version) {
  return tx
      .Sql(
          "INSERT INTO template_version (template, number, subject, text_body, html_body, "
          "variables, topic, create_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
          key, version.number, version.content.subject, version.content.text, version.content.html,
          EncodeVariables(version.content.variables), version.topic, version.create_time)
      .Run();
}

}  // namespace regulars::campaign::templates
