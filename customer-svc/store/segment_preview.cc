#include "customer-svc/store/segment_preview.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "chassis/base/money.h"
#include "chassis/base/status_macros.h"
#include "customer-svc/store/customer_filter.h"

namespace regulars::customer::segment_preview {
namespace {

using storage_internal::ToParameter;

// Customers with one home store, or all.
struct Population {
  std::optional<std::string> store;
  int64_t count = 0;
  int64_t first_key = 0;
  int64_t last_key = -1;
};

// The index on home stores holds those who have one.
constexpr char kOfStore[] = "c.home_store = ? AND c.home_store <> ''";

absl::StatusOr<Population> Measure(Snapshot& db, const std::optional<std::string>& store) {
  constexpr char kSelect[] =
      "SELECT COUNT(*), COALESCE(MIN(c.key), 0), COALESCE(MAX(c.key), -1) FROM customer c";
  Population population{.store = store};
  absl::Status status;
  const auto take = [&](int64_t count, int64_t first, int64_t last) {
    population.count = count;
    population.first_key = first;
    population.last_key = last;
  };
  if (store) {
    const std::string sql = absl::StrCat(kSelect, " WHERE ", kOfStore);
    ABSL_RETURN_IF_ERROR(db.Sql(sql, *store).Each<int64_t, int64_t, int64_t>(take));
  } else {
    ABSL_RETURN_IF_ERROR(db.Sql(kSelect).Each<int64_t, int64_t, int64_t>(take));
  }
  return population;
}

class Preview {
 public:
  Preview(Snapshot& db, const filter::SqlFragment& where, size_t sample_size)
      : db_(db), where_(where), sample_size_(sample_size) {}

  // Looks at `looks` customers of the population, or at all of them.
  absl::Status Look(const Population& population, int64_t looks) {
    const std::string sql = absl::StrCat("SELECT c.key, (", where_.sql, ") FROM customer c WHERE ",
                                         population.store ? absl::StrCat(kOfStore, " AND ") : "",
                                         "c.key >= ? ORDER BY c.key LIMIT ?");
    if (looks >= population.count) return LookFrom(sql, population, 0, population.count);
    int64_t next = population.first_key;
    const int64_t span = population.last_key - population.first_key + 1;
    for (int64_t i = 0; i < looks && next <= population.last_key; ++i) {
      // Evenly spaced; where keys are missing the next one stands in, each once.
      const int64_t at = population.first_key + MultiplyDivide(span, i, looks).value_or(span);
      next = std::max(next, at);
      ABSL_RETURN_IF_ERROR(LookFrom(sql, population, next, 1));
      next = last_seen_ + 1;
    }
    return absl::OkStatus();
  }

  Count count;

 private:
  absl::Status LookFrom(const std::string& sql, const Population& population, int64_t from,
                        int64_t limit) {
    std::vector<Parameter> parameters;
    AppendParameters(where_, parameters);
    if (population.store) parameters.push_back(ToParameter(*population.store));
    parameters.push_back(ToParameter(from));
    parameters.push_back(ToParameter(limit));
    return db_.SqlWith(sql, parameters).Each<int64_t, bool>([&](int64_t key, bool matches) {
      last_seen_ = key;
      ++count.examined_count;
      if (!matches) return;
      ++count.matched_count;
      if (count.sample.size() < sample_size_) count.sample.push_back(key);
    });
  }

  Snapshot& db_;
  const filter::SqlFragment& where_;
  const size_t sample_size_;
  int64_t last_seen_ = 0;
};

}  // namespace

absl::StatusOr<Count> CountMatches(Snapshot& db, const filter::SqlFragment& where,
                                   absl::Span<const std::string> stores, int64_t max_looks,
                                   size_t sample_size) {
  std::vector<Population> populations;
  if (stores.empty()) {
    ABSL_ASSIGN_OR_RETURN(populations.emplace_back(), Measure(db, std::nullopt));
  }
  for (const std::string& store : stores) {
    ABSL_ASSIGN_OR_RETURN(populations.emplace_back(), Measure(db, store));
  }
  Preview preview(db, where, sample_size);
  for (const Population& population : populations) {
    preview.count.customer_count += population.count;
  }
  for (const Population& population : populations) {
    const int64_t share = preview.count.customer_count <= max_looks
                              ? population.count
                              : population.count * max_looks / preview.count.customer_count;
    ABSL_RETURN_IF_ERROR(preview.Look(population, share));
  }
  return std::move(preview.count);
}

}  // namespace regulars::customer::segment_preview
