// For tests: customer files sent to customer-svc over gRPC, and what became of them.
#ifndef CUSTOMER_SVC_TESTING_CUSTOMER_IMPORT_FIXTURE_H_
#define CUSTOMER_SVC_TESTING_CUSTOMER_IMPORT_FIXTURE_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "customer-svc/testing/customer_fixture.h"
#include "google/longrunning/operations.grpc.pb.h"
#include "regulars/customer/v1/import_service.grpc.pb.h"

namespace regulars::customer {

using Imports = v1::ImportService::Stub;
using Operations = google::longrunning::Operations::Stub;

class ImportCustomersTest : public CustomerServiceTest {
 protected:
  absl::StatusOr<google::longrunning::Operation> Send(
      const std::string& file, const std::string& options, bool dry_run = false,
      const std::string& token = CustomerServer::kAdmin) {
    grpc::ClientContext context;
    testing::Authorize(context, token);
    Imports stub(server_.server().channel());
    google::longrunning::Operation reply;
    const auto writer = stub.ImportCustomers(&context, &reply);
    v1::ImportCustomersRequest request;
    *request.mutable_options() = Parse<v1::CustomerImportOptions>(options);
    request.set_dry_run(dry_run);
    // Pieces that end anywhere.
    constexpr size_t kPiece = 1000;
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

  v1::Import Import(const std::string& file, const std::string& options, bool dry_run = false,
                    const std::string& token = CustomerServer::kAdmin) {
    const auto operation = Send(file, options, dry_run, token);
    EXPECT_OK(operation);
    return operation.ok() ? Await(operation->name()) : v1::Import();
  }

  // The import that an operation ended with.
  v1::Import Await(const std::string& operation) {
    google::longrunning::GetOperationRequest request;
    request.set_name(operation);
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    while (absl::Now() < deadline) {
      const auto got = server_.Call(&Operations::GetOperation, request);
      EXPECT_OK(got);
      if (!got.ok()) break;
      if (got->done()) {
        v1::Import import;
        EXPECT_TRUE(got->response().UnpackTo(&import)) << got->DebugString();
        return import;
      }
      absl::SleepFor(absl::Milliseconds(2));
    }
    ADD_FAILURE() << "the import does not end";
    return {};
  }

  // "line REASON column: text", one each.
  std::vector<std::string> Refusals(const v1::Import& import) {
    v1::ListImportRefusalsRequest request;
    request.set_parent(import.name());
    request.set_page_size(1000);
    std::vector<std::string> refusals;
    const auto reply = server_.Call(&Imports::ListImportRefusals, request);
    EXPECT_OK(reply);
    if (!reply.ok()) return refusals;
    for (const v1::ImportRefusal& r : reply->refusals()) {
      refusals.push_back(
          absl::StrCat(r.line_number(), " ", r.reason(), " ", r.column(), ": ", r.text()));
      EXPECT_NE(r.message(), "");
    }
    return refusals;
  }

  // The customer with this id in the ERP.
  v1::Customer Erp(const std::string& id) {
    v1::LookupCustomerRequest request;
    request.mutable_identifier()->mutable_external_id()->set_system("erp");
    request.mutable_identifier()->mutable_external_id()->set_id(id);
    const auto found = server_.Call(&Customers::LookupCustomer, request);
    EXPECT_OK(found) << id;
    return found.value_or(v1::Customer());
  }
};

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_TESTING_CUSTOMER_IMPORT_FIXTURE_H_
