#include "customer-svc/rpc/customer_groups.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/mailbox.h"
#include "chassis/base/status_macros.h"
#include "customer-svc/store/customers.h"
#include "customer-svc/store/line_groups.h"

namespace regulars::customer {
namespace {

using customers::CustomerRef;

// How often the lines are applied at most until they change nothing. Lists only grow and are short,
// and each line may let another one in by growing one: more is not needed by any file.
constexpr int kMaxPasses = 100;

// How often a round reads the lines at most, each time by the countries that the time before came
// to, and how many rounds there are. Two of each do unless a line that is refused for its phone
// number would have linked customers.
constexpr int kMaxReadings = 8;
constexpr int kMaxRounds = 6;

absl::Status TooLarge() {
  return FailedPrecondition(
      "TOO_MANY_LINKED_LINES",
      absl::StrCat("shares external ids or e-mails with too many other lines: a customer may "
                   "stand on ",
                   LineGroups::kMaxLines, " of them, and ", kMaxGroupCustomers,
                   " customers may be linked by them"));
}

// Whether what the line's phone numbers are depends on its customer's country.
bool NeedsCountry(const Customer& line) {
  return line.country.empty() &&
         std::any_of(line.phones.begin(), line.phones.end(),
                     [](const Phone& phone) { return !absl::StartsWith(phone.number, "+"); });
}

bool Changed(const PlannedUpsert& planned) {
  return !planned.before || !ChangedFields(*planned.before, planned.after).empty();
}

// The customers that the lines of a group speak of, as the lines so far leave them.
class GroupCustomers : public CustomerView {
 public:
  explicit GroupCustomers(Snapshot& db) : db_(&db) {}

  absl::StatusOr<std::optional<CustomerRef>> FindByExternalId(const ExternalId& id) override {
    return Find(NameOf(id), [&] { return customers::FindByExternalId(*db_, id.system, id.id); });
  }
  absl::StatusOr<std::optional<CustomerRef>> FindByEmail(const std::string& address) override {
    const absl::StatusOr<std::string> folded = FoldMailbox(address);
    if (!folded.ok()) return std::optional<CustomerRef>();
    return Find(*folded, [&] { return customers::FindByEmail(*db_, address); });
  }
  absl::StatusOr<std::optional<Customer>> Load(int64_t key) override {
    return all_[places_.at(key)].after;
  }

  // Takes over what a line has come to; the customer's place.
  size_t Put(PlannedUpsert planned) {
    if (!planned.before) {
      // No stored customer's.
      planned.after.key = -static_cast<int64_t>(all_.size()) - 1;
      return Add({std::nullopt, std::move(planned.after)});
    }
    const size_t place = places_.at(planned.after.key);
    all_[place].after = std::move(planned.after);
    Name(place);
    return place;
  }

  // As they were in the store, and as they are now.
  const std::vector<PlannedUpsert>& all() const { return all_; }

 private:
  static std::string NameOf(const ExternalId& id) {
    // No e-mail address begins with a NUL.
    return absl::StrCat(absl::string_view("\0", 1), id.system, ":", id.id);
  }

  template <typename F>
  absl::StatusOr<std::optional<CustomerRef>> Find(const std::string& name, F find_stored) {
    auto known = owners_.find(name);
    if (known == owners_.end()) {
      ABSL_ASSIGN_OR_RETURN(const std::optional<CustomerRef> stored, find_stored());
      std::optional<size_t> place;
      if (stored) {
        ABSL_ASSIGN_OR_RETURN(place, PlaceOf(stored->key));
      }
      known = owners_.insert_or_assign(name, place).first;
    }
    if (!known->second) return std::optional<CustomerRef>();
    const Customer& c = all_[*known->second].after;
    return std::optional(CustomerRef{c.key, c.id, c.home_store, c.country, c.country_set});
  }

  absl::StatusOr<size_t> PlaceOf(int64_t key) {
    const auto known = places_.find(key);
    if (known != places_.end()) return known->second;
    ABSL_ASSIGN_OR_RETURN(std::optional<Customer> stored, customers::LoadByKey(*db_, key));
    if (!stored) return absl::DataLossError("an identifier has an owner that is not there");
    return Add({*stored, *stored});
  }

  size_t Add(PlannedUpsert entry) {
    places_[entry.after.key] = all_.size();
    all_.push_back(std::move(entry));
    Name(all_.size() - 1);
    return all_.size() - 1;
  }

  void Name(size_t place) {
    const Customer& customer = all_[place].after;
    for (const ExternalId& id : customer.external_ids) owners_[NameOf(id)] = place;
    for (const Email& email : customer.emails) owners_[email.folded] = place;
  }

