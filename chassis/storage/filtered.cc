#include "chassis/storage/filtered.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>

#include "absl/strings/str_cat.h"
#include "chassis/filter/sql.h"

namespace regulars {
namespace {

using storage_internal::ToParameter;

// Rows looked at in one statement.
constexpr int64_t kScannedAtOnce = 1000;

}  // namespace

absl::StatusOr<NumberedPage> ListNewestFirst(Snapshot& db, absl::string_view table,
                                             const filter::Expression& filter, RowRange range,
                                             int64_t limit) {
  const filter::SqlFragment condition = filter::ToSql(filter, db.now(), absl::UTCTimeZone());
  const std::string sql = absl::StrCat("SELECT id, (", condition.sql, ") FROM ", table,
                                       " WHERE id < ? AND id >= ? ORDER BY id DESC LIMIT ?");
  NumberedPage page;
  int64_t last = range.before > 0 ? range.before : std::numeric_limits<int64_t>::max();
  for (int64_t looked = 0; looked < kMaxRowsScanned;) {
    // One more than wanted tells whether there is a next page.
    const int64_t window = std::min(std::max(limit + 1, looked), kScannedAtOnce);
    int64_t seen = 0;
    std::vector<Parameter> parameters;
    AppendParameters(condition, parameters);
    parameters.push_back(ToParameter(last));
    parameters.push_back(ToParameter(range.from));
    parameters.push_back(ToParameter(window));
    ABSL_RETURN_IF_ERROR(
        db.SqlWith(sql, parameters).Each<int64_t, bool>([&](int64_t id, bool matches) {
          ++seen;
          last = id;
          if (matches) page.ids.push_back(id);
        }));
    if (static_cast<int64_t>(page.ids.size()) > limit) {
      page.ids.resize(static_cast<size_t>(limit));
      page.next = page.ids.back();
      return page;
    }
    if (seen < window) return page;
    looked += seen;
  }
  page.next = last;
  return page;
}

void AppendParameters(const filter::SqlFragment& fragment, std::vector<Parameter>& parameters) {
  for (const filter::Value& value : fragment.parameters) {
    parameters.push_back(std::visit(
        [](const auto& v) {
          using T = std::decay_t<decltype(v)>;
          if constexpr (std::is_same_v<T, std::monostate>) {
            return ToParameter(std::optional<int64_t>());
          } else {
            return ToParameter(v);
          }
        },
        value));
  }
}

}  // namespace regulars
