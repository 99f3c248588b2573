#include "chassis/storage/statement.h"

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <array>
#include <new>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/check.h"
#include "chassis/base/errors.h"
#include "chassis/observe/log.h"

namespace regulars {
namespace {

using sqlite_api::sqlite3;

// Statement texts are literals in the code, plus filters compiled at run time; when the latter fill
// the cache it starts afresh.
constexpr size_t kCachedStatements = 512;

constexpr absl::Duration kRetryAfterBusy = absl::Milliseconds(100);
constexpr absl::Duration kRetryAfterFull = absl::Seconds(5);

// Locks that SQLite can do without. Each connection belongs to one thread, so it need not be locked
// at every call (sqlite.org/threadsafe.html): about a tenth of a short write. And nobody asks how
// much memory SQLite has, which it would count under a lock that readers and the writer share.
// Refused, and harmless, where the process has used SQLite before.
void LeaveUnlocked() {
  static const int code = [] {
    sqlite_api::sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    return sqlite_api::sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
  }();
  static_cast<void>(code);
}

// The machine's trouble, not the statement's: what failed for it is worth repeating.
absl::Status OutOfMemory() {
  return ResourceExhausted("OUT_OF_MEMORY", "out of memory", kRetryAfterFull);
}

bool IsOutOfMemory(const std::exception& error) {
  return dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
}

// SQLite's extended result codes (sqlite.org/rescode.html) as errors of ours. What they say may
// reach any caller: no words of SQL, no names of tables.
absl::Status ToStatus(int extended_code) {
  switch (extended_code) {
    case 2067:  // SQLITE_CONSTRAINT_UNIQUE
    case 1555:  // SQLITE_CONSTRAINT_PRIMARYKEY
      return AlreadyExists("ROW_EXISTS", "the store has such an entry already");
    case 787:   // SQLITE_CONSTRAINT_FOREIGNKEY
    case 275:   // SQLITE_CONSTRAINT_CHECK
    case 1299:  // SQLITE_CONSTRAINT_NOTNULL
      return FailedPrecondition("CONSTRAINT_VIOLATED", "the store's rules forbid such an entry");
    default:
      break;
  }
  switch (extended_code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Unavailable("STORE_BUSY", "the store is busy", kRetryAfterBusy);
    case SQLITE_NOMEM:
      return OutOfMemory();
    case SQLITE_FULL:
      return ResourceExhausted("STORE_FULL", "there is no room for the store to grow",
                               kRetryAfterFull);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Error(absl::StatusCode::kDataLoss, "the store is damaged",
                   {.reason = "STORE_CORRUPT"});
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return Unavailable("STORE_IO", "the store cannot be read or written", kRetryAfterFull);
    default:
      return Error(absl::StatusCode::kInternal,
                   "the store could not do this; the service's log says why",
                   {.reason = "STORE_ERROR"});
  }
}

// Those who run the service learn which statement it was. SOCI's words end in the values that were
// bound (… while executing "…" with :1=…), which no log may hold.
void LogFailure(absl::string_view statement, absl::string_view what) {
  const absl::string_view why = what.substr(0, what.find(" while "));
  LogError("a statement failed",
           {{"why", std::string(why)}, {"statement", std::string(statement)}});
}

}  // namespace

namespace storage_internal {

// Memory that one parameter or column passes through; SOCI keeps references to it.
struct Slot {
  explicit Slot(soci::session& session, Parameter::Kind kind) : kind(kind) {
    if (kind == Parameter::Kind::kBytes) blob.emplace(session);
  }

  // Calls `exchange` with the variable that values of this kind pass through.
  template <typename F>
  void Visit(F exchange) {
    switch (kind) {
      case Parameter::Kind::kInteger:
        return exchange(integer);
      case Parameter::Kind::kReal:
        return exchange(real);
      case Parameter::Kind::kText:
        return exchange(text);
      case Parameter::Kind::kBytes:
        return exchange(*blob);
    }
  }

  void Set(const Parameter& parameter) {
    indicator = parameter.is_null ? soci::i_null : soci::i_ok;
    integer = parameter.integer;
    real = parameter.real;
    if (kind == Parameter::Kind::kText) text.assign(parameter.text.data(), parameter.text.size());
    if (kind == Parameter::Kind::kBytes) {
      // Writing alone would keep a longer old tail. Writing no bytes still allocates, and that is
      // what tells an empty blob from NULL.
      blob->trim(0);
      blob->write(0, parameter.text.data(), parameter.text.size());
    }
  }

