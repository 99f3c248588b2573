#include "customer-svc/rpc/import_messages.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/timestamps.h"
#include "customer-svc/store/imports.h"
#include "google/protobuf/any.pb.h"

namespace regulars::customer {
namespace {

void WriteCounts(const std::map<std::string, int64_t>& counts,
                 google::protobuf::RepeatedPtrField<v1::ImportReport::ReasonCount>& out) {
  for (const auto& [reason, lines] : counts) {
    v1::ImportReport::ReasonCount& count = *out.Add();
    count.set_reason(reason);
    count.set_count(lines);
  }
}

}  // namespace

v1::ImportReport WriteReport(const ImportReport& report) {
  v1::ImportReport message;
  message.set_lines_read(report.lines_read);
  message.set_lines_stored(report.lines_stored);
  message.set_lines_unchanged(report.lines_unchanged);
  message.set_lines_ignored(report.lines_ignored);
  message.set_lines_refused(report.lines_refused);
  WriteCounts(report.ignored, *message.mutable_ignored());
  WriteCounts(report.refused, *message.mutable_refused());
  message.set_orders_created(report.orders_created);
  message.set_orders_updated(report.orders_updated);
  message.set_customers_created(report.customers_created);
  message.set_customers_updated(report.customers_updated);
  message.set_lines_left(report.lines_read - report.lines_stored - report.lines_unchanged -
                         report.lines_ignored - report.lines_refused);
  return message;
}

v1::Import WriteImport(const Import& import) {
  v1::Import message;
  message.set_name(rpc::Name(kImports, import.id));
  message.set_kind(static_cast<v1::Import::Kind>(import.kind));
  message.set_state(static_cast<v1::Import::State>(import.state));
  if (!import.profile.empty()) {
    message.set_profile(rpc::Name(kImportProfiles, import.profile));
  }
  message.set_dry_run(import.dry_run);
  message.set_file_name(import.file_name);
  message.set_size_bytes(import.size_bytes);
  message.set_sha256(import.sha256);
  *message.mutable_report() = WriteReport(import.report);
  message.set_operation(rpc::Name("operations", import.task));
  *message.mutable_create_time() = rpc::ToTimestamp(import.create_time);
  if (import.finish_time) {
    *message.mutable_finish_time() = rpc::ToTimestamp(*import.finish_time);
  }
  if (!import.error.empty()) message.mutable_error()->ParseFromString(import.error);
  return message;
}

v1::ImportRefusal WriteRefusal(const Refusal& refusal) {
  v1::ImportRefusal message;
  message.set_line_number(refusal.line_number);
  message.set_reason(refusal.reason);
  message.set_column(refusal.column);
  message.set_message(refusal.message);
  message.set_text(refusal.text);
  return message;
}

bool MaySee(const auth::Caller& caller, const Import& import) {
  if (caller.realms.empty()) return true;
  return !import.realms.empty() &&
         std::all_of(import.realms.begin(), import.realms.end(),
                     [&](const std::string& store) { return auth::MaySee(caller, store); });
}

absl::StatusOr<Import> LoadImport(Snapshot& db, const std::string& name, absl::string_view field) {
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName(kImports, name, field));
  ABSL_ASSIGN_OR_RETURN(auto import, imports::FindById(db, id));
  if (import && MaySee(db.caller(), *import)) return *std::move(import);
  return NotFound("IMPORT_NOT_FOUND",
                  absl::StrCat("there is no import '", EscapeForLog(name), "'"));
}

absl::StatusOr<std::string> DescribeImportTask(Snapshot& db, const Task& task) {
  ABSL_ASSIGN_OR_RETURN(const auto import, imports::FindById(db, task.input));
  if (!import || !MaySee(db.caller(), *import)) return "";
  v1::ImportMetadata metadata;
  metadata.set_import_name(task.resource);
  metadata.mutable_progress()->set_done(task.progress_done);
  metadata.mutable_progress()->set_total(task.progress_total);
  *metadata.mutable_report() = WriteReport(import->report);
  google::protobuf::Any any;
  any.PackFrom(metadata);
  return any.SerializeAsString();
}

}  // namespace regulars::customer
