#include "customer-svc/rpc/customer_reads.h"

#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/mailbox.h"
#include "chassis/base/text.h"
#include "chassis/filter/sql.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/page_token.h"
#include "chassis/rpc/reply_limit.h"
#include "customer-svc/domain/phone_number.h"
#include "customer-svc/domain/search_words.h"
#include "customer-svc/rpc/customer_messages.h"
#include "customer-svc/store/customer_filter.h"
#include "customer-svc/store/customer_search.h"
#include "customer-svc/store/customers.h"
#include "customer-svc/store/settings.h"

namespace regulars::customer {
namespace {

using customers::CustomerRef;

constexpr int kMaxNames = 1000;
constexpr size_t kMinQuery = 1;
constexpr size_t kMaxQuery = 200;
constexpr rpc::PageRules kSearchPages = {.default_size = 20, .max_size = 100, .parts = 2};

absl::Status NobodyHasIt() {
  return NotFound("CUSTOMER_NOT_FOUND", "no customer has this identifier");
}

// Appends the customers of these keys that still exist, until they come to `max_bytes`; whether all
// were appended.
template <typename Reply>
absl::StatusOr<bool> Append(Snapshot& db, const CompanySettings& settings,
                            const std::vector<int64_t>& keys, size_t max_bytes, Reply& reply) {
  size_t bytes = 0;
  for (const int64_t key : keys) {
    if (bytes >= max_bytes) return false;
    ABSL_ASSIGN_OR_RETURN(const auto customer, customers::LoadByKey(db, key));
    if (!customer || !auth::MaySee(db.caller(), customer->home_store)) continue;
    v1::Customer& written = *reply.add_customers();
    ABSL_ASSIGN_OR_RETURN(written, WriteCustomer(db, settings, *customer));
    bytes += written.ByteSizeLong();
  }
  return true;
}

// The same for lists that are short.
template <typename Reply>
absl::Status AppendAll(Snapshot& db, const CompanySettings& settings,
                       const std::vector<int64_t>& keys, Reply& reply) {
  return Append(db, settings, keys, std::numeric_limits<size_t>::max(), reply).status();
}

absl::StatusOr<bool> IsBackwards(const std::string& order_by) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(order_by, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  const std::string plain = absl::StrJoin(words, " ");
  if (plain.empty() || plain == "name" || plain == "name asc") return false;
  if (plain == "name desc") return true;
  return FieldError("order_by", "INVALID_ORDER_BY", "must be 'name' or 'name desc'");
}

absl::StatusOr<int64_t> FindByPhone(Snapshot& db, const CompanySettings& settings,
                                    const std::string& text) {
  const absl::StatusOr<std::string> number = ReadPhone(text, settings.country);
  if (!number.ok()) {
    return FieldError("identifier.phone", "INVALID_PHONE",
                      absl::string_view(number.status().message()));
  }
  // One customer decides between "this one" and "several"; those who may not be seen do not count.
  std::optional<int64_t> found;
  int64_t after = 0;
  while (true) {
    ABSL_ASSIGN_OR_RETURN(const std::vector<int64_t> keys,
                          customers::FindByTyped(db, {.phone = *number}, after, kMaxNames));
    for (const int64_t key : keys) {
      ABSL_ASSIGN_OR_RETURN(const auto customer, customers::FindByKey(db, key));
      if (!customer || !auth::MaySee(db.caller(), customer->home_store)) continue;
      if (found) {
        return FailedPrecondition("IDENTIFIER_AMBIGUOUS",
                                  "several customers have this phone number: search for it");
      }
      found = key;
    }
    if (keys.size() < kMaxNames) break;
    after = keys.back();
  }
  if (!found) return NobodyHasIt();
  return *found;
}

absl::StatusOr<int64_t> FindByIdentifier(Snapshot& db, const CompanySettings& settings,
                                         const v1::CustomerIdentifier& identifier) {
  std::optional<CustomerRef> found;
  switch (identifier.identifier_case()) {
    case v1::CustomerIdentifier::kEmail: {
      const absl::StatusOr<std::string> folded = FoldMailbox(identifier.email());
      if (!folded.ok()) {
        return FieldError("identifier.email", "INVALID_EMAIL",
                          absl::string_view(folded.status().message()));
      }
      ABSL_ASSIGN_OR_RETURN(found, customers::FindByEmail(db, identifier.email()));
      break;
    }
    case v1::CustomerIdentifier::kPhone:
      return FindByPhone(db, settings, identifier.phone());
    case v1::CustomerIdentifier::kExternalId: {
      const v1::ExternalId& id = identifier.external_id();
      if (id.system().empty() || id.id().empty()) {
        return FieldError("identifier.external_id", "INVALID_EXTERNAL_ID",
                          "must have a system and an id");
      }
      ABSL_ASSIGN_OR_RETURN(found, customers::FindByExternalId(db, id.system(), id.id()));
      break;
    }
    case v1::CustomerIdentifier::IDENTIFIER_NOT_SET:
      return FieldError("identifier", "IDENTIFIER_MISSING",
                        "must have an e-mail, a phone or an external id");
  }
  if (!found || !auth::MaySee(db.caller(), found->home_store)) return NobodyHasIt();
  return found->key;
}

customers::TypedIdentifier ReadTyped(const CompanySettings& settings, const std::string& query) {
  return {.folded_email = FoldMailbox(query).value_or(""),
          .phone = ReadPhone(query, settings.country).value_or(""),
          .external_id = query};
}

// Where a page of a search begins: among those with the identifier, behind a key, or among the
// names, behind an entry. A token holds the entry's words, "" for the former, and the key.
struct SearchPlace {
  std::string words;
  int64_t key = 0;
};

absl::StatusOr<SearchPlace> ReadSearchPlace(const rpc::Page& page) {
  SearchPlace place;
  if (page.after.empty()) return place;
  place.words = page.after[0];
  if (!absl::SimpleAtoi(page.after[1], &place.key)) {
    return rpc::InvalidPageToken();
  }
  return place;
}

}  // namespace

absl::Status CustomerNotFound(absl::string_view name) {
  return NotFound("CUSTOMER_NOT_FOUND",
                  absl::StrCat("there is no customer '", EscapeForLog(name), "'"));
}

absl::StatusOr<Customer> LoadVisible(Snapshot& db, absl::string_view name,
                                     absl::string_view field) {
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("customers", name, field));
  ABSL_ASSIGN_OR_RETURN(auto customer, customers::Load(db, id));
  if (!customer || !auth::MaySee(db.caller(), customer->home_store)) return CustomerNotFound(name);
  return *std::move(customer);
}

