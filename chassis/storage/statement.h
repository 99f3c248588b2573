// SQL as handlers' stores write it: text with '?' parameters, typed values in, typed rows out.
//
//   ABSL_RETURN_IF_ERROR(tx.Sql("UPDATE box SET label = ? WHERE id = ?", label, id).Run());
//   ABSL_ASSIGN_OR_RETURN(auto row, db.Sql("SELECT label, size FROM box WHERE id = ?", id)
//                                       .First<std::string, std::optional<int64_t>>());
//   if (!row) return NotFound(…);
//   const auto& [label, size] = *row;
//
// Values: bool, int64_t, double, std::string (UTF-8 text), Bytes, absl::Time (µs UTC), and
// std::optional of each for NULL. Statements are prepared once per connection and text, and reset
// before a call returns. SOCI carries text, numbers and the connection; its exceptions end here.
//
// A connection belongs to one thread at a time.
#ifndef CHASSIS_STORAGE_STATEMENT_H_
#define CHASSIS_STORAGE_STATEMENT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/base/status_macros.h"

namespace regulars {

// A string of bytes that is stored as a blob.
struct Bytes {
  std::string value;
  friend bool operator==(const Bytes&, const Bytes&) = default;
};

// One value on its way into a statement. Text and bytes are borrowed: the argument must outlive the
// full expression that Sql() stands in, which it does when the chain is written in one go.
struct Parameter {
  enum class Kind : char { kInteger = 'i', kReal = 'r', kText = 't', kBytes = 'b' };
  Kind kind;
  bool is_null = false;
  int64_t integer = 0;
  double real = 0;
  absl::string_view text;
};

namespace storage_internal {

inline Parameter ToParameter(int64_t v) { return {Parameter::Kind::kInteger, false, v, 0, {}}; }
inline Parameter ToParameter(int v) { return ToParameter(int64_t{v}); }
inline Parameter ToParameter(bool v) { return ToParameter(int64_t{v}); }
inline Parameter ToParameter(double v) { return {Parameter::Kind::kReal, false, 0, v, {}}; }
inline Parameter ToParameter(absl::Time v) { return ToParameter(absl::ToUnixMicros(v)); }
inline Parameter ToParameter(absl::string_view v) {
  return {Parameter::Kind::kText, false, 0, 0, v};
}
inline Parameter ToParameter(const std::string& v) { return ToParameter(absl::string_view(v)); }
inline Parameter ToParameter(const char* v) { return ToParameter(absl::string_view(v)); }
inline Parameter ToParameter(const Bytes& v) {
  return {Parameter::Kind::kBytes, false, 0, 0, v.value};
}
inline Parameter ToParameter(const Parameter& v) { return v; }
template <typename T>
Parameter ToParameter(const std::optional<T>& v) {
  if (v) return ToParameter(*v);
  Parameter null = ToParameter(T{});
  null.is_null = true;
  null.text = {};
  return null;
}

template <typename T>
struct ColumnType;  // Which kind of column T is read from.
template <>
struct ColumnType<int64_t> {
  static constexpr Parameter::Kind kKind = Parameter::Kind::kInteger;
};
template <>
struct ColumnType<bool> : ColumnType<int64_t> {};
template <>
struct ColumnType<absl::Time> : ColumnType<int64_t> {};
template <>
struct ColumnType<double> {
  static constexpr Parameter::Kind kKind = Parameter::Kind::kReal;
};
template <>
struct ColumnType<std::string> {
  static constexpr Parameter::Kind kKind = Parameter::Kind::kText;
};
template <>
struct ColumnType<Bytes> {
  static constexpr Parameter::Kind kKind = Parameter::Kind::kBytes;
};
template <typename T>
struct ColumnType<std::optional<T>> : ColumnType<T> {};

// A prepared statement and the memory that its values pass through. Defined in statement.cc.
class Prepared;

// One column of the row that a statement stands on.
struct Column {
  bool is_null;
  int64_t integer;
  double real;
  const std::string* text;  // Text or bytes.
};

template <typename T>
bool Read(const Column& column, T& out) {
  if constexpr (std::is_same_v<T, absl::Time>) {
    out = absl::FromUnixMicros(column.integer);
  } else if constexpr (std::is_same_v<T, bool>) {
    out = column.integer != 0;
  } else if constexpr (std::is_same_v<T, int64_t>) {
    out = column.integer;
  } else if constexpr (std::is_same_v<T, double>) {
    out = column.real;
  } else if constexpr (std::is_same_v<T, Bytes>) {
    out.value = *column.text;
  } else {
    out = *column.text;
  }
  return !column.is_null;
}
template <typename T>
bool Read(const Column& column, std::optional<T>& out) {
  T value;
  if (column.is_null) {
    out.reset();
  } else {
    Read(column, value);
    out = std::move(value);
  }
  return true;
}

}  // namespace storage_internal

// How long a connection waits for another that is in its way.
inline constexpr int kBusyTimeoutMs = 1000;

struct ConnectionOptions {
  std::string path;
  std::string vfs;  // Empty: the default one.
  bool read_only = false;
  // Page cache, KiB.
  int64_t cache_kib = 8 * 1024;
};

class Query;

// One open database connection with its prepared statements.
class Connection {
 public:
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const ConnectionOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // A statement with its arguments; write the whole chain in one expression.
  template <typename... Args>
  Query Sql(absl::string_view sql, const Args&... args);
  // The same with arguments collected at run time.
  Query SqlWith(absl::string_view sql, const std::vector<Parameter>& parameters);

