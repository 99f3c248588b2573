// Creating customers in a store that holds a million, against a program that puts the same rows
// into the same tables with SQLite's C interface and nothing else.
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/benches.h"
#include "bench/binary.h"
#include "bench/grpc_load.h"
#include "chassis/base/check.h"
#include "chassis/base/ids.h"
#include "regulars/customer/v1/customer_service.grpc.pb.h"

namespace regulars::bench {
namespace {

namespace v1 = ::regulars::customer::v1;

constexpr int kInFlight = 128;
constexpr int kRounds = 9;
constexpr absl::Duration kRound = absl::Seconds(2);
constexpr int64_t kPreloaded = 1'000'000;
constexpr int kPreloadGroup = 20'000;
// As customer-svc's writer has them.
constexpr char kPragmas[] =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32768;"
    "PRAGMA wal_autocheckpoint=4000; PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY;";

// What identifies the i-th customer: scattered, as real ones are.
struct Identity {
  explicit Identity(int64_t i) {
    Mixer mixer(static_cast<uint64_t>(i));
    email = absl::StrFormat("user%016x@example.com", mixer.Next());
    erp = absl::StrFormat("C%020d", mixer.Next());
    request = absl::StrFormat("%016x-%016x", mixer.Next(), mixer.Next());
  }
  std::string email, erp, request;
};

class RawStore {
 public:
  explicit RawStore(const std::string& path) {
    CHECK(sqlite3_open(path.c_str(), &db_) == SQLITE_OK);
    Run(kPragmas);
    customer_ = Prepare(
        "INSERT INTO customer (id, display_name, given_name, family_name, company, kind, language,"
        " country, country_set, time_zone, home_store, birthday, parts, version, create_time,"
        " update_time) VALUES (?1,'','','','',1,'','',0,'','','',5,1,?2,?2)");
    email_ = Prepare("INSERT INTO customer_email VALUES (?1,0,?2,?2,'',1,0)");
    external_id_ = Prepare("INSERT INTO customer_external_id VALUES (?1,0,'erp',?2)");
    feed_ = Prepare(
        "INSERT INTO feed (type, subject, realm, time, correlation_id, hops, payload) VALUES "
        "('regulars.customer.customer_created.v1',?1,'',?2,'0123456789abcdef0123456789abcdef',0,"
        "zeroblob(120))");
    audit_ = Prepare(
        "INSERT INTO audit (time, principal, method, resource, request_id, result) VALUES (?2,"
        "'services/bench','regulars.customer.v1.CustomerService.CreateCustomer',?1,?3,'OK')");
    reply_ = Prepare(
        "INSERT INTO idempotency (key, time, request_hash, reply) VALUES (?1,?2,randomblob(16),"
        "zeroblob(220))");
  }
  ~RawStore() {
    for (sqlite3_stmt* s : {customer_, email_, external_id_, feed_, audit_, reply_}) {
      sqlite3_finalize(s);
    }
    CHECK(sqlite3_close(db_) == SQLITE_OK);
  }

  void Run(const char* sql) { CHECK(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == 0); }

  // Creates customers from number `first` on, in one transaction.
  void Group(int64_t first, int count) {
    Run("BEGIN IMMEDIATE");
    for (int64_t i = first; i < first + count; ++i) Create(i);
    Run("COMMIT");
  }

