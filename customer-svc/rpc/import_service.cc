#include "customer-svc/rpc/import_service.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/csv/writer.h"
#include "chassis/observe/log.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/page_token.h"
#include "customer-svc/rpc/import_customers_task.h"
#include "customer-svc/rpc/import_messages.h"
#include "customer-svc/rpc/import_orders_task.h"
#include "customer-svc/rpc/import_profiles.h"
#include "customer-svc/rpc/import_tasks.h"
#include "customer-svc/rpc/import_uploads.h"
#include "customer-svc/store/imports.h"
#include "customer-svc/store/settings.h"
#include "google/api/httpbody.pb.h"
#include "google/protobuf/empty.pb.h"
#include "regulars/customer/v1/import_service.grpc.pb.h"

namespace regulars::customer {
namespace {

// Imports that one page looks at, where few of them meet the filter.
constexpr int64_t kMaxScanned = 10'000;
// Refused lines in one message of a download.
constexpr int64_t kDownloadPage = 500;

absl::StatusOr<v1::Import> GetImport(Snapshot& db, const v1::GetImportRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const Import import, LoadImport(db, request.name(), "name"));
  return WriteImport(import);
}

absl::StatusOr<v1::ListImportsResponse> ListImports(Snapshot& db,
                                                    const v1::ListImportsRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  ABSL_ASSIGN_OR_RETURN(const int64_t before, rpc::PositionOf(page));
  ABSL_ASSIGN_OR_RETURN(const filter::Expression filter, imports::CompileFilter(request.filter()));
  ABSL_ASSIGN_OR_RETURN(const CompanySettings settings, settings::Load(db));
  v1::ListImportsResponse response;
  int64_t from = before;
  for (int64_t scanned = 0; scanned < kMaxScanned; scanned += page.size) {
    ABSL_ASSIGN_OR_RETURN(const auto listed,
                          imports::List(db, filter, settings.zone, from, page.size));
    for (const imports::Listed& each : listed) {
      if (response.imports_size() == page.size) {
        response.set_next_page_token(rpc::NextPageToken(request, db.now(), {absl::StrCat(from)}));
        return response;
      }
      from = each.import.key;
      if (each.meets && MaySee(db.caller(), each.import)) {
        *response.add_imports() = WriteImport(each.import);
      }
    }
    if (static_cast<int64_t>(listed.size()) < page.size) return response;
  }
  response.set_next_page_token(rpc::NextPageToken(request, db.now(), {absl::StrCat(from)}));
  return response;
}

absl::StatusOr<google::protobuf::Empty> DeleteImport(Transaction& tx,
                                                     const v1::DeleteImportRequest& request) {
  const absl::StatusOr<Import> import = LoadImport(tx, request.name(), "name");
  if (absl::IsNotFound(import.status()) && request.allow_missing()) {
    return google::protobuf::Empty();
  }
  ABSL_RETURN_IF_ERROR(import.status());
  if (import->state == ImportState::kRunning) {
    return FailedPrecondition("IMPORT_RUNNING", "the import runs: cancel its operation first");
  }
  ABSL_RETURN_IF_ERROR(imports::Delete(tx, *import));
  // Its operation tells the report too.
  ABSL_ASSIGN_OR_RETURN(const std::optional<Task> task, tasks::Find(tx, import->task));
  if (task) ABSL_RETURN_IF_ERROR(tasks::Forget(tx, *task));
  ABSL_RETURN_IF_ERROR(tasks::Schedule(tx, {.kind = kImportForgetTask}).status());
  return google::protobuf::Empty();
}

// The import whose refused lines are asked for, if they are there still.
absl::StatusOr<Import> LoadForRefusals(Snapshot& db, const std::string& parent) {
  ABSL_ASSIGN_OR_RETURN(Import import, LoadImport(db, parent, "parent"));
  if (import.refusals_expired) {
    return FailedPrecondition("REFUSALS_EXPIRED",
                              "refused lines are kept for 30 days after an import's end");
  }
  return import;
}

absl::StatusOr<v1::ListImportRefusalsResponse> ListImportRefusals(
    Snapshot& db, const v1::ListImportRefusalsRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const Import import, LoadForRefusals(db, request.parent()));
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  ABSL_ASSIGN_OR_RETURN(const int64_t after, rpc::PositionOf(page));
  ABSL_ASSIGN_OR_RETURN(auto refusals, imports::ListRefusals(db, import.key, after, page.size + 1));
  const bool more = static_cast<int64_t>(refusals.size()) > page.size;
  if (more) refusals.pop_back();
  v1::ListImportRefusalsResponse response;
  for (const Refusal& refusal : refusals) *response.add_refusals() = WriteRefusal(refusal);
  if (more) {
    response.set_next_page_token(
        rpc::NextPageToken(request, db.now(), {absl::StrCat(refusals.back().line_number)}));
  }
  return response;
}

