#include "chassis/server/process.h"

#include <grpc/support/log.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <signal.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "chassis/base/check.h"
#include "chassis/base/errors.h"
#include "chassis/base/file_limit.h"
#include "chassis/base/host_port.h"
#include "chassis/observe/log.h"
#include "chassis/server/runtime.h"
#include "chassis/server/store_metrics.h"
#include "chassis/server/tls.h"
#include "chassis/server/version.h"
#include "chassis/storage/store_meta.h"

namespace regulars {
namespace {

constexpr absl::Duration kDrainTime = absl::Seconds(10);
constexpr int kMaxMessageBytes = 4 << 20;
// Metadata of one call: room for a token and tracing, not for megabytes.
constexpr int kMaxMetadataBytes = 16 << 10;
constexpr int kMaxStreamsPerConnection = 1024;
constexpr int kBlockingThreads = 4;
constexpr size_t kBlockingQueue = 256;
constexpr int kUsageError = 2;
constexpr int64_t kMaxDaysKept = 36'500;

// gRPC tells of a port that is taken in the names of its own functions: that is for debugging.
std::unique_ptr<grpc::Server> StartQuietly(grpc::ServerBuilder& builder) {
  gpr_set_log_function([](gpr_log_func_args* args) {
    LogDebug("gRPC said", {{"what", args->message}});
  });
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  gpr_set_log_function(nullptr);  // Back to its own.
  return server;
}

// A clock that was set right is behind for a moment at most.
constexpr absl::Duration kClockMayBeBehind = absl::Minutes(1);

std::string ClockLine(Store& store) {
  const absl::Duration behind = store.writer().ClockBehind();
  if (behind <= kClockMayBeBehind) return "";
  return absl::StrCat("the clock is ", absl::FormatDuration(absl::Trunc(behind, absl::Seconds(1))),
                      " behind the store's latest time, which stands still until then");
}

absl::StatusOr<std::string> StoreFile(const ProcessOptions& options) {
  absl::string_view path = options.store;
  if (!absl::ConsumePrefix(&path, "sqlite:") || path.empty()) {
    return FieldError("--store", "INVALID_FLAG", "must be 'sqlite:<file>'");
  }
  return std::string(path);
}

// What the command `restore` is told.
struct RestoreFlags {
  std::string backup;
  bool without_kept_file = false;
};

// What no backup holds must be there, or be said to be lost.
absl::Status CheckKeptFile(const std::string& store, const KeptFile& file) {
  const std::string path = absl::StrCat(store, ".", file.ending);
  std::error_code error;
  if (std::filesystem::exists(path, error)) return absl::OkStatus();
  return FailedPrecondition(
      "KEPT_FILE_MISSING",
      absl::StrCat("'", path, "' is missing, which ", file.purpose,
                   ": put it there, or say --without-", file.ending, " if there is none"));
}

// The command `restore`. Returns the exit code.
int RunRestore(const ProcessOptions& options, const RestoreFlags& flags) {
  umask(077);
  const absl::StatusOr<std::string> path = StoreFile(options);
  absl::Status restored = path.status();
  if (restored.ok() && options.kept_file && !flags.without_kept_file) {
    restored = CheckKeptFile(*path, *options.kept_file);
  }
  if (restored.ok()) restored = Restore(flags.backup, *path, options.service);
  if (!restored.ok()) {
    std::cerr << "cannot restore: " << restored.message() << std::endl;
    return 1;
  }
  std::cerr << "restored '" << *path << "' from '" << flags.backup << "'" << std::endl;
  return 0;
}

// One for each flag: its environment variable is REGULARS_ and its name.
class Flags {
 public:
  explicit Flags(CLI::App& app) : app_(app) {}

  template <typename T>
  CLI::Option* Add(const std::string& flag, T& value, const std::string& help) {
    std::string env = absl::StrCat("REGULARS_", flag.substr(2));
    for (char& c : env) c = c == '-' ? '_' : absl::ascii_toupper(c);
    return app_.add_option(flag, value, help)->envname(env)->capture_default_str();
  }

