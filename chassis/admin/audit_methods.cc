#include "chassis/admin/audit_methods.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "chassis/base/status_macros.h"
#include "chassis/filter/request.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/page_token.h"
#include "chassis/rpc/timestamps.h"
#include "chassis/storage/audit.h"

namespace regulars::admin {
namespace {

// As long as other ids, and newer ones sort behind.
std::string IdOf(const audit::Entry& entry) { return absl::StrFormat("%026d", entry.row); }

}  // namespace

absl::StatusOr<v1::ListAuditEntriesResponse> ListAuditEntries(
    Snapshot& db, const v1::ListAuditEntriesRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  ABSL_ASSIGN_OR_RETURN(const int64_t before, rpc::PositionOf(page));
  ABSL_ASSIGN_OR_RETURN(const filter::Expression filter,
                        filter::CompileRequest(request.filter(), audit::Schema()));
  ABSL_ASSIGN_OR_RETURN(const audit::Page found, audit::List(db, filter, before, page.size));
  v1::ListAuditEntriesResponse response;
  for (const audit::Entry& entry : found.entries) {
    v1::AuditEntry& added = *response.add_audit_entries();
    added.set_name(rpc::Name("auditEntries", IdOf(entry)));
    *added.mutable_time() = rpc::ToTimestamp(entry.time);
    added.set_caller(entry.principal);
    added.set_method(entry.method);
    added.set_resource(entry.resource);
    added.set_request_id(entry.request_id);
    added.set_result(entry.result);
    added.set_item_count(entry.item_count);
  }
  if (found.next > 0) {
    response.set_next_page_token(rpc::NextPageToken(request, db.now(), {absl::StrCat(found.next)}));
  }
  return response;
}

}  // namespace regulars::admin