  Column Get() {
    if (kind == Parameter::Kind::kBytes && indicator == soci::i_ok) {
      auto* backend = static_cast<soci::sqlite3_blob_backend*>(blob->get_backend());
      text.assign(backend->get_buffer(), backend->get_len());
    }
    return {indicator == soci::i_null, integer, real, &text};
  }

  const Parameter::Kind kind;
  soci::indicator indicator = soci::i_ok;
  long long integer = 0;
  double real = 0;
  std::string text;
  std::optional<soci::blob> blob;
};

class Prepared {
 public:
  Prepared(soci::session& session, absl::string_view sql, absl::Span<const Parameter> parameters,
           absl::string_view columns)
      : statement_(session) {
    statement_.alloc();
    statement_.prepare(std::string(sql));
    for (const Parameter& parameter : parameters) {
      Slot& slot = *inputs_.emplace_back(std::make_unique<Slot>(session, parameter.kind));
      slot.Visit([&](auto& value) { statement_.exchange(soci::use(value, slot.indicator)); });
    }
    for (const char kind : columns) {
      Slot& slot = *outputs_.emplace_back(
          std::make_unique<Slot>(session, static_cast<Parameter::Kind>(kind)));
      slot.Visit([&](auto& value) { statement_.exchange(soci::into(value, slot.indicator)); });
    }
    statement_.define_and_bind();
    CheckShape(sql);
  }

  bool in_use() const { return in_use_; }

  // Runs to the first row (or the end, without one).
  bool Start(absl::Span<const Parameter> parameters) {
    in_use_ = true;
    for (size_t i = 0; i < inputs_.size(); ++i) inputs_[i]->Set(parameters[i]);
    return statement_.execute(true) && !outputs_.empty();
  }
  bool Next() { return statement_.fetch(); }
  void Fill(Column* columns) {
    for (size_t i = 0; i < outputs_.size(); ++i) columns[i] = outputs_[i]->Get();
  }
  // Ends the read transaction that a statement in mid-walk holds.
  void Reset() {
    sqlite_api::sqlite3_reset(handle());
    in_use_ = false;
  }

 private:
  sqlite_api::sqlite3_stmt* handle() {
    return static_cast<soci::sqlite3_statement_backend*>(statement_.get_backend())->stmt_;
  }

  // SQL texts are written by programmers: one statement each, as many '?' as arguments, as many
  // columns as are read. (SQLite would run the first of two statements and drop the other.)
  void CheckShape(absl::string_view sql) {
    const absl::string_view taken = sqlite_api::sqlite3_sql(handle());
    const absl::string_view rest = absl::StripAsciiWhitespace(sql.substr(taken.size()));
    const auto given = static_cast<size_t>(sqlite_api::sqlite3_bind_parameter_count(handle()));
    const auto columns = static_cast<size_t>(sqlite_api::sqlite3_column_count(handle()));
    const bool fits = (rest.empty() || rest == ";") && given == inputs_.size() &&
                      (outputs_.empty() || columns == outputs_.size());
    if (!fits) {
      std::fprintf(stderr, "statement does not fit its arguments or columns: %.*s\n",
                   static_cast<int>(sql.size()), sql.data());
    }
    CHECK(fits);
  }

  soci::statement statement_;
  std::vector<std::unique_ptr<Slot>> inputs_;
  std::vector<std::unique_ptr<Slot>> outputs_;
  bool in_use_ = false;
};

}  // namespace storage_internal

using storage_internal::Column;
using storage_internal::Prepared;

struct Connection::Impl {
  // The session is named first, so that it dies after the statements that hold on to it.
  soci::session session;
  // Text and kinds → statements; more than one when a walk runs the same text inside itself.
  absl::flat_hash_map<std::string, std::vector<std::unique_ptr<Prepared>>> statements;
  // Where keys of `statements` are put together, so that looking one up allocates nothing.
  std::string key;

  sqlite3* handle() {
    return static_cast<soci::sqlite3_session_backend*>(session.get_backend())->conn_;
  }
};

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::~Connection() = default;

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const ConnectionOptions& options) {
  // SOCI's connect string has no way to quote a quote.
  if (options.path.empty() || options.path.find_first_of("\"\n") != std::string::npos) {
    return InvalidArgument("INVALID_PATH", absl::StrCat("cannot open '", options.path, "'"));
  }
  LeaveUnlocked();
  auto impl = std::make_unique<Impl>();
  try {
    std::string connect = absl::StrCat("dbname=\"", options.path, "\"");
    if (!options.vfs.empty()) absl::StrAppend(&connect, " vfs=", options.vfs);
    impl->session.open(soci::sqlite3, connect);
  } catch (const std::exception& error) {
    return Unavailable("STORE_IO", absl::StrCat("cannot open '", options.path, "': ", error.what()),
                       kRetryAfterFull);
  }
  sqlite_api::sqlite3_extended_result_codes(impl->handle(), 1);
  std::unique_ptr<Connection> connection(new Connection(std::move(impl)));
  ABSL_RETURN_IF_ERROR(connection->Script(
      absl::StrCat("PRAGMA busy_timeout=", kBusyTimeoutMs,
                   "; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"
                   "PRAGMA secure_delete=ON; PRAGMA cache_size=-",
                   options.cache_kib, ";", options.read_only ? "PRAGMA query_only=ON;" : "")));
  return connection;
}