absl::StatusOr<v1::Customer> GetCustomer(Snapshot& db, const v1::GetCustomerRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const Customer customer, LoadVisible(db, request.name(), "name"));
  ABSL_ASSIGN_OR_RETURN(const CompanySettings settings, settings::Load(db));
  return WriteCustomer(db, settings, customer);
}

absl::StatusOr<v1::BatchGetCustomersResponse> BatchGetCustomers(
    Snapshot& db, const v1::BatchGetCustomersRequest& request) {
  if (request.names().empty() || request.names_size() > kMaxNames) {
    return FieldError("names", "INVALID_BATCH_SIZE", "must be 1 to 1000 names");
  }
  ABSL_ASSIGN_OR_RETURN(const CompanySettings settings, settings::Load(db));
  v1::BatchGetCustomersResponse reply;
  rpc::ReplyLimit limit("names");
  for (int i = 0; i < request.names_size(); ++i) {
    const absl::StatusOr<Customer> customer =
        LoadVisible(db, request.names(i), absl::StrCat("names[", i, "]"));
    if (absl::IsNotFound(customer.status())) continue;
    ABSL_RETURN_IF_ERROR(customer.status());
    v1::Customer& written = *reply.add_customers();
    ABSL_ASSIGN_OR_RETURN(written, WriteCustomer(db, settings, *customer));
    ABSL_RETURN_IF_ERROR(limit.Add(written));
  }
  return reply;
}

