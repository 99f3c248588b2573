#include "customer-svc/rpc/contacts.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/reply_limit.h"
#include "customer-svc/domain/consent.h"
#include "customer-svc/domain/search_words.h"
#include "customer-svc/rpc/consent_messages.h"
#include "customer-svc/rpc/customer_messages.h"
#include "customer-svc/store/consents.h"
#include "customer-svc/store/customers.h"
#include "customer-svc/store/settings.h"

namespace regulars::customer {
namespace {

constexpr int kMaxCustomers = 1000;

// What is asked about each customer.
struct Question {
  std::string channel;
  std::string topic;
  v1::ContactPurpose purpose;
};

struct Verdict {
  ContactVerdict verdict = ContactVerdict::kCustomerUnknown;
  // The word that decided, if one did.
  std::optional<ConsentRecord> word;
  std::string address;
};

template <typename Request>
absl::StatusOr<Question> ReadQuestion(const Request& request) {
  ABSL_RETURN_IF_ERROR(CheckChannelAndTopic(request.channel(), request.topic()));
  if (!v1::ContactPurpose_IsValid(request.purpose())) {
    return FieldError("purpose", "INVALID_PURPOSE", "is no ContactPurpose");
  }
  return Question{request.channel(), request.topic(), request.purpose()};
}

// The customer, if there is one whom the caller may see.
absl::StatusOr<std::optional<Customer>> LoadSeen(Snapshot& db, const std::string& name,
                                                 absl::string_view field) {
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("customers", name, field));
  ABSL_ASSIGN_OR_RETURN(auto customer, customers::Load(db, id));
  if (customer && !auth::MaySee(db.caller(), customer->home_store)) customer.reset();
  return customer;
}

absl::Status AskForConsent(Snapshot& db, int64_t customer, const Question& question,
                           Verdict& verdict) {
  verdict.verdict = ContactVerdict::kAllowed;
  if (question.purpose == v1::CONTACT_PURPOSE_SERVICE) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const std::vector<ConsentRecord> said,
                        consents::LoadCurrent(db, customer, question.channel));
  const ConsentAnswer answer = AskConsent(said, question.channel, question.topic);
  verdict.verdict = answer.verdict;
  if (answer.decided_by != nullptr) verdict.word = *answer.decided_by;
  return absl::OkStatus();
}

absl::StatusOr<Verdict> Judge(Snapshot& db, const std::optional<Customer>& customer,
                              const Question& question) {
  Verdict verdict;
  if (!customer) return verdict;
  ABSL_RETURN_IF_ERROR(AskForConsent(db, customer->key, question, verdict));
  if (verdict.verdict != ContactVerdict::kAllowed) return verdict;
  std::optional<std::string> address = PrimaryAddress(*customer, question.channel);
  if (!address) verdict.verdict = ContactVerdict::kNoAddress;
  verdict.address = std::move(address).value_or("");
  return verdict;
}

// What a message needs to know of somebody who may be written to.
void Introduce(const CompanySettings& settings, const Customer& customer, v1::Contact& contact) {
  contact.set_given_name(customer.given_name);
  contact.set_family_name(customer.family_name);
  contact.set_display_name(DisplayName(customer));
  contact.set_company(customer.company);
  contact.set_language(customer.language.empty() ? settings.language : customer.language);
  contact.set_time_zone(customer.time_zone.empty() ? settings.time_zone : customer.time_zone);
  contact.set_country(customer.country);
  v1::Customer message = WriteNewCustomer(settings, customer);
  contact.mutable_attributes()->swap(*message.mutable_attributes());
}

// Leaves the custom attributes that are asked for.
void KeepWanted(const std::optional<std::set<std::string>>& wanted, Customer& customer) {
  if (!wanted) return;
  std::erase_if(customer.attributes,
                [&](const auto& attribute) { return !wanted->contains(attribute.first); });
}

}  // namespace

absl::StatusOr<v1::MayContactResponse> MayContact(Snapshot& db,
                                                  const v1::MayContactRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const Question question, ReadQuestion(request));
  ABSL_ASSIGN_OR_RETURN(const auto customer, LoadSeen(db, request.customer(), "customer"));
  ABSL_ASSIGN_OR_RETURN(const Verdict verdict, Judge(db, customer, question));
  v1::MayContactResponse reply;
  reply.set_allowed(verdict.verdict == ContactVerdict::kAllowed);
  reply.set_verdict(static_cast<v1::ContactVerdict>(verdict.verdict));
  if (verdict.word) *reply.mutable_consent() = WriteConsent(customer->id, *verdict.word);
  return reply;
}

absl::StatusOr<v1::BatchGetContactsResponse> BatchGetContacts(
    Snapshot& db, const v1::BatchGetContactsRequest& request) {
  if (request.customers().empty() || request.customers_size() > kMaxCustomers) {
    return FieldError("customers", "INVALID_BATCH_SIZE", "must be 1 to 1000 names");
  }
  ABSL_ASSIGN_OR_RETURN(const Question question, ReadQuestion(request));
  ABSL_ASSIGN_OR_RETURN(const CompanySettings settings, settings::Load(db));
  std::optional<std::set<std::string>> wanted;
  if (request.has_attributes()) {
    wanted.emplace(request.attributes().ids().begin(), request.attributes().ids().end());
  }
  v1::BatchGetContactsResponse reply;
  reply.set_company_time_zone(settings.time_zone);
  rpc::ReplyLimit limit("customers");
  for (int i = 0; i < request.customers_size(); ++i) {
    ABSL_ASSIGN_OR_RETURN(auto customer,
                          LoadSeen(db, request.customers(i), absl::StrCat("customers[", i, "]")));
    ABSL_ASSIGN_OR_RETURN(Verdict verdict, Judge(db, customer, question));
    v1::Contact& contact = *reply.add_contacts();
    contact.set_customer(request.customers(i));
    contact.set_verdict(static_cast<v1::ContactVerdict>(verdict.verdict));
    contact.set_allowed(verdict.verdict == ContactVerdict::kAllowed);
    // Who might be written to and has no address is known to whoever shows a message beforehand.
    if (!contact.allowed() && verdict.verdict != ContactVerdict::kNoAddress) continue;
    contact.set_address(std::move(verdict.address));
    KeepWanted(wanted, *customer);
    Introduce(settings, *customer, contact);
    ABSL_RETURN_IF_ERROR(limit.Add(contact));
  }
  return reply;
}

}  // namespace regulars::customer