  Snapshot* db_;
  std::vector<PlannedUpsert> all_;
  // By key.
  std::map<int64_t, size_t> places_;
  // By identifier; nullopt: nobody.
  std::map<std::string, std::optional<size_t>> owners_;
};

// What became of one line.
struct Fate {
  // The customer it was taken for, once it was; what it was refused for otherwise.
  std::optional<size_t> customer;
  bool changed = false;
  absl::Status refused;
};

// The countries by which a line's phone numbers are read, where they need one.
struct PhoneCountries {
  // What the reading before came to; without, it is what the customer has at the moment.
  std::optional<std::string> given;
  std::set<std::string> used;
};

class Planner {
 public:
  Planner(Snapshot& db, CustomerContext& context, absl::Span<const CustomerRow> lines)
      : db_(db), context_(context), lines_(lines), fates_(lines.size()), countries_(lines.size()) {}

  // Applies the lines until they change nothing, as they would once that is stored: phone numbers
  // are read by the countries that come of it. FAILED_PRECONDITION TOO_MANY_LINKED_LINES.
  absl::Status Settle() {
    GroupCustomers start(db_);
    for (int round = 1; round <= kMaxRounds; ++round) {
      ABSL_ASSIGN_OR_RETURN(const bool read_anew, Round(start));
      // Without, the last pass was what the same lines would be to the customers once stored.
      if (!read_anew || SameCustomers(start.all(), customers_->all())) break;
      start = *customers_;
    }
    return absl::OkStatus();
  }

  PlannedGroup Take(const CustomerRows& rows) const {
    PlannedGroup group;
    ImportReport& counts = group.counts;
    for (size_t i = 0; i < lines_.size(); ++i) {
      ++counts.lines_read;
      const Fate& fate = fates_[i];
      if (!fate.customer) {
        group.refused.push_back({i, rows.Explain(lines_[i], fate.refused)});
        counts.Refuse(group.refused.back().refusal.reason);
      } else {
        const bool stored = fate.changed && Changed(customers_->all()[*fate.customer]);
        ++(stored ? counts.lines_stored : counts.lines_unchanged);
      }
    }
    for (const PlannedUpsert& customer : customers_->all()) {
      if (!Changed(customer)) continue;
      ++(customer.before ? counts.customers_updated : counts.customers_created);
      group.changes.push_back(customer);
    }
    return group;
  }

 private:
  static bool SameCustomers(absl::Span<const PlannedUpsert> before,
                            absl::Span<const PlannedUpsert> after) {
    return std::equal(before.begin(), before.end(), after.begin(), after.end(),
                      [](const PlannedUpsert& was, const PlannedUpsert& is) {
                        return ChangedFields(was.after, is.after).empty();
                      });
  }

  // Lets the lines settle, beginning with `start`, until all phone numbers are read by the
  // countries that come of it; whether that took more than one reading.
  absl::StatusOr<bool> Round(const GroupCustomers& start) {
    std::vector<Fate> before = fates_;
    for (Fate& fate : before) fate.customer.reset();
    for (PhoneCountries& countries : countries_) countries.given.reset();
    for (int reading = 1;; ++reading) {
      customers_.emplace(start);
      fates_ = before;
      for (PhoneCountries& countries : countries_) countries.used.clear();
      ABSL_RETURN_IF_ERROR(Read());
      if (reading == kMaxReadings) return true;
      ABSL_ASSIGN_OR_RETURN(const bool moved, MoveCountries());
      if (!moved) return reading > 1;
    }
  }

  // Applies the lines until they change nothing.
  absl::Status Read() {
    for (bool settled = false; !settled; ++passes_) {
      const std::vector<PlannedUpsert> before = customers_->all();
      ABSL_RETURN_IF_ERROR(Pass());
      settled = passes_ >= kMaxPasses || SameCustomers(before, customers_->all());
    }
    return absl::OkStatus();
  }

  absl::Status Pass() {
    for (size_t i = 0; i < lines_.size(); ++i) {
      CustomerUpsert upsert{.customer = lines_[i].customer};
      if (NeedsCountry(upsert.customer)) {
        ABSL_ASSIGN_OR_RETURN(upsert.phone_country, PhoneCountry(i));
      }
      absl::StatusOr<PlannedUpsert> planned =
          PlanUpsert(db_, *customers_, context_, std::move(upsert));
      if (!planned.ok() && !IsRefusal(planned.status())) return planned.status();
      Fate& fate = fates_[i];
      if (planned.ok()) {
        // What a line says anew shows the first time.
        if (!fate.customer) fate.changed = fate.changed || Changed(*planned);
        fate.customer = customers_->Put(*std::move(planned));
      } else if (!fate.customer) {
        fate.refused = planned.status();
      }
      if (customers_->all().size() > kMaxGroupCustomers) return TooLarge();
    }
    return absl::OkStatus();
  }

