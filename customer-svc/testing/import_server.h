// For tests: order files sent to customer-svc over gRPC, and what became of them.
#ifndef CUSTOMER_SVC_TESTING_IMPORT_SERVER_H_
#define CUSTOMER_SVC_TESTING_IMPORT_SERVER_H_

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "customer-svc/testing/order_server.h"
#include "google/longrunning/operations.grpc.pb.h"
#include "regulars/customer/v1/import_service.grpc.pb.h"

namespace regulars::customer {

using Imports = v1::ImportService::Stub;
using Operations = google::longrunning::Operations::Stub;
using google::longrunning::Operation;

// How a file is sent, beyond its bytes and options.
struct Sending {
  bool dry_run = false;
  std::string request_id;
  std::string file_name;
  std::string profile;
  std::string token = CustomerServer::kAdmin;
};

class ImportServiceTest : public OrderServiceTest {
 protected:
  // Reads all fields by their names. What tests say of options goes beside and before it.
  static constexpr char kTill[] = R"(source: "till" customer_system: "card")";

  absl::StatusOr<Operation> Send(const std::string& file, const std::string& options,
                                 const Sending& sending = {}) {
    grpc::ClientContext context;
    testing::Authorize(context, sending.token);
    Imports stub(server_.server().channel());
    Operation reply;
    const auto writer = stub.ImportOrderLines(&context, &reply);
    v1::ImportOrderLinesRequest request;
    request.set_profile(sending.profile);
    if (sending.profile.empty() || !options.empty()) {
      *request.mutable_options() = Parse<v1::OrderLineImportOptions>(kTill);
      EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(options, request.mutable_options()))
          << options;
    }
    request.set_dry_run(sending.dry_run);
    request.set_request_id(sending.request_id);
    request.set_file_name(sending.file_name);
    // Pieces that end anywhere.
    constexpr size_t kPiece = 100'003;
    for (size_t at = 0; at < file.size() || at == 0; at += kPiece) {
      request.mutable_file()->set_data(file.substr(at, kPiece));
      writer->Write(request);
      request.Clear();
    }
    writer->WritesDone();
    const absl::Status status = FromGrpc(writer->Finish());
    if (!status.ok()) return status;
    return reply;
  }

  absl::StatusOr<Operation> GetOperation(const std::string& name,
                                         const std::string& token = CustomerServer::kAdmin) {
    google::longrunning::GetOperationRequest request;
    request.set_name(name);
    return server_.Call(&Operations::GetOperation, request, token);
  }

  Operation Await(const std::string& name) {
    const absl::Time deadline = absl::Now() + absl::Seconds(60);
    while (absl::Now() < deadline) {
      const auto got = GetOperation(name);
      EXPECT_OK(got);
      if (!got.ok() || got->done()) return got.value_or(Operation());
      absl::SleepFor(absl::Milliseconds(2));
    }
    ADD_FAILURE() << "the import does not end";
    return {};
  }

  // Sends a file and waits for its import.
  v1::Import Import(const std::string& file, const std::string& options = "",
                    const Sending& sending = {}) {
    const auto operation = Send(file, options, sending);
    EXPECT_OK(operation);
    v1::Import import;
    if (!operation.ok()) return import;
    const Operation done = Await(operation->name());
    EXPECT_TRUE(done.response().UnpackTo(&import)) << done.DebugString();
    return import;
  }

  absl::StatusOr<v1::Import> GetImport(const std::string& name,
                                       const std::string& token = CustomerServer::kAdmin) {
    v1::GetImportRequest request;
    request.set_name(name);
    return server_.Call(&Imports::GetImport, request, token);
  }

  absl::StatusOr<v1::ListImportRefusalsResponse> ListRefusals(
      const std::string& parent, const std::string& token = CustomerServer::kAdmin) {
    v1::ListImportRefusalsRequest request;
    request.set_parent(parent);
    request.set_page_size(1000);
    return server_.Call(&Imports::ListImportRefusals, request, token);
  }

  // "line REASON column: text", one each.
  std::vector<std::string> Refusals(const v1::Import& import) {
    std::vector<std::string> shown;
    const auto reply = ListRefusals(import.name());
    EXPECT_OK(reply);
    if (!reply.ok()) return shown;
    for (const v1::ImportRefusal& r : reply->refusals()) {
      shown.push_back(
          absl::StrCat(r.line_number(), " ", r.reason(), " ", r.column(), ": ", r.text()));
      EXPECT_NE(r.message(), "");
    }
    return shown;
  }

  // "read 5 stored 2 unchanged 0 ignored 1 refused 2", with the reasons behind it.
  static std::string Show(const v1::ImportReport& report) {
    EXPECT_EQ(report.lines_read(), report.lines_stored() + report.lines_unchanged() +
                                       report.lines_ignored() + report.lines_refused());
    EXPECT_EQ(report.lines_left(), 0);
    std::string shown =
        absl::StrCat("read ", report.lines_read(), " stored ", report.lines_stored(), " unchanged ",
                     report.lines_unchanged(), " ignored ", report.lines_ignored(), " refused ",
                     report.lines_refused());
    for (const auto& count : report.ignored()) {
      absl::StrAppend(&shown, " ", count.reason(), "=", count.count());
    }
    for (const auto& count : report.refused()) {
      absl::StrAppend(&shown, " ", count.reason(), "=", count.count());
    }
    return shown;
  }

  // Files in the spool.
  int64_t Spooled() {
    const std::filesystem::directory_iterator files(server_.server().spool().folder());
    return std::distance(begin(files), end(files));
  }
};

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_TESTING_IMPORT_SERVER_H_
