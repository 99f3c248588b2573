#include "customer-svc/rpc/consent_service.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/page_token.h"
#include "chassis/rpc/status_proto.h"
#include "customer-svc/rpc/consent_changes.h"
#include "customer-svc/rpc/consent_messages.h"
#include "customer-svc/rpc/contacts.h"
#include "customer-svc/rpc/customer_changes.h"
#include "customer-svc/rpc/order_buyers.h"
#include "customer-svc/store/consents.h"
#include "regulars/customer/v1/consent_service.grpc.pb.h"

namespace regulars::customer {
namespace {

constexpr int kMaxItems = 1000;
constexpr rpc::PageRules kPages = {.default_size = 100, .max_size = 1000, .parts = 2};

struct Said {
  std::string customer;  // Its id.
  AppliedConsent applied;
};

// Paths of refusals start at the consent.
absl::StatusOr<Said> Say(Transaction& tx, const v1::Consent& message) {
  ABSL_ASSIGN_OR_RETURN(ConsentRecord word, ReadConsent(message));
  const v1::CustomerIdentifier* identifier =
      message.has_customer_identifier() ? &message.customer_identifier() : nullptr;
  ABSL_ASSIGN_OR_RETURN(const customers::CustomerRef customer,
                        FindMeant(tx, message.customer(), identifier));
  ABSL_ASSIGN_OR_RETURN(AppliedConsent applied, ApplyConsent(tx, customer, std::move(word),
                                                             /*timed=*/message.has_change_time()));
  return Said{customer.id, std::move(applied)};
}

absl::StatusOr<v1::Consent> SetConsent(Transaction& tx, const v1::SetConsentRequest& request) {
  const absl::StatusOr<Said> said = Say(tx, request.consent());
  if (!said.ok()) return PrefixFields(said.status(), "consent.");
  return WriteConsent(said->customer, said->applied.word);
}

absl::StatusOr<v1::BatchSetConsentsResponse> BatchSetConsents(
    Transaction& tx, const v1::BatchSetConsentsRequest& request) {
  if (request.consents().empty() || request.consents_size() > kMaxItems) {
    return FieldError("consents", "INVALID_BATCH_SIZE", "must be 1 to 1000 items");
  }
  v1::BatchSetConsentsResponse reply;
  for (int i = 0; i < request.consents_size(); ++i) {
    const absl::StatusOr<Said> said = Say(tx, request.consents(i));
    type::v1::UpsertResult& result = *reply.add_results();
    result.set_index(i);
    if (said.ok()) {
      result.set_name(rpc::Name("customers", said->customer));
      result.set_outcome(said->applied.outcome);
    } else if (IsRefusal(said.status())) {
      result.set_outcome(type::v1::UPSERT_OUTCOME_REFUSED);
      *result.mutable_error() = ToProto(said.status());
    } else {
      return said.status();
    }
  }
  return reply;
}

// Newest first; of one time, the one that came last.
using Place = std::tuple<int64_t, int64_t>;
Place PlaceOf(const ConsentRecord& word) {
  return {-absl::ToUnixMicros(word.change_time), -word.number};
}

absl::StatusOr<Place> ReadPlace(const rpc::Page& page) {
  Place place = {INT64_MIN, INT64_MIN};
  if (page.after.empty()) return place;
  if (!absl::SimpleAtoi(page.after[0], &std::get<0>(place)) ||
      !absl::SimpleAtoi(page.after[1], &std::get<1>(place))) {
    return rpc::InvalidPageToken();
  }
  return place;
}

absl::StatusOr<v1::ListConsentsResponse> ListConsents(Snapshot& db,
                                                      const v1::ListConsentsRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const customers::CustomerRef customer,
                        FindVisible(db, request.customer(), "customer"));
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now(), kPages));
  ABSL_ASSIGN_OR_RETURN(const Place after, ReadPlace(page));
  // All that a customer can have said fits into memory: it is bounded.
  ABSL_ASSIGN_OR_RETURN(std::vector<ConsentRecord> said, consents::Load(db, customer.key));
  std::erase_if(said, [&](const ConsentRecord& word) {
    return PlaceOf(word) <= after || (!request.show_history() && !word.current);
  });
  std::sort(said.begin(), said.end(),
            [](const ConsentRecord& a, const ConsentRecord& b) { return PlaceOf(a) < PlaceOf(b); });
  const auto shown = std::min(said.size(), static_cast<size_t>(page.size));
  v1::ListConsentsResponse reply;
  for (size_t i = 0; i < shown; ++i) {
    *reply.add_consents() = WriteConsent(customer.id, said[i]);
  }
  if (shown < said.size()) {
    const auto [time, number] = PlaceOf(said[shown - 1]);
    reply.set_next_page_token(
        rpc::NextPageToken(request, db.now(), {absl::StrCat(time), absl::StrCat(number)}));
  }
  return reply;
}

}  // namespace

std::unique_ptr<rpc::Service> RegisterConsents(const rpc::Environment& environment) {
  auto service =
      std::make_unique<rpc::Service>(environment, v1::ConsentService::service_full_name());
  service->Write("SetConsent", SetConsent);
  service->Write("BatchSetConsents", BatchSetConsents);
  service->Read("ListConsents", ListConsents);
  service->Read("MayContact", MayContact);
  service->Read("BatchGetContacts", BatchGetContacts);
  service->Finish();
  return service;
}

}  // namespace regulars::customer
