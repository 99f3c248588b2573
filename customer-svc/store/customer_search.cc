#include "customer-svc/store/customer_search.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "customer-svc/domain/search_words.h"
#include "customer-svc/store/customer_filter.h"
#include "customer-svc/store/customers.h"

namespace regulars::customer::customers {
namespace {

using storage_internal::ToParameter;

// Entries read at a time: a page is often full long before kMaxScan.
constexpr int64_t kNamesPerQuery = 500;
// Greater than every text that begins with what stands before it: the last code point.
constexpr char kLast[] = "\xF4\x8F\xBF\xBF";

// The condition, and that the caller may see the customer; "" if neither limits anything.
filter::SqlFragment Visible(const Snapshot& db, const filter::SqlFragment& where) {
  const std::vector<std::string>& stores = db.caller().realms;
  if (stores.empty()) return where;
  filter::SqlFragment all = where;
  absl::StrAppend(&all.sql, all.sql.empty() ? "" : " AND ", "c.home_store IN (");
  for (size_t i = 0; i < stores.size(); ++i) {
    all.sql += i == 0 ? "?" : ", ?";
    all.parameters.emplace_back(stores[i]);
  }
  all.sql += ")";
  return all;
}

// The id at which a page that may not look further ends; nullopt if the list ends before.
absl::StatusOr<std::optional<std::string>> EndOfScan(Snapshot& db, absl::string_view after,
                                                     bool backwards) {
  const int64_t skipped = kMaxScan - 1;
  if (!backwards) {
    return db
        .Sql("SELECT id FROM customer WHERE id > ? ORDER BY id LIMIT 1 OFFSET ?", after, skipped)
        .First<std::string>();
  }
  return db
      .Sql("SELECT id FROM customer WHERE id < ? ORDER BY id DESC LIMIT 1 OFFSET ?", after, skipped)
      .First<std::string>();
}

}  // namespace

absl::StatusOr<ListedPage> List(Snapshot& db, absl::string_view after, bool backwards,
                                const filter::SqlFragment& where, int64_t limit) {
  const absl::string_view start = backwards && after.empty() ? kLast : after;
  const filter::SqlFragment condition = Visible(db, where);
  std::string sql =
      absl::StrCat("SELECT c.key, c.id FROM customer c WHERE c.id ", backwards ? "< ?" : "> ?");
  std::vector<Parameter> parameters = {ToParameter(start)};
  std::optional<std::string> end;
  if (!condition.sql.empty()) {
    ABSL_ASSIGN_OR_RETURN(end, EndOfScan(db, start, backwards));
    if (end) {
      absl::StrAppend(&sql, " AND c.id ", backwards ? ">= ?" : "<= ?");
      parameters.push_back(ToParameter(*end));
    }
    absl::StrAppend(&sql, " AND ", condition.sql);
    AppendParameters(condition, parameters);
  }
  absl::StrAppend(&sql, " ORDER BY c.id ", backwards ? "DESC" : "ASC", " LIMIT ?");
  parameters.push_back(ToParameter(limit + 1));
  ListedPage page;
  std::string last;
  ABSL_RETURN_IF_ERROR(
      db.SqlWith(sql, parameters).Each<int64_t, std::string>([&](int64_t key, std::string id) {
        if (static_cast<int64_t>(page.keys.size()) == limit) {
          page.next = last;
        } else {
          page.keys.push_back(key);
          last = std::move(id);
        }
      }));
  if (page.next.empty() && end) page.next = *end;
  return page;
}

absl::StatusOr<std::vector<int64_t>> FindByTyped(Snapshot& db, const TypedIdentifier& typed,
                                                 int64_t after, int64_t limit) {
  // An empty text equals no e-mail, phone or external id.
  return db
      .Sql(
          "SELECT customer FROM customer_email WHERE folded = ? AND customer > ? "
          "UNION SELECT customer FROM customer_phone WHERE number = ? AND customer > ? "
          "UNION SELECT customer FROM customer_external_id WHERE id = ? AND customer > ? "
          "ORDER BY customer LIMIT ?",
          typed.folded_email, after, typed.phone, after, typed.external_id, after, limit)
      .All<int64_t>();
}

absl::StatusOr<bool> HasTyped(Snapshot& db, const TypedIdentifier& typed, int64_t key) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<int64_t> found, FindByTyped(db, typed, key - 1, 1));
  return !found.empty() && found.front() == key;
}

absl::StatusOr<NamedPage> FindByName(Snapshot& db, const std::vector<std::string>& words,
                                     const std::optional<NamePlace>& after, int64_t limit) {
  NamedPage page;
  if (words.empty()) return page;
  const size_t driver = ChooseDriver(words);
  const std::string end = words[driver] + kLast;
  NamePlace place = after.value_or(NamePlace{words[driver], 0});
  for (int64_t scanned = 0; scanned < kMaxScan;) {
    ABSL_ASSIGN_OR_RETURN(
        const auto entries,
        (db.Sql("SELECT words, customer FROM customer_name WHERE (words, customer) > (?, ?) AND "
                "words < ? ORDER BY words, customer LIMIT ?",
                place.words, place.key, end, kNamesPerQuery)
             .All<std::string, int64_t>()));
    scanned += kNamesPerQuery;
    for (const auto& [entry, key] : entries) {
      if (FindsBy(entry, words, driver)) {
        ABSL_ASSIGN_OR_RETURN(const auto customer, FindByKey(db, key));
        if (customer && auth::MaySee(db.caller(), customer->home_store)) page.keys.push_back(key);
      }
      place = {entry, key};
      if (static_cast<int64_t>(page.keys.size()) == limit) {
        page.next = place;
        return page;
      }
    }
    if (static_cast<int64_t>(entries.size()) < kNamesPerQuery) return page;
  }
  page.next = place;
  return page;
}

}  // namespace regulars::customer::customers