  // Several statements separated by ';', without parameters: migrations and pragmas.
  absl::Status Script(const std::string& script);

  // Rows changed by the last INSERT, UPDATE or DELETE.
  int64_t Changes() const;
  // Whether a transaction is open. A full disk may end one behind the caller's back.
  bool InTransaction() const;
  // Whether a statement failed since the last ClearFailure(): no function goes on after that.
  bool failed() const { return failed_; }
  void ClearFailure() { failed_ = false; }
  // Rows that any statement changed since the connection was opened.
  int64_t TotalChanges() const;

  // The engine's own handle (sqlite3*), for chassis/storage alone.
  void* native_handle() const;

 private:
  friend class Query;
  struct Impl;
  explicit Connection(std::unique_ptr<Impl> impl);

  absl::Status Fail(absl::string_view doing, absl::string_view what);
  absl::StatusOr<storage_internal::Prepared*> Take(absl::string_view sql,
                                                   absl::Span<const Parameter> parameters,
                                                   absl::string_view columns);

  std::unique_ptr<Impl> impl_;
  bool failed_ = false;
};

// A statement ready to run. Lives within one expression; see Connection::Sql.
class Query {
 public:
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  // Runs a statement for its effect.
  absl::Status Run() &&;

  // The first row, as T for one column and std::tuple<Ts...> for more; nullopt when there is none.
  template <typename... Ts>
  auto First() && {
    using Row = RowOf<Ts...>;
    std::optional<Row> row;
    absl::Status status = Step<Ts...>([&](auto&&... values) {
      row = Row(std::move(values)...);
      return false;
    });
    return status.ok() ? absl::StatusOr<std::optional<Row>>(std::move(row))
                       : absl::StatusOr<std::optional<Row>>(std::move(status));
  }

  // Calls `each` with the columns of every row; `each` returns void, or a Status that ends the walk
  // when it is an error.
  template <typename... Ts, typename F>
  absl::Status Each(F each) && {
    absl::Status stopped;
    absl::Status status = Step<Ts...>([&](auto&&... values) {
      if constexpr (std::is_void_v<decltype(each(std::move(values)...))>) {
        each(std::move(values)...);
        return true;
      } else {
        stopped = each(std::move(values)...);
        return stopped.ok();
      }
    });
    return status.ok() ? stopped : status;
  }

  // All rows. For results that the statement itself bounds (LIMIT, a unique key).
  template <typename... Ts>
  auto All() && {
    std::vector<RowOf<Ts...>> rows;
    absl::Status status = Step<Ts...>([&](auto&&... values) {
      rows.push_back(RowOf<Ts...>(std::move(values)...));
      return true;
    });
    return status.ok() ? absl::StatusOr<std::vector<RowOf<Ts...>>>(std::move(rows))
                       : absl::StatusOr<std::vector<RowOf<Ts...>>>(std::move(status));
  }

 private:
  friend class Connection;
  template <typename... Ts>
  using RowOf = std::conditional_t<sizeof...(Ts) == 1, std::tuple_element_t<0, std::tuple<Ts...>>,
                                   std::tuple<Ts...>>;

  using Parameters = std::vector<Parameter>;
  Query(Connection& connection, absl::string_view sql, Parameters parameters)
      : connection_(connection), sql_(sql), parameters_(std::move(parameters)) {}

  template <typename... Ts, typename F>
  absl::Status Step(F row) {
    static constexpr char kColumns[] = {
        static_cast<char>(storage_internal::ColumnType<Ts>::kKind)...};
    return Walk(absl::string_view(kColumns, sizeof...(Ts)),
                [&](const storage_internal::Column* columns) -> absl::StatusOr<bool> {
                  std::tuple<Ts...> values;
                  size_t i = 0;
                  bool whole = true;
                  std::apply(
                      [&](auto&... value) {
                        ((whole &= storage_internal::Read(columns[i++], value)), ...);
                      },
                      values);
                  if (!whole) return UnexpectedNull();
                  return std::apply(row, std::move(values));
                });
  }

  // Runs the statement and calls `row` on each row until it answers false or fails.
  absl::Status Walk(
      absl::string_view columns,
      const std::function<absl::StatusOr<bool>(const storage_internal::Column*)>& row);
  absl::Status UnexpectedNull();

  Connection& connection_;
  absl::string_view sql_;
  Parameters parameters_;
};

template <typename... Args>
Query Connection::Sql(absl::string_view sql, const Args&... args) {
  return Query(*this, sql, {storage_internal::ToParameter(args)...});
}

}  // namespace regulars

#endif  // CHASSIS_STORAGE_STATEMENT_H_