// The file is one for people, who open it in a spreadsheet.
void AppendRefusal(const Refusal& refusal, std::string* csv) {
  const std::string line = absl::StrCat(refusal.line_number);
  csv::AppendRecord({line, refusal.reason, refusal.column, refusal.message, refusal.text},
                    {.guard_formulas = true}, csv);
}

absl::StatusOr<rpc::PageEnd> DownloadImportRefusals(
    Snapshot& db, const v1::DownloadImportRefusalsRequest& request, std::string& cursor,
    std::vector<google::api::HttpBody>& page) {
  ABSL_ASSIGN_OR_RETURN(const Import import, LoadForRefusals(db, request.parent()));
  int64_t after = 0;
  std::string csv;
  if (cursor.empty()) {
    csv::AppendRecord({"line_number", "reason", "column", "message", "text"}, {}, &csv);
  } else if (!absl::SimpleAtoi(cursor, &after)) {
    return absl::InternalError("a cursor is damaged");
  }
  ABSL_ASSIGN_OR_RETURN(const auto refusals,
                        imports::ListRefusals(db, import.key, after, kDownloadPage));
  for (const Refusal& refusal : refusals) AppendRefusal(refusal, &csv);
  google::api::HttpBody& body = page.emplace_back();
  body.set_content_type("text/csv; charset=utf-8");
  body.set_data(std::move(csv));
  if (static_cast<int64_t>(refusals.size()) < kDownloadPage) return rpc::PageEnd{};
  cursor = absl::StrCat(refusals.back().line_number);
  return rpc::PageEnd{rpc::PageEnd::kMore};
}

}  // namespace

std::unique_ptr<rpc::Service> RegisterImports(const rpc::Environment& environment,
                                              TaskRunner& runner) {
  runner.Add(kImportOrderLinesTask, ImportOrderLinesTask(environment));
  runner.Add(kImportCustomersTask, ImportCustomersTask(environment));
  runner.Add(kImportClearTask, ImportClearTask());
  runner.Add(kImportForgetTask, ImportClearTask());
  if (const absl::Status planned = PlanImports(environment); !planned.ok()) {
    LogError("the clearing up after imports could not be planned",
             {{"why", std::string(planned.message())}});
  }
  auto service =
      std::make_unique<rpc::Service>(environment, v1::ImportService::service_full_name());
  service->Upload("ImportOrderLines",
                  [&environment](const Origin& origin, const v1::ImportOrderLinesRequest& request,
                                 const rpc::SpoolFile& file) {
                    return ReceiveOrderLines(environment, origin, request, file);
                  });
  service->Upload("ImportCustomers",
                  [&environment](const Origin& origin, const v1::ImportCustomersRequest& request,
                                 const rpc::SpoolFile& file) {
                    return ReceiveCustomers(environment, origin, request, file);
                  });
  service->Read("GetImport", GetImport);
  service->Read("ListImports", ListImports);
  service->Write("DeleteImport", DeleteImport);
  service->Read("ListImportRefusals", ListImportRefusals);
  service->Pages("DownloadImportRefusals", DownloadImportRefusals);
  service->Write("CreateImportProfile", CreateImportProfile);
  service->Read("GetImportProfile", GetImportProfile);
  service->Read("ListImportProfiles", ListImportProfiles);
  service->Write("UpdateImportProfile", UpdateImportProfile);
  service->Write("DeleteImportProfile", DeleteImportProfile);
  service->Finish();
  return service;
}

}  // namespace regulars::customer
