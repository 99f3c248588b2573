#include "chassis/admin/backup_task.h"

#include <any>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/admin/backup_job.h"
#include "chassis/base/errors.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/timestamps.h"
#include "chassis/storage/store_meta.h"
#include "chassis/tasks/task_error.h"
#include "google/protobuf/any.pb.h"

namespace regulars {
namespace {

// How long the task waits for its job before it tells of the progress and lets other tasks work.
constexpr absl::Duration kLookInterval = absl::Milliseconds(100);

// What a step is told: the complete file, or how far it is.
struct Outcome {
  std::optional<BackupFile> file;
  int64_t pages_done = 0;
  int64_t pages_total = 0;
};

std::string Pack(const google::protobuf::Message& message) {
  google::protobuf::Any any;
  any.PackFrom(message);
  return any.SerializeAsString();
}

absl::StatusOr<backups::Backup> Load(Snapshot& db, const Task& task) {
  ABSL_ASSIGN_OR_RETURN(std::optional<backups::Backup> backup, backups::Find(db, task.input));
  if (!backup) return NotFound("BACKUP_NOT_FOUND", "the store does not know the backup");
  return *std::move(backup);
}

// A store that was restored from the very file that was being written finds its task again: the
// file is good, and not this store's to touch.
absl::StatusOr<bool> IsOfEarlierStore(Snapshot& db, const backups::Backup& backup) {
  ABSL_ASSIGN_OR_RETURN(const StoreMeta meta, ReadStoreMeta(db));
  return meta.epoch != backup.epoch;
}

// The job of the task under way. The runner's thread works with it; cancelling comes from the
// writer's.
class Jobs {
 public:
  explicit Jobs(Store& store) : store_(store) {}

  absl::StatusOr<std::any> Prepare(const Task& task) {
    ABSL_ASSIGN_OR_RETURN(const std::string path, PathOf(task));
    const std::shared_ptr<BackupJob> job = JobOf(task.id, path);
    if (job == nullptr) return std::any(Outcome{});
    Outcome outcome;
    if (!job->Wait(kLookInterval)) {
      outcome.pages_done = job->progress().done;
      outcome.pages_total = job->progress().total;
      return std::any(outcome);
    }
    // Should this step fail, the file is made anew.
    Drop();
    ABSL_ASSIGN_OR_RETURN(outcome.file, job->result());
    outcome.pages_done = outcome.pages_total = job->progress().total;
    return std::any(outcome);
  }

  // A step is asked for, so the task is wanted: it was tried again.
  void Revive(const Task& task) {
    const std::lock_guard lock(mutex_);
    if (abandoned_ == task.id) abandoned_.clear();
  }

  // The task is given up: its file goes, whether a job of this process writes it or one died.
  void GiveUp(const Task& task, const std::string& path) {
    const std::lock_guard lock(mutex_);
    abandoned_ = task.id;
    if (job_ != nullptr && task_id_ == task.id) return job_->GiveUp();
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }

 private:
  absl::StatusOr<std::string> PathOf(const Task& task) {
    std::string path;
    ABSL_RETURN_IF_ERROR(store_.readers().Run({}, [&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const backups::Backup backup, Load(db, task));
      ABSL_ASSIGN_OR_RETURN(const bool earlier, IsOfEarlierStore(db, backup));
      if (earlier) {
        return FailedPrecondition("STORE_RESTORED",
                                  "the store was restored while the backup was being written");
      }
      path = backup.path;
      return absl::OkStatus();
    }));
    return path;
  }

  // The job of this task, started if there is none; null while there is another one, which its task
  // has yet to take the result of, or which nobody wants and has not ended.
  std::shared_ptr<BackupJob> JobOf(const std::string& task_id, const std::string& path) {
    std::shared_ptr<BackupJob> job;
    {
      const std::lock_guard lock(mutex_);
      if (job_ != nullptr && task_id_ == task_id && !job_->given_up()) return job_;
      job = job_;
    }
    if (job != nullptr && (!job->Wait(kLookInterval) || !job->given_up())) return nullptr;
    const std::lock_guard lock(mutex_);
    // Given up, perhaps since it was found to be due: then nobody would remove the file.
    if (abandoned_ == task_id) return nullptr;
    job_ = std::make_shared<BackupJob>(store_, path);
    task_id_ = task_id;
    return job_;
  }

