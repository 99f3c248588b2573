#include "customer-svc/rpc/erasure_changes.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/auth/caller.h"
#include "chassis/base/status_macros.h"
#include "chassis/feed/follow_tables.h"
#include "chassis/rpc/idempotency.h"
#include "chassis/rpc/names.h"
#include "chassis/tasks/task.h"
#include "customer-svc/domain/clues.h"
#include "customer-svc/rpc/customer_changes.h"
#include "customer-svc/rpc/events.h"
#include "customer-svc/store/customers.h"
#include "customer-svc/store/erasure_list.h"
#include "customer-svc/store/orders.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::customer {
namespace {

using erasures::Erasure;

// Erasures that are brought together with the list in one change.
constexpr int64_t kReapplyBatch = 500;

void PublishRequested(Transaction& tx, const Erasure& erasure, absl::string_view realm) {
  v1::ErasureRequested requested;
  requested.set_erasure(rpc::Name("erasures", erasure.id));
  requested.set_customer(rpc::Name("customers", erasure.customer));
  tx.Publish(PackEvent(requested.customer(), realm, requested));
}

// `customer` is null where there is nobody left to take away.
absl::Status Begin(Transaction& tx, Erasure& erasure, const Customer* customer,
                   const std::vector<std::string>& others) {
  erasure.parts.push_back({kOwnPart, std::nullopt});
  for (const std::string& service : others) erasure.parts.push_back({service, std::nullopt});
  ABSL_RETURN_IF_ERROR(erasures::Insert(
      tx, erasure, customer == nullptr ? std::vector<std::string>() : CluesOf(*customer)));
  // What is remembered from here on is of a time when the customer was gone.
  ABSL_ASSIGN_OR_RETURN(const int64_t newest_reply, rpc::NewestReply(tx));
  std::string realm;
  if (customer != nullptr) {
    realm = customer->home_store;
    ABSL_RETURN_IF_ERROR(ApplyDelete(tx, *customer, orders::Departure::kErased));
  }
  // What other services told and could not be followed has nobody to belong to.
  ABSL_RETURN_IF_ERROR(follow::UnparkSubject(tx, rpc::Name("customers", erasure.customer)));
  PublishRequested(tx, erasure, realm);
  return tasks::Schedule(tx, {.kind = kErasureTask,
                              .input = absl::StrCat(newest_reply),
                              .resource = rpc::Name("erasures", erasure.id)})
      .status();
}

Erasure NewErasure(Transaction& tx, const std::string& customer_id) {
  return {.id = tx.NewId(),
          .customer = customer_id,
          .requested_by = tx.caller().principal,
          .create_time = tx.now()};
}

// Erases again whom a restored store has back.
absl::Status Reapply(Transaction& tx, const ListedErasure& listed,
                     const std::vector<std::string>& others) {
  ABSL_ASSIGN_OR_RETURN(const auto known, erasures::FindById(tx, listed.id));
  if (known) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const auto customer, customers::Load(tx, listed.customer));
  Erasure erasure{.id = listed.id,
                  .customer = listed.customer,
                  .requested_by = tx.caller().principal,
                  .create_time = tx.now()};
  return Begin(tx, erasure, customer ? &*customer : nullptr, others);
}

// Erasures of the store that the list lacks.
absl::StatusOr<std::vector<ListedErasure>> Unlisted(Store& store,
                                                    const std::vector<ListedErasure>& listed) {
  std::set<std::pair<absl::string_view, absl::string_view>> known;
  for (const ListedErasure& entry : listed) known.emplace(entry.id, entry.customer);
  std::vector<ListedErasure> missing;
  int64_t before = 0;
  while (true) {
    std::vector<Erasure> page;
    ABSL_RETURN_IF_ERROR(store.readers().Run(Origin(), [&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(page, erasures::ListNames(db, before, kReapplyBatch));
      return absl::OkStatus();
    }));
    if (page.empty()) return missing;
    for (const Erasure& erasure : page) {
      if (known.contains({erasure.id, erasure.customer})) continue;
      missing.push_back({erasure.id, erasure.customer});
    }
    before = page.back().key;
  }
}

}  // namespace

absl::StatusOr<Erasure> ApplyErasure(Transaction& tx, const Customer& customer,
                                     const std::vector<std::string>& others) {
  Erasure erasure = NewErasure(tx, customer.id);
  ABSL_RETURN_IF_ERROR(Begin(tx, erasure, &customer, others));
  return erasure;
}

absl::StatusOr<Erasure> EraseDeleted(Transaction& tx, const std::string& customer_id,
                                     const std::vector<std::string>& others) {
  Erasure erasure = NewErasure(tx, customer_id);
  ABSL_RETURN_IF_ERROR(Begin(tx, erasure, nullptr, others));
  return erasure;
}

absl::Status ConfirmErasure(Transaction& tx, absl::string_view erasure_id,
                            absl::string_view service) {
  ABSL_ASSIGN_OR_RETURN(auto erasure, erasures::FindById(tx, erasure_id));
  if (!erasure) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const bool news, erasures::Confirm(tx, erasure->key, service));
  if (!news) return absl::OkStatus();
  const bool complete =
      std::all_of(erasure->parts.begin(), erasure->parts.end(), [&](const erasures::Part& part) {
        return part.confirm_time.has_value() || part.service == service;
      });
  if (!complete) return absl::OkStatus();
  ABSL_RETURN_IF_ERROR(erasures::Complete(tx, erasure->key));
  v1::ErasureCompleted completed;
  completed.set_erasure(rpc::Name("erasures", erasure->id));
  completed.set_customer(rpc::Name("customers", erasure->customer));
  tx.Publish(PackEvent(completed.erasure(), "", completed));
  return absl::OkStatus();
}

absl::StatusOr<bool> AskAgain(Transaction& tx, absl::string_view service, int64_t generation) {
  do {
    ABSL_ASSIGN_OR_RETURN(const auto erasure, erasures::FindUnasked(tx, service, generation));
    if (!erasure) return true;
    PublishRequested(tx, *erasure, "");
    ABSL_RETURN_IF_ERROR(erasures::MarkAsked(tx, erasure->key, service, generation));
  } while (!tx.MustYield());
  return false;
}

absl::Status ReapplyErasures(Store& store, const std::vector<std::string>& others) {
  const ErasureList list(store.path());
  ABSL_ASSIGN_OR_RETURN(const std::vector<ListedErasure> listed, list.Read());
  const Origin origin{
      .caller = std::make_shared<auth::Caller>(auth::Caller{.principal = "services/customer"})};
  for (size_t begin = 0; begin < listed.size(); begin += kReapplyBatch) {
    const size_t end = std::min(listed.size(), begin + kReapplyBatch);
    ABSL_RETURN_IF_ERROR(
        store.writer().Write(Lane::kTasks, origin, [&](Transaction& tx) -> absl::Status {
          for (size_t i = begin; i < end; ++i) {
            ABSL_RETURN_IF_ERROR(Reapply(tx, listed[i], others));
          }
          return absl::OkStatus();
        }));
  }
  ABSL_ASSIGN_OR_RETURN(const std::vector<ListedErasure> missing, Unlisted(store, listed));
  // A list of nobody is a file as well: one that is missing is one that was lost.
  return missing.empty() && list.Exists() ? absl::OkStatus() : list.Append(missing);
}

}  // namespace regulars::customer
