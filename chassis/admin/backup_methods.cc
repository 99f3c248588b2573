#include "chassis/admin/backup_methods.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "chassis/admin/backup_task.h"
#include "chassis/base/errors.h"
#include "chassis/base/text.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/page_token.h"
#include "chassis/storage/backup_table.h"
#include "chassis/tasks/operations.h"

namespace regulars::admin {
namespace {

using google::longrunning::Operation;

constexpr size_t kMaxIdLength = 63;

absl::Status CheckId(const std::string& id) {
  const bool good = id.size() <= kMaxIdLength && std::all_of(id.begin(), id.end(), [](char c) {
                      return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
                    });
  return good ? absl::OkStatus()
              : FieldError("backup_id", "INVALID_BACKUP_ID",
                           "must be lower-case letters, digits and hyphens, at most 63");
}

// "20260131-235959-042", UTC.
std::string IdFromTime(absl::Time now) {
  const int64_t millis = absl::ToUnixMillis(now) - absl::ToUnixSeconds(now) * 1000;
  return absl::StrCat(absl::FormatTime("%Y%m%d-%H%M%S-", now, absl::UTCTimeZone()),
                      absl::Dec(millis, absl::kZeroPad3));
}

absl::StatusOr<Operation> Ask(Transaction& tx, const std::string& id, const std::string& path,
                              bool file_exists) {
  ABSL_ASSIGN_OR_RETURN(const auto running, backups::FindRunning(tx));
  if (running) {
    return Aborted("BACKUP_RUNNING", absl::StrCat("backup '", running->id, "' is being written"));
  }
  ABSL_ASSIGN_OR_RETURN(const auto known, backups::Find(tx, id));
  if (known || file_exists) {
    return AlreadyExists("BACKUP_EXISTS", absl::StrCat("there is a backup '", id, "' already"));
  }
  ABSL_RETURN_IF_ERROR(backups::Insert(tx, id, path));
  ABSL_ASSIGN_OR_RETURN(
      const std::string task_id,
      tasks::Schedule(tx,
                      {.kind = kBackupTask, .input = id, .resource = rpc::Name("backups", id)}));
  ABSL_ASSIGN_OR_RETURN(const std::optional<Task> task, tasks::Find(tx, task_id));
  return ToOperation(*task, DescribeBackupTask(*task));
}

}  // namespace

absl::StatusOr<std::function<absl::StatusOr<Operation>(Transaction&)>> CreateBackup(
    const rpc::Environment& environment, const auth::Caller& caller,
    const v1::CreateBackupRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(caller));
  if (environment.backup_folder.empty()) {
    return FailedPrecondition("NO_BACKUP_FOLDER",
                              "the service was not started with --backup-folder");
  }
  ABSL_RETURN_IF_ERROR(CheckId(request.backup_id()));
  const std::string id = request.backup_id().empty() ? IdFromTime(environment.store->clock().Now())
                                                     : request.backup_id();
  // A folder of its own: services may share the configured one.
  std::error_code error;
  const std::filesystem::path path = std::filesystem::absolute(
      absl::StrCat(environment.backup_folder, "/", environment.service, "/", id, ".db"), error);
  const bool exists = std::filesystem::exists(path, error);
  return [id, path = path.string(), exists](Transaction& tx) { return Ask(tx, id, path, exists); };
}

absl::StatusOr<v1::Backup> GetBackup(Snapshot& db, const v1::GetBackupRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("backups", request.name()));
  ABSL_ASSIGN_OR_RETURN(const auto backup, backups::Find(db, id));
  if (!backup) {
    return NotFound("BACKUP_NOT_FOUND",
                    absl::StrCat("no backup '", EscapeForLog(request.name()), "'"));
  }
  return ToProto(*backup);
}

absl::StatusOr<v1::ListBackupsResponse> ListBackups(Snapshot& db,
                                                    const v1::ListBackupsRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  ABSL_ASSIGN_OR_RETURN(const int64_t before, rpc::PositionOf(page));
  ABSL_ASSIGN_OR_RETURN(std::vector<backups::Backup> found,
                        backups::List(db, before, page.size + 1));
  v1::ListBackupsResponse response;
  if (static_cast<int64_t>(found.size()) > page.size) {
    found.pop_back();
    response.set_next_page_token(
        rpc::NextPageToken(request, db.now(), {absl::StrCat(found.back().row)}));
  }
  for (const backups::Backup& backup : found) *response.add_backups() = ToProto(backup);
  return response;
}

}  // namespace regulars::admin