  void Drop() {
    const std::lock_guard lock(mutex_);
    job_.reset();
    task_id_.clear();
  }

  Store& store_;
  std::mutex mutex_;
  std::shared_ptr<BackupJob> job_;  // Guarded by mutex_.
  std::string task_id_;             // Guarded by mutex_. Whose it is.
  std::string abandoned_;           // Guarded by mutex_. The last task that was given up.
};

absl::StatusOr<StepEnd> Step(Transaction& tx, Task& task, const Outcome& outcome) {
  ABSL_ASSIGN_OR_RETURN(backups::Backup backup, Load(tx, task));
  task.progress_done = outcome.pages_done;
  task.progress_total = outcome.pages_total;
  if (!outcome.file) {
    if (backup.state != backups::State::kRunning) {  // Tried again after it had failed.
      backup.state = backups::State::kRunning;
      backup.error.clear();
      backup.finish_time.reset();
      ABSL_RETURN_IF_ERROR(backups::Update(tx, backup));
    }
    return StepEnd::Later(tx.now());  // Behind what has been due longer.
  }
  backup.state = backups::State::kReady;
  backup.size_bytes = outcome.file->size_bytes;
  backup.sha256 = outcome.file->sha256;
  backup.position = outcome.file->position;
  backup.error.clear();
  backup.finish_time = tx.now();
  ABSL_RETURN_IF_ERROR(backups::Update(tx, backup));
  return StepEnd::Done(Pack(admin::ToProto(backup)));
}

absl::Status Abandon(Transaction& tx, const Task& task, Jobs& jobs) {
  ABSL_ASSIGN_OR_RETURN(std::optional<backups::Backup> backup, backups::Find(tx, task.input));
  if (!backup) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const bool earlier, IsOfEarlierStore(tx, *backup));
  if (earlier) return backups::Delete(tx, *backup);
  jobs.GiveUp(task, backup->path);
  backup->state = backups::State::kFailed;
  backup->error = tasks::EncodeError(task.error);
  backup->finish_time = tx.now();
  return backups::Update(tx, *backup);
}

}  // namespace

TaskKind BackupTask(Store& store) {
  auto jobs = std::make_shared<Jobs>(store);
  return {
      .prepare = [jobs](const Task& task) { return jobs->Prepare(task); },
      .step =
          [jobs](Transaction& tx, Task& task, std::any& outcome) {
            jobs->Revive(task);
            return Step(tx, task, std::any_cast<const Outcome&>(outcome));
          },
      .abandoned = [jobs](Transaction& tx, const Task& task) { return Abandon(tx, task, *jobs); }};
}

std::string DescribeBackupTask(const Task& task) {
  if (task.kind != kBackupTask) return "";
  admin::v1::CreateBackupMetadata metadata;
  metadata.set_backup(rpc::Name("backups", task.input));
  metadata.mutable_progress()->set_done(task.progress_done);
  metadata.mutable_progress()->set_total(task.progress_total);
  return Pack(metadata);
}

namespace admin {

v1::Backup ToProto(const backups::Backup& backup) {
  v1::Backup proto;
  proto.set_name(rpc::Name("backups", backup.id));
  proto.set_state(backup.state == backups::State::kRunning ? v1::Backup::STATE_RUNNING
                  : backup.state == backups::State::kReady ? v1::Backup::STATE_READY
                                                           : v1::Backup::STATE_FAILED);
  proto.set_path(backup.path);
  proto.set_size_bytes(backup.size_bytes);
  proto.set_sha256(backup.sha256);
  proto.set_epoch(backup.epoch);
  proto.set_position(backup.position);
  *proto.mutable_create_time() = rpc::ToTimestamp(backup.create_time);
  if (backup.finish_time) *proto.mutable_finish_time() = rpc::ToTimestamp(*backup.finish_time);
  // The encoding of tasks::EncodeError is that of the message.
  if (!backup.error.empty()) proto.mutable_error()->ParseFromString(backup.error);
  return proto;
}

}  // namespace admin
}  // namespace regulars
