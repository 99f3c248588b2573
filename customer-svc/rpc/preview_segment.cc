#include "customer-svc/rpc/preview_segment.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/money.h"
#include "chassis/base/status_macros.h"
#include "chassis/filter/sql.h"
#include "customer-svc/rpc/customer_messages.h"
#include "customer-svc/store/customer_filter.h"
#include "customer-svc/store/customers.h"
#include "customer-svc/store/segment_preview.h"
#include "customer-svc/store/settings.h"

namespace regulars::customer {
namespace {

constexpr int64_t kMaxLooks = 20'000;
constexpr int32_t kMaxSample = 20;

absl::Status CheckRequest(const v1::PreviewSegmentRequest& request) {
  if (request.sample_size() < 0 || request.sample_size() > kMaxSample) {
    return FieldError("sample_size", "INVALID_SAMPLE_SIZE",
                      absl::StrCat("must be 0 to ", kMaxSample));
  }
  return RequireFilter(request.filter(), "filter");
}

}  // namespace

absl::StatusOr<v1::PreviewSegmentResponse> PreviewSegment(
    Snapshot& db, const v1::PreviewSegmentRequest& request) {
  ABSL_RETURN_IF_ERROR(CheckRequest(request));
  ABSL_ASSIGN_OR_RETURN(const filter::Expression filter,
                        CompileCustomerFilter(db, request.filter()));
  ABSL_ASSIGN_OR_RETURN(const CompanySettings settings, settings::Load(db));
  ABSL_ASSIGN_OR_RETURN(const segment_preview::Count count,
                        segment_preview::CountMatches(
                            db, filter::ToSql(filter, db.now(), settings.zone), db.caller().realms,
                            kMaxLooks, static_cast<size_t>(request.sample_size())));
  v1::PreviewSegmentResponse response;
  response.set_exact(count.exact());
  response.set_examined_count(count.examined_count);
  response.set_matched_count(count.matched_count);
  response.set_customer_count(count.customer_count);
  if (count.examined_count > 0) {
    response.set_estimated_count(
        MultiplyDivide(count.matched_count, count.customer_count, count.examined_count)
            .value_or(count.customer_count));
  }
  for (const int64_t key : count.sample) {
    ABSL_ASSIGN_OR_RETURN(const auto customer, customers::LoadByKey(db, key));
    if (!customer) continue;
    ABSL_ASSIGN_OR_RETURN(*response.add_sample(), WriteCustomer(db, settings, *customer));
  }
  return response;
}

}  // namespace regulars::customer
