#include "gateway/rpc/declared_scopes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/longrunning/operations.pb.h"
#include "regulars/access/v1/access_service.pb.h"
#include "regulars/access/v1/session_service.pb.h"
#include "regulars/admin/v1/admin_service.pb.h"
#include "regulars/customer/v1/customer_service.pb.h"
#include "regulars/feed/v1/feed_service.pb.h"

namespace regulars::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::vector<const google::protobuf::FileDescriptor*> kFiles = {
    access::v1::CreateUserRequest::descriptor()->file(),
    access::v1::SignInRequest::descriptor()->file(),
    admin::v1::CreateBackupRequest::descriptor()->file(),
    customer::v1::CreateCustomerRequest::descriptor()->file(),
    feed::v1::SubscribeRequest::descriptor()->file(),
    google::longrunning::Operation::descriptor()->file(),
};

TEST(DeclaredScopesTest, OfInstalledServicesAlone) {
  EXPECT_THAT(DeclaredScopes(kFiles, {"access"}),
              ElementsAre("access.admin", "access.read", "access.write"))
      << "by the shared services";
  EXPECT_THAT(DeclaredScopes(kFiles, {"access", "customer"}),
              ElementsAre("access.admin", "access.read", "access.write", "customer.admin",
                          "customer.read", "customer.write"));
  EXPECT_THAT(DeclaredScopes(kFiles, {}), IsEmpty());
  EXPECT_THAT(DeclaredScopes({}, {"access"}), IsEmpty());
}

}  // namespace
}  // namespace regulars::gateway