 private:
  sqlite3_stmt* Prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    CHECK(sqlite3_prepare_v2(db_, sql, -1, &statement, nullptr) == SQLITE_OK);
    return statement;
  }
  static void Text(sqlite3_stmt* statement, int place, const std::string& text) {
    sqlite3_bind_text(statement, place, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
  }
  void Step(sqlite3_stmt* statement) {
    const bool done = sqlite3_step(statement) == SQLITE_DONE;
    if (!done) std::fprintf(stderr, "%s\n", sqlite3_errmsg(db_));
    CHECK(done);
    sqlite3_reset(statement);
  }

  void Create(int64_t i) {
    const Identity identity(i);
    const absl::Time now = absl::Now();
    Mixer mixer(static_cast<uint64_t>(i) + (uint64_t{1} << 40));
    const uint64_t high = mixer.Next();
    const std::string id = MakeId(now, high, mixer.Next());
    const std::string name = "customers/" + id;
    Text(customer_, 1, id);
    sqlite3_bind_int64(customer_, 2, absl::ToUnixMicros(now));
    Step(customer_);
    const int64_t key = sqlite3_last_insert_rowid(db_);
    sqlite3_bind_int64(email_, 1, key);
    Text(email_, 2, identity.email);
    Step(email_);
    sqlite3_bind_int64(external_id_, 1, key);
    Text(external_id_, 2, identity.erp);
    Step(external_id_);
    Text(feed_, 1, name);
    sqlite3_bind_int64(feed_, 2, absl::ToUnixMicros(now));
    Step(feed_);
    Text(audit_, 1, name);
    sqlite3_bind_int64(audit_, 2, absl::ToUnixMicros(now));
    Text(audit_, 3, identity.request);
    Step(audit_);
    // Keys of replies are hashes.
    const uint64_t hash[] = {mixer.Next(), mixer.Next()};
    sqlite3_bind_blob(reply_, 1, hash, sizeof hash, SQLITE_STATIC);
    sqlite3_bind_int64(reply_, 2, absl::ToUnixMicros(now));
    Step(reply_);
  }

  sqlite3* db_ = nullptr;
  sqlite3_stmt *customer_, *email_, *external_id_, *feed_, *audit_, *reply_;
};

// A store with the service's own tables and a million customers.
void Preload(const std::string& path, const TokenMint& mint) {
  {
    const Binary maker("customer-svc",
                       {"--store=sqlite:" + path, "--token-keys=" + mint.key_file()});
  }
  RawStore store(path);
  store.Run("PRAGMA synchronous=OFF; PRAGMA cache_size=-2000000");
  for (int64_t i = 0; i < kPreloaded; i += kPreloadGroup) store.Group(i, kPreloadGroup);
  store.Run("PRAGMA wal_checkpoint(TRUNCATE)");
}

LoadResult RunRaw(RawStore& store, int64_t& next) {
  std::vector<absl::Duration> groups;
  const absl::Time start = absl::Now();
  while (absl::Now() < start + kRound) {
    const absl::Time begun = absl::Now();
    store.Group(next, kInFlight);
    next += kInFlight;
    groups.push_back(absl::Now() - begun);
  }
  const absl::Duration took = absl::Now() - start;
  std::sort(groups.begin(), groups.end());
  return {
      .per_second = static_cast<double>(groups.size() * kInFlight) / absl::ToDoubleSeconds(took),
      .p50 = groups[groups.size() / 2],
      .p99 = groups[groups.size() * 99 / 100]};
}

StartCall Creates(v1::CustomerService::Stub& stub, const std::string& token,
                  std::atomic<int64_t>& next) {
  return GrpcCalls<v1::CreateCustomerRequest, v1::Customer>(
      token,
      [&next](v1::CreateCustomerRequest& request) {
        const Identity identity(++next);
        request.mutable_customer()->add_emails()->set_address(identity.email);
        auto* id = request.mutable_customer()->add_external_ids();
        id->set_system("erp");
        id->set_id(identity.erp);
        request.set_request_id(identity.request);
      },
      [&stub](auto* context, auto* request, auto* response, auto done) {
        stub.async()->CreateCustomer(context, request, response, done);
      });
}

}  // namespace

void BenchCustomers(const std::string& folder, Report& report) {
  std::filesystem::create_directories(folder);
  const TokenMint mint(folder);
  Preload(folder + "/raw.db", mint);
  std::filesystem::copy_file(folder + "/raw.db", folder + "/customer.db");
  sync();  // What the preload wrote is not these figures' business.
  RawStore raw(folder + "/raw.db");
  const Binary service("customer-svc", {absl::StrCat("--store=sqlite:", folder, "/customer.db"),
                                        absl::StrCat("--token-keys=", mint.key_file())});
  const auto stub = v1::CustomerService::NewStub(
      grpc::CreateChannel(service.address(), grpc::InsecureChannelCredentials()));
  std::atomic<int64_t> next{10 * kPreloaded};
  const StartCall creates = Creates(*stub, mint.header(), next);
  int64_t raw_next = 20 * kPreloaded;
  Figures ours, limit;
  for (int round = 0; round < kRounds; ++round) {
    limit.Add(RunRaw(raw, raw_next));
    ours.Add(RunLoad(creates, kInFlight, kRound));
  }
  CHECK(ours.errors == 0);
  report.Add({"customer: create, 2 identifiers, 1,000,000 there", Median(ours.per_second),
              "calls/s", Median(limit.per_second), 0.6});
  report.Add({"customer: create, p99 against a raw group's", Median(ours.p99_ms), "ms",
              Median(limit.p99_ms), 2, true});
  // Each commit is one fsync of the log. The raw program has 128 in each.
  report.Add({"customer: creates in a commit (one fsync)",
              service.Metric("regulars_changes") / service.Metric("regulars_commits"), "calls",
              std::nullopt, 10});
}

}  // namespace regulars::bench