 private:
  CLI::App& app_;
};

void AddServiceFlags(Flags flags, ProcessOptions& options) {
  for (auto& [service, address] : options.peers) {
    flags.Add(absl::StrCat("--", service, "-svc"), address,
              absl::StrCat("host:port of ", service, "-svc; default: it is not installed"));
  }
  flags.Add("--service-keys", options.service_keys,
            "Folder of the services' public keys, which all processes share");
  auto* roots = flags.Add("--services-ca", options.services.roots,
                          "PEM roots of the services' certificates; default: plain text");
  auto* own = flags
                  .Add("--services-certificate", options.services.certificate,
                       "PEM chain to show to services that ask for one (--tls-client-ca)")
                  ->needs(roots);
  auto* key =
      flags.Add("--services-key", options.services.key, "PEM private key of that certificate")
          ->needs(own);
  own->needs(key);
}

void AddStoreFlags(Flags flags, ProcessOptions& options) {
  flags.Add("--store", options.store, "The store to own, as sqlite:<file>")->required();
  flags.Add("--spool", options.spool_folder,
            "Folder for uploads, in a folder of the service's name; default: beside the store");
  flags.Add("--spool-quota-mb", options.spool_quota_mb, "MiB that uploads may take in all")
      ->check(CLI::PositiveNumber);
  flags.Add("--upload-max-mb", options.upload_max_mb, "MiB that one upload may have")
      ->check(CLI::PositiveNumber);
  flags.Add("--backup-folder", options.backup_folder, "Folder for backups; default: none are made");
  flags.Add("--feed-kept-days", options.feed_kept_days, "Days that events are kept; 0: for ever")
      ->check(CLI::Range(int64_t{0}, kMaxDaysKept));
  flags
      .Add("--audit-kept-days", options.audit_kept_days,
           "Days that audit entries are kept; 0: for ever")
      ->check(CLI::Range(int64_t{0}, kMaxDaysKept));
}

void AddListenFlags(Flags flags, ProcessOptions& options) {
  flags.Add("--listen", options.listen, "host:port of the gRPC API; port 0 takes a free one");
  flags.Add("--admin-listen", options.admin_listen,
            "host:port of /metrics, /healthz and /readyz; port 0 takes a free one");
  flags.Add("--token-keys", options.token_keys,
            "The gateway's public keys: a JWKS file, or the URL of its /.well-known/jwks.json "
            "(required)");
  flags.Add("--log-level", options.log_level, "debug, info, warning or error");
  auto* certificate = flags.Add("--tls-certificate", options.tls_certificate,
                                "PEM chain to speak TLS with; default: plain text");
  auto* key = flags.Add("--tls-key", options.tls_key, "PEM private key of the certificate")
                  ->needs(certificate);
  certificate->needs(key);
  flags
      .Add("--tls-client-ca", options.tls_client_ca,
           "PEM roots that callers' certificates must chain to")
      ->needs(certificate);
}

CLI::App* AddRestore(CLI::App& app, const ProcessOptions& options, RestoreFlags& flags) {
  CLI::App* restore = app.add_subcommand(
      "restore", "Makes the store from a backup, while the service is stopped, and ends");
  restore->add_option("--from", flags.backup, "The backup's file")->required();
  if (options.kept_file) {
    restore->add_flag(absl::StrCat("--without-", options.kept_file->ending),
                      flags.without_kept_file,
                      absl::StrCat("Goes on where <store>.", options.kept_file->ending,
                                   " is missing, which ", options.kept_file->purpose));
  }
  restore->fallthrough();  // Takes --store too.
  return restore;
}

}  // namespace

std::optional<int> ParseFlags(int argc, char** argv, ProcessOptions& options,
                              const std::function<void(CLI::App&)>& extra) {
  CLI::App app(absl::StrCat("Regulars ", options.service, " service, version ", kVersion));
  app.failure_message([argv](const CLI::App*, const CLI::Error& error) {
    return absl::StrCat(error.what(),
                        "\nusage: ", std::filesystem::path(argv[0]).filename().string(),
                        " --store sqlite:<file> --token-keys <file or URL> [flags]; --help lists "
                        "them\n");
  });
  app.set_version_flag("--version", std::string(kVersion));
  const Flags flags(app);
  AddStoreFlags(flags, options);
  AddListenFlags(flags, options);
  AddServiceFlags(flags, options);
  app.add_flag("--sandbox", options.sandbox, "A clock that AdvanceClock may move, for tests")
      ->envname("REGULARS_SANDBOX");
  if (extra) extra(app);
  RestoreFlags restoring;
  const CLI::App* restore = AddRestore(app, options, restoring);
  try {
    app.parse(argc, argv);
    if (!restore->parsed() && options.token_keys.empty()) throw CLI::RequiredError("--token-keys");
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsageError;
  }
  if (restore->parsed()) return RunRestore(options, restoring);
  return std::nullopt;
}

int Fail(const absl::Status& status) {
  std::cerr << "cannot start: " << status.message() << std::endl;
  return 1;
}

absl::StatusOr<std::unique_ptr<Process>> Process::Start(const ProcessOptions& options,
                                                        absl::Span<const Migration> migrations) {
  // Blocked before the first thread is made, so that only Serve() receives them.
  BlockEndSignals();
  signal(SIGPIPE, SIG_IGN);
  TuneRuntime();
  // Stores, uploads and backups hold personal data and keys: nobody else's to read.
  umask(077);
  // Each connection is a file, and gRPC that has once run out of them takes no connection any more.
  RaiseFileLimit();
  ABSL_RETURN_IF_ERROR(StartLog(options.service, options.log_level));
  std::unique_ptr<Process> process(new Process(options));
  if (options.sandbox) process->sandbox_clock_ = std::make_unique<SandboxClock>();
  ABSL_RETURN_IF_ERROR(process->OpenStore(migrations));
  process->blocking_pool_ = std::make_unique<ThreadPool>(kBlockingThreads, kBlockingQueue);
  ABSL_RETURN_IF_ERROR(process->OpenPeers());
  process->environment_ = {.service = options.service,
                           .store = process->store_.get(),
                           .metrics = &process->metrics_,
                           .authenticate = process->MakeAuthenticator(),
                           .blocking_pool = process->blocking_pool_.get(),
                           .spool = process->spool_.get(),
                           .draining = &process->draining_,
                           .sandbox_clock = process->sandbox_clock_.get(),
                           .backup_folder = options.backup_folder,
                           .retention = {.feed = absl::Hours(24) * options.feed_kept_days,
                                         .audit = absl::Hours(24) * options.audit_kept_days}};
  ExportStore(*process->store_, process->metrics_);
  process->environment_.warnings->Add(
      [store = process->store_.get()] { return ClockLine(*store); });
  process->metrics_.AddCounter("regulars_refusals_unrecorded_total",
                               "Refused calls that the audit lacks", {},
                               [refusals = process->environment_.refusals] {
                                 return static_cast<double>(refusals->unrecorded());
                               });
  return process;
}

Process::~Process() = default;

absl::Status Process::OpenStore(absl::Span<const Migration> migrations) {
  ABSL_ASSIGN_OR_RETURN(const std::string path, StoreFile(options_));
  const Clock* clock = &SystemClock();
  if (sandbox_clock_) clock = sandbox_clock_.get();
  ABSL_ASSIGN_OR_RETURN(
      store_,
      Store::Open(
          {.path = path, .service = options_.service, .migrations = migrations, .clock = clock}));
  const std::string spool = options_.spool_folder.empty()
                                ? absl::StrCat(path, ".spool")
                                : absl::StrCat(options_.spool_folder, "/", options_.service);
  ABSL_ASSIGN_OR_RETURN(
      spool_, rpc::Spool::Open(spool, options_.spool_quota_mb << 20, options_.upload_max_mb << 20));
  return SetClock();
}

// Tokens are the gateway's, or another service's own.
rpc::Authenticator Process::MakeAuthenticator() {
  verifier_ = std::make_shared<TokenVerifier>(
      options_.token_keys, auth::TokenRules{kTokenIssuer, kTokenAudience}, store_->clock());
  if (options_.service_keys.empty()) {
    return [gateway = verifier_](absl::string_view token) { return gateway->Verify(token); };
  }
  auto services = std::make_shared<auth::ServiceKeys>(options_.service_keys,
                                                      options_.service_scopes, store_->clock());
  return [gateway = verifier_, services](
             absl::string_view token) -> absl::StatusOr<std::shared_ptr<const auth::Caller>> {
    auto caller = gateway->Verify(token);
    const bool unknown =
        !caller.ok() && GetErrorDetails(caller.status()).reason == "TOKEN_UNKNOWN_KEY";
    return unknown ? services->Verify(token) : std::move(caller);
  };
}

absl::Status Process::OpenPeers() {
  if (!options_.own_key) return absl::OkStatus();
  for (const auto& [service, address] : options_.peers) {
    if (address.empty()) continue;
    if (identity_ == nullptr) {
      if (options_.service_keys.empty()) {
        return FieldError("--service-keys", "INVALID_FLAG",
                          absl::StrCat("is needed to call ", service, "-svc"));
      }
      ABSL_ASSIGN_OR_RETURN(
          identity_, auth::ServiceIdentity::Open(options_.service,
                                                 absl::StrCat(store_->path(), ".service-key"),
                                                 options_.service_keys, store_->clock()));
    }
    ABSL_ASSIGN_OR_RETURN(auto channel, Connect(address));
    peers_[service] = std::make_unique<Peer>(
        service, std::move(channel),
        [identity = identity_, service = service] { return identity->Token(service); });
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> Process::Connect(const std::string& address) const {
  ABSL_ASSIGN_OR_RETURN(auto credentials, ChannelCredentials(options_.services));
  grpc::ChannelArguments arguments;
  // A service that was restarted is found again soon.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  arguments.SetMaxReceiveMessageSize(kMaxReplyBytes);
  return grpc::CreateCustomChannel(address, credentials, arguments);
}

Peer* Process::peer(const std::string& service) const {
  const auto found = peers_.find(service);
  return found == peers_.end() ? nullptr : found->second.get();
}

absl::Status Process::SetClock() {
  absl::Duration ahead;
  ABSL_RETURN_IF_ERROR(store_->readers().Run({}, [&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const StoreMeta meta, ReadStoreMeta(db));
    ahead = meta.clock_ahead;
    return absl::OkStatus();
  }));
  if (sandbox_clock_) {
    sandbox_clock_->PutAhead(ahead);
  } else if (ahead > absl::ZeroDuration()) {
    // Its time would stand still until the machine's has caught up.
    return FailedPrecondition("STORE_OF_SANDBOX",
                              "the store's clock was moved: it is a sandbox's, start with "
                              "--sandbox");
  }
  return absl::OkStatus();
}

absl::Status Process::Ready() const {
  if (!serving_) return Unavailable("STARTING", "the process is starting", absl::Seconds(1));
  if (draining_) return Unavailable("STOPPING", "the process is stopping", absl::Seconds(1));
  if (const absl::Status trouble = store_->writer().Trouble(); !trouble.ok()) {
    return Unavailable("STORE_CLOSED",
                       absl::StrCat("the store takes no writes: ", std::string(trouble.message())),
                       absl::Seconds(1));
  }
  ABSL_RETURN_IF_ERROR(watch_->Status());
  return verifier_->Ready();
}

void Process::WatchListener() {
  watch_ = std::make_unique<ListenerWatch>(
      ListenerWatch::Options{.address = options_.listen,
                             .port = port_,
                             .tls = !options_.tls_certificate.empty(),
                             .lost = [this] {
                               lost_ = true;
                               RequestEnd();
                             }});
}

absl::Status Process::Listen(const std::vector<grpc::Service*>& services) {
  // gRPC takes any number for a port.
  ABSL_RETURN_IF_ERROR(ParseHostPort("--listen", options_.listen).status());
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  ABSL_ASSIGN_OR_RETURN(
      auto credentials,
      ServerCredentials({options_.tls_certificate, options_.tls_key, options_.tls_client_ca}));
  grpc::ServerBuilder builder;
  // Without this a second process would share the port silently.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreamsPerConnection);
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.AddListeningPort(options_.listen, credentials, &port_);
  for (grpc::Service* service : services) builder.RegisterService(service);
  server_ = StartQuietly(builder);
  if (server_ == nullptr || port_ == 0) {
    return FailedPrecondition("CANNOT_LISTEN",
                              absl::StrCat("cannot listen on '", options_.listen,
                                           "': the address is taken or not this machine's"));
  }
  ABSL_ASSIGN_OR_RETURN(
      admin_, AdminHttp::Start(options_.admin_listen,
                               {.metrics = [this] { return metrics_.Text(); },
                                .ready = [this] { return Ready(); },
                                .warnings = [this] { return environment_.warnings->Lines(); }}));
  return absl::OkStatus();
}

int Process::Serve(const std::vector<grpc::Service*>& services,
                   const std::function<void()>& stopping, const Front& front) {
  absl::Status listening = Listen(services);
  if (listening.ok() && front) {
    absl::StatusOr<std::shared_ptr<void>> made = front(*server_);
    listening = made.status();
    if (made.ok()) front_ = *std::move(made);
  }
  if (!listening.ok()) {
    for (const auto& [service, peer] : peers_) peer->Close();
    if (stopping) stopping();
    if (server_) server_->Shutdown();
    return Fail(listening);
  }
  WatchListener();
  serving_ = true;
  LogInfo("listening", {{"port", std::to_string(port_)},
                        {"admin_port", std::to_string(admin_->port())},
                        {"store", options_.store},
                        {"version", std::string(kVersion)}});
  // Calls that need a token are refused until there are keys. The log says so from the beginning.
  verifier_->Ready().IgnoreError();
  LogInfo("stopping", {{"signal", std::to_string(WaitForEnd())}});
  watch_->Stop();
  Drain(stopping);
  LogInfo("stopped");
  return lost_ ? 1 : 0;
}

void Process::Drain(const std::function<void()>& stopping) {
  draining_ = true;
  front_.reset();
  server_->GetHealthCheckService()->Shutdown();
  // Whoever waits for the feed is woken and told; what is under way has until the deadline.
  store_->writer().position().Close();
  server_->Shutdown(absl::ToChronoTime(absl::Now() + kDrainTime));
  server_->Wait();
  // Background work that waits for another service waits no longer.
  for (const auto& [service, peer] : peers_) peer->Close();
  if (stopping) stopping();
  blocking_pool_.reset();
  admin_.reset();
  environment_.refusals->RecordAll(*store_);
  store_->Close();
}

}  // namespace regulars