absl::StatusOr<v1::ListCustomersResponse> ListCustomers(Snapshot& db,
                                                        const v1::ListCustomersRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  ABSL_ASSIGN_OR_RETURN(const bool backwards, IsBackwards(request.order_by()));
  ABSL_ASSIGN_OR_RETURN(const CompanySettings settings, settings::Load(db));
  filter::SqlFragment where;
  if (!request.filter().empty()) {
    ABSL_ASSIGN_OR_RETURN(const filter::Expression filter,
                          CompileCustomerFilter(db, request.filter()));
    where = filter::ToSql(filter, db.now(), settings.zone);
  }
  ABSL_ASSIGN_OR_RETURN(const customers::ListedPage listed,
                        customers::List(db, page.after_id(), backwards, where, page.size));
  v1::ListCustomersResponse reply;
  std::string next = listed.next;
  ABSL_ASSIGN_OR_RETURN(const bool all,
                        Append(db, settings, listed.keys, rpc::kMaxPageBytes, reply));
  if (!all) {
    ABSL_ASSIGN_OR_RETURN(next,
                          rpc::ParseName("customers", reply.customers().rbegin()->name(), "name"));
  }
  if (!next.empty()) reply.set_next_page_token(rpc::NextPageToken(request, db.now(), {next}));
  return reply;
}

absl::StatusOr<v1::Customer> LookupCustomer(Snapshot& db,
                                            const v1::LookupCustomerRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const CompanySettings settings, settings::Load(db));
  ABSL_ASSIGN_OR_RETURN(const int64_t key, FindByIdentifier(db, settings, request.identifier()));
  ABSL_ASSIGN_OR_RETURN(const auto customer, customers::LoadByKey(db, key));
  if (!customer) return NobodyHasIt();
  return WriteCustomer(db, settings, *customer);
}

absl::StatusOr<v1::SearchCustomersResponse> SearchCustomers(
    Snapshot& db, const v1::SearchCustomersRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now(), kSearchPages));
  ABSL_ASSIGN_OR_RETURN(SearchPlace place, ReadSearchPlace(page));
  const std::string query(absl::StripAsciiWhitespace(request.query()));
  const size_t length = IsValidUtf8(query) ? CodePointCount(query) : 0;
  if (length < kMinQuery || length > kMaxQuery || query.find('\0') != std::string::npos) {
    return FieldError("query", "INVALID_QUERY", "must have 1 to 200 characters");
  }
  ABSL_ASSIGN_OR_RETURN(const CompanySettings settings, settings::Load(db));
  const customers::TypedIdentifier typed = ReadTyped(settings, query);
  v1::SearchCustomersResponse reply;
  const bool resumed_in_names = !place.words.empty();
  if (!resumed_in_names) {
    ABSL_ASSIGN_OR_RETURN(std::vector<int64_t> keys,
                          customers::FindByTyped(db, typed, place.key, page.size));
    ABSL_RETURN_IF_ERROR(AppendAll(db, settings, keys, reply));
    if (static_cast<int64_t>(keys.size()) == page.size) {
      reply.set_next_page_token(
          rpc::NextPageToken(request, db.now(), {"", absl::StrCat(keys.back())}));
      return reply;
    }
  }
  std::optional<customers::NamePlace> after;
  if (resumed_in_names) after = {place.words, place.key};
  ABSL_ASSIGN_OR_RETURN(
      customers::NamedPage named,
      customers::FindByName(db, SearchWords(query), after, page.size - reply.customers_size()));
  std::vector<int64_t> others;
  for (const int64_t key : named.keys) {
    ABSL_ASSIGN_OR_RETURN(const bool had, customers::HasTyped(db, typed, key));
    if (!had) others.push_back(key);
  }
  ABSL_RETURN_IF_ERROR(AppendAll(db, settings, others, reply));
  if (named.next) {
    reply.set_next_page_token(
        rpc::NextPageToken(request, db.now(), {named.next->words, absl::StrCat(named.next->key)}));
  }
  return reply;
}

}  // namespace regulars::customer