Query Connection::SqlWith(absl::string_view sql, const std::vector<Parameter>& parameters) {
  return Query(*this, sql, Query::Parameters(parameters.begin(), parameters.end()));
}

absl::Status Connection::Script(const std::string& script) {
  char* message = nullptr;
  if (sqlite_api::sqlite3_exec(impl_->handle(), script.c_str(), nullptr, nullptr, &message) ==
      SQLITE_OK) {
    return absl::OkStatus();
  }
  const std::string what = message == nullptr ? "unknown error" : message;
  sqlite_api::sqlite3_free(message);
  constexpr size_t kShown = 200;
  return Fail(absl::string_view(script).substr(0, kShown), what);
}

int64_t Connection::Changes() const { return sqlite_api::sqlite3_changes64(impl_->handle()); }

int64_t Connection::TotalChanges() const {
  return sqlite_api::sqlite3_total_changes64(impl_->handle());
}

bool Connection::InTransaction() const {
  return sqlite_api::sqlite3_get_autocommit(impl_->handle()) == 0;
}

void* Connection::native_handle() const { return impl_->handle(); }

absl::Status Connection::Fail(absl::string_view doing, absl::string_view what) {
  failed_ = true;
  absl::Status failed = ToStatus(sqlite_api::sqlite3_extended_errcode(impl_->handle()));
  // A mistake of ours. The machine's trouble is not the statement's, and many meet it.
  if (absl::IsInternal(failed) || absl::IsFailedPrecondition(failed)) LogFailure(doing, what);
  return failed;
}

absl::StatusOr<Prepared*> Connection::Take(absl::string_view sql,
                                           absl::Span<const Parameter> parameters,
                                           absl::string_view columns) {
  std::string& key = impl_->key;
  key.assign(sql.data(), sql.size());
  key += '\n';
  for (const Parameter& parameter : parameters) key += static_cast<char>(parameter.kind);
  absl::StrAppend(&key, ">", columns);
  if (impl_->statements.size() >= kCachedStatements && !impl_->statements.contains(key)) {
    absl::erase_if(impl_->statements, [](const auto& entry) {
      for (const auto& prepared : entry.second) {
        if (prepared->in_use()) return false;
      }
      return true;
    });
  }
  auto& prepared = impl_->statements[key];
  for (const auto& candidate : prepared) {
    if (!candidate->in_use()) return candidate.get();
  }
  try {
    prepared.push_back(std::make_unique<Prepared>(impl_->session, sql, parameters, columns));
  } catch (const std::exception& error) {
    absl::Status failed = Fail(sql, error.what());
    return IsOutOfMemory(error) ? OutOfMemory() : failed;
  }
  return prepared.back().get();
}

absl::Status Query::Run() && {
  return Walk("", [](const Column*) -> absl::StatusOr<bool> { return false; });
}

absl::Status Query::Walk(absl::string_view columns,
                         const std::function<absl::StatusOr<bool>(const Column*)>& row) {
  constexpr size_t kMaxColumns = 64;
  // The longest row of any statement in the code; a programmer raises it.
  CHECK(columns.size() <= kMaxColumns);
  ABSL_ASSIGN_OR_RETURN(Prepared * prepared, connection_.Take(sql_, parameters_, columns));
  std::array<Column, kMaxColumns> values;
  absl::Status status;
  try {
    for (bool got = prepared->Start(parameters_); got; got = prepared->Next()) {
      prepared->Fill(values.data());
      const absl::StatusOr<bool> more = row(values.data());
      if (!more.ok()) status = more.status();
      if (!more.ok() || !*more) break;
    }
  } catch (const std::exception& error) {
    status = connection_.Fail(sql_, error.what());
    if (IsOutOfMemory(error)) status = OutOfMemory();
  }
  prepared->Reset();
  return status;
}

absl::Status Query::UnexpectedNull() {
  LogFailure(sql_, "unexpected NULL");
  return Error(absl::StatusCode::kInternal,
               "the store lacks a value that it should hold; the service's log says which",
               {.reason = "UNEXPECTED_NULL"});
}

}  // namespace regulars
