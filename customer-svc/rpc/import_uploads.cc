#include "customer-svc/rpc/import_uploads.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "chassis/base/errors.h"
#include "chassis/base/faults.h"
#include "chassis/base/status_macros.h"
#include "chassis/csv/byte_source.h"
#include "chassis/csv/text_decoder.h"
#include "chassis/csv/transcode.h"
#include "chassis/tasks/operations.h"
#include "customer-svc/domain/text_rules.h"
#include "customer-svc/rpc/import_messages.h"
#include "customer-svc/rpc/import_options.h"
#include "customer-svc/rpc/import_profiles.h"
#include "customer-svc/rpc/import_tasks.h"

namespace regulars::customer {
namespace {

constexpr size_t kMaxFileName = 200;

template <typename Request>
struct Traits;
template <>
struct Traits<v1::ImportOrderLinesRequest> {
  using Options = v1::OrderLineImportOptions;
  using Reading = OrderReading;
  static constexpr ImportKind kKind = ImportKind::kOrderLines;
  static absl::Status CheckHeader(OrderReading reading, const std::vector<std::string>& header,
                                  absl::Time now) {
    return OrderRows::Make(std::move(reading), header, now).status();
  }
};
template <>
struct Traits<v1::ImportCustomersRequest> {
  using Options = v1::CustomerImportOptions;
  using Reading = CustomerReading;
  static constexpr ImportKind kKind = ImportKind::kCustomers;
  static absl::Status CheckHeader(CustomerReading reading, const std::vector<std::string>& header,
                                  absl::Time) {
    return CustomerRows::Make(std::move(reading), header).status();
  }
};

template <typename Options>
struct Chosen {
  Options options;
  // Id of the profile that they come from.
  std::string profile;
};

// The options of a request, or of the profile that it names.
template <typename Request>
absl::StatusOr<Chosen<typename Traits<Request>::Options>> ChooseOptions(Snapshot& db,
                                                                        const Request& request) {
  Chosen<typename Traits<Request>::Options> chosen;
  if (request.profile().empty()) {
    chosen.options = request.options();
    return chosen;
  }
  if (request.has_options()) {
    return FieldError("options", "INVALID_OPTIONS", "must not be set beside `profile`");
  }
  ABSL_ASSIGN_OR_RETURN(const ImportProfile profile,
                        LoadImportProfile(db, request.profile(), "profile"));
  if (profile.kind != Traits<Request>::kKind) {
    return FieldError("profile", "INVALID_OPTIONS", "is for another kind of file");
  }
  if (!chosen.options.ParseFromString(profile.options)) {
    return absl::DataLossError("the profile's options are not readable");
  }
  chosen.profile = profile.id;
  return chosen;
}

absl::Status CheckFileName(const std::string& name) {
  Faults faults;
  CheckText("file_name", name, kMaxFileName, faults);
  return faults.ToStatus();
}

// Turns a file in a charset that the reader does not know into UTF-8.
absl::Status MakeUtf8(rpc::Spool& spool, const std::string& name, const ImportFormat& format) {
  if (format.foreign_charset.empty()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const auto source, csv::FileSource::Open(spool.Path(name)));
  char beginning[3];
  ABSL_ASSIGN_OR_RETURN(const size_t size, source->Read(beginning, sizeof beginning));
  if (csv::FindByteOrderMark(absl::string_view(beginning, size)).size > 0) return absl::OkStatus();
  ABSL_RETURN_IF_ERROR(source->Seek(0));
  return spool
      .Rewrite(name,
               [&](rpc::Spool::Upload& to) {
                 return csv::Transcode(*source, format.foreign_charset,
                                       [&](absl::string_view utf8) { return to.Append(utf8); });
               })
      .status();
}

// Whether lines can be read by these options and the file's header.
template <typename Request>
absl::Status CheckFile(typename Traits<Request>::Reading reading, const std::string& path,
                       absl::Time now) {
  ABSL_ASSIGN_OR_RETURN(auto source, csv::FileSource::Open(path));
  ABSL_ASSIGN_OR_RETURN(const auto reader, OpenCsv(std::move(source), reading.format));
  return PrefixFields(Traits<Request>::CheckHeader(std::move(reading), reader->header(), now),
                      "options.");
}

absl::StatusOr<google::longrunning::Operation> Start(Transaction& tx, const Import& import) {
  ABSL_ASSIGN_OR_RETURN(const Task task, StartImport(tx, import));
  ABSL_ASSIGN_OR_RETURN(const std::string metadata, DescribeImportTask(tx, task));
  return ToOperation(task, metadata);
}

template <typename Request>
absl::StatusOr<StartFunction> Receive(const rpc::Environment& environment, const Origin& origin,
                                      const Request& request, const rpc::SpoolFile& file) {
  ABSL_RETURN_IF_ERROR(CheckFileName(request.file_name()));
  std::optional<Chosen<typename Traits<Request>::Options>> chosen;
  std::optional<typename Traits<Request>::Reading> reading;
  absl::Time now;
  ABSL_RETURN_IF_ERROR(environment.store->readers().Run(origin, [&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(chosen, ChooseOptions(db, request));
    auto checked = CheckOptions(db, chosen->options);
    if (!checked.ok()) return PrefixFields(std::move(checked).status(), "options.");
    reading = *std::move(checked);
    now = db.now();
    return absl::OkStatus();
  }));
  ABSL_RETURN_IF_ERROR(MakeUtf8(*environment.spool, file.name, reading->format));
  ABSL_RETURN_IF_ERROR(
      CheckFile<Request>(*std::move(reading), environment.spool->Path(file.name), now));
  const Import import{.kind = Traits<Request>::kKind,
                      .profile = chosen->profile,
                      .dry_run = request.dry_run(),
                      .file_name = request.file_name(),
                      .size_bytes = file.size_bytes,
                      .sha256 = file.sha256,
                      .spool_name = file.name,
                      .options = SerializeOptions(chosen->options)};
  return StartFunction([import](Transaction& tx) { return Start(tx, import); });
}

}  // namespace

absl::StatusOr<StartFunction> ReceiveOrderLines(const rpc::Environment& environment,
                                                const Origin& origin,
                                                const v1::ImportOrderLinesRequest& request,
                                                const rpc::SpoolFile& file) {
  return Receive(environment, origin, request, file);
}

absl::StatusOr<StartFunction> ReceiveCustomers(const rpc::Environment& environment,
                                               const Origin& origin,
                                               const v1::ImportCustomersRequest& request,
                                               const rpc::SpoolFile& file) {
  return Receive(environment, origin, request, file);
}

}  // namespace regulars::customer