  // The country by which the line's phone numbers are read.
  absl::StatusOr<std::string> PhoneCountry(size_t line) {
    PhoneCountries& countries = countries_[line];
    std::string country = countries.given.value_or("");
    if (!countries.given) {
      ABSL_ASSIGN_OR_RETURN(country, CountryNow(lines_[line].customer));
    }
    countries.used.insert(country);
    return country;
  }

  // Makes the next reading read each line's phone numbers by the country that its customer has now;
  // whether any were read by another one. A line that was refused for such a country stays so:
  // taken, it might bring the other country back, and so on.
  absl::StatusOr<bool> MoveCountries() {
    bool moved = false;
    for (size_t i = 0; i < lines_.size(); ++i) {
      PhoneCountries& countries = countries_[i];
      if (countries.used.empty() || (countries.given && !fates_[i].customer)) continue;
      ABSL_ASSIGN_OR_RETURN(std::string now, CountryNow(lines_[i].customer));
      moved = moved || countries.used != std::set<std::string>{now};
      countries.given = std::move(now);
    }
    return moved;
  }

  // The country of the first customer whom the line speaks of; the company's if that has none.
  absl::StatusOr<std::string> CountryNow(const Customer& line) {
    std::optional<CustomerRef> owner;
    for (const ExternalId& id : line.external_ids) {
      if (owner) break;
      ABSL_ASSIGN_OR_RETURN(owner, customers_->FindByExternalId(id));
    }
    for (const Email& email : line.emails) {
      if (owner) break;
      ABSL_ASSIGN_OR_RETURN(owner, customers_->FindByEmail(email.address));
    }
    return owner && !owner->country.empty() ? owner->country : context_.settings.country;
  }

  Snapshot& db_;
  CustomerContext& context_;
  const absl::Span<const CustomerRow> lines_;
  // Those of the reading that is under way.
  std::optional<GroupCustomers> customers_;
  std::vector<Fate> fates_;
  std::vector<PhoneCountries> countries_;
  // In all readings.
  int passes_ = 0;
};

// Whether the store still is what the change was planned from.
absl::StatusOr<bool> StillHolds(Snapshot& db, const PlannedUpsert& change) {
  const int64_t key = change.before ? change.before->key : 0;
  if (change.before) {
    ABSL_ASSIGN_OR_RETURN(const std::optional<Customer> now, customers::LoadByKey(db, key));
    if (!now || now->version != change.before->version ||
        !ChangedFields(*change.before, *now).empty()) {
      return false;
    }
  }
  const auto is_free = [key](const std::optional<CustomerRef>& owner) {
    return !owner || owner->key == key;
  };
  for (const ExternalId& id : change.after.external_ids) {
    ABSL_ASSIGN_OR_RETURN(const auto owner, customers::FindByExternalId(db, id.system, id.id));
    if (!is_free(owner)) return false;
  }
  for (const Email& email : change.after.emails) {
    ABSL_ASSIGN_OR_RETURN(const auto owner, customers::FindByEmail(db, email.address));
    if (!is_free(owner)) return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<PlannedGroup> PlanGroup(Snapshot& db, CustomerContext& context,
                                       const CustomerRows& rows,
                                       absl::Span<const CustomerRow> lines) {
  Planner planner(db, context, lines);
  const absl::Status settled = planner.Settle();
  if (GetErrorDetails(settled).reason == GetErrorDetails(TooLarge()).reason) {
    return RefuseGroup(lines.size());
  }
  ABSL_RETURN_IF_ERROR(settled);
  return planner.Take(rows);
}

PlannedGroup RefuseGroup(size_t lines) {
  const absl::Status error = TooLarge();
  const Refusal refusal{.reason = GetErrorDetails(error).reason,
                        .message = std::string(error.message())};
  PlannedGroup group;
  group.counts.lines_read = static_cast<int64_t>(lines);
  group.counts.Refuse(refusal.reason, static_cast<int64_t>(lines));
  for (size_t i = 0; i < lines; ++i) group.refused.push_back({i, refusal});
  return group;
}

absl::StatusOr<bool> StoreGroup(Transaction& tx, const PlannedGroup& group) {
  for (const PlannedUpsert& change : group.changes) {
    ABSL_ASSIGN_OR_RETURN(const bool holds, StillHolds(tx, change));
    if (!holds) return false;
  }
  for (const PlannedUpsert& change : group.changes) {
    ABSL_RETURN_IF_ERROR(StorePlanned(tx, change).status());
  }
  return true;
}

}  // namespace regulars::customer
