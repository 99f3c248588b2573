// import orders|customers|list|get|refusals|delete, and import profile create|list|get|delete.
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/format.h"
#include "cli/import_query.h"
#include "cli/operations.h"
#include "cli/progress.h"
#include "cli/resource.h"

namespace regulars::cli {
namespace {

constexpr char kImportOrders[] = "/api/customer/v1/orders:import";

const Resource& Import() {
  static const Resource& import = *new Resource{
      .service = "customer",
      .collection = "imports",
      .noun = "import",
      .columns = {IdColumn(), TimeColumn("RECEIVED", "createTime"),
                  EnumColumn("KIND", "kind", "KIND_"), EnumColumn("STATE", "state", "STATE_"),
                  MarkColumn("DRY RUN", "dryRun", "yes"), TextColumn("FILE", "fileName"),
                  BytesColumn("SIZE", "sizeBytes"), CountColumn("READ", "report.linesRead"),
                  CountColumn("STORED", "report.linesStored"),
                  CountColumn("REFUSED", "report.linesRefused")},
      .more = {IdColumn("PROFILE", "profile"), TextColumn("SHA-256", "sha256"),
               IdColumn("OPERATION", "operation"), TimeColumn("FINISHED", "finishTime"),
               TextColumn("ERROR", "error.message")}};
  return import;
}

const Resource& ImportProfile() {
  static const Resource& profile =
      *new Resource{.service = "customer",
                    .collection = "importProfiles",
                    .noun = "import profile",
                    .columns = {IdColumn(),
                                TextColumn("NAME", "displayName"),
                                {{"READS", Align::kLeft, false},
                                 [](const Json& item, absl::TimeZone) {
                                   return std::string(item.contains("orderLines")  ? "order lines"
                                                      : item.contains("customers") ? "customers"
                                                                                   : "");
                                 }},
                                TimeColumn("UPDATED", "updateTime")},
                    .more = {TextColumn("ETAG", "etag")}};
  return profile;
}

// "IGNORED_ITEM 12, STOCK_CORRECTION 3"
std::string Reasons(const Json& report, const char* path) {
  std::vector<std::string> texts;
  for (const Json& reason : Items(report, path)) {
    texts.push_back(
        absl::StrCat(Safe(Text(reason, "reason")), " ", FormatCount(Int(reason, "count"))));
  }
  return texts.empty() ? "" : absl::StrCat("  (", absl::StrJoin(texts, ", "), ")");
}

void PrintReport(Context& context, const Json& import) {
  const Json& report = import.contains("report") ? import["report"] : Json::object();
  const auto count = [&report](const char* path) { return FormatCount(Int(report, path)); };
  const auto if_any = [&](const char* path) { return Int(report, path) == 0 ? "" : count(path); };
  Details details;
  details.Add(IsTrue(import, "dryRun") ? "Lines read (dry run)" : "Lines read", count("linesRead"))
      .Add("  stored", count("linesStored"))
      .Add("  unchanged", count("linesUnchanged"))
      .Add("  ignored", count("linesIgnored") + Reasons(report, "ignored"))
      .Add("  refused", count("linesRefused") + Reasons(report, "refused"))
      .Add("  not come to", if_any("linesLeft"))
      .Add("Orders created", if_any("ordersCreated"))
      .Add("Orders updated", if_any("ordersUpdated"))
      .Add("Customers created", if_any("customersCreated"))
      .Add("Customers updated", if_any("customersUpdated"))
      .Add("Import", Safe(Text(import, "name")));
  details.Print(context.out());
  if (Int(report, "linesRefused") > 0) {
    context.Note(absl::StrCat("to see the refused lines: regularsctl import refusals ",
                              ShortName(Text(import, "name"))));
  }
}

struct ImportFlags {
  Flag<std::string> file;
  Flag<std::string> profile;
  Flag<std::string> options;
  Flag<std::vector<std::string>> settings;
  Flag<bool> dry_run;
  Flag<bool> no_wait;
  Flag<bool> strict;
};

// Order lines need the name of the system that they come from. Asked here, before a large file is
// sent.
absl::Status CheckSource(const Query& query) {
  for (const auto& [name, value] : query) {
    if (name == "profile" || name == "options.source") return absl::OkStatus();
  }
  return UsageError(
      "the source is missing: say --set source=NAME, the system that the lines come from, or "
      "--import-profile PROFILE");
}

absl::StatusOr<Query> ReadImportFlags(const ImportFlags& flags) {
  Query query = {{"requestId", NewRequestId()}};
  if (flags.profile.given()) {
    ABSL_ASSIGN_OR_RETURN(const std::string name, ImportProfile().NameOf(*flags.profile));
    query.emplace_back("profile", name);
  }
  if (flags.options.given()) {
    ABSL_ASSIGN_OR_RETURN(const Json options, ReadJsonFile(*flags.options));
    ABSL_RETURN_IF_ERROR(AppendOptions(options, "options", query));
  }
  ABSL_RETURN_IF_ERROR(AppendSettings(*flags.settings, query));
  if (*flags.dry_run) query.emplace_back("dryRun", "true");
  if (*flags.file != "-") {
    query.emplace_back("fileName", std::filesystem::path(*flags.file).filename().string());
  }
  return query;
}

absl::StatusOr<Json> SendFile(Context& context, Client& client, const std::string& path,
                              const Query& query, const OpenFile& file) {
  Progress progress(context.world(), "sending");
  return client.Upload(
      path, query,
      {.source = file.source.get(),
       .size = file.size,
       .repeatable = file.repeatable,
       .on_sent = [&](int64_t sent) {
         progress.Update({.done = sent, .total = file.size, .remark = FormatBytes(sent)});
       }});
}

absl::StatusOr<Json> GetImport(Client& client, const std::string& name) {
  ABSL_ASSIGN_OR_RETURN(const std::string path, Import().PathOf(name));
  return client.Get(path);
}

void PrintImport(Context& context, const Json& import) {
  if (context.json()) {
    context.PrintJson(import);
  } else {
    PrintReport(context, import);
  }
}

// Until the import has ended, well or not; an import that failed or was cancelled is its
// operation's error, and `ended` says that there is nothing left to wait for.
absl::Status WaitForImport(Context& context, Client& client, Json operation, bool& ended) {
  Progress progress(context.world(), "reading");
  const auto show = [&](const Json& state) {
    ended = IsTrue(state, "done");
    const int64_t lines = Int(state, "metadata.report.linesRead");
    const double seconds = absl::ToDoubleSeconds(progress.elapsed());
    ProgressState shown = {.done = Int(state, "metadata.progress.done"),
                           .total = Int(state, "metadata.progress.total")};
    if (lines > 0 && seconds > 0) {
      const auto rate = static_cast<int64_t>(static_cast<double>(lines) / seconds);
      shown.remark = absl::StrCat(FormatCount(lines), " lines, ", FormatCount(rate), "/s");
    }
    progress.Update(shown);
  };
  return WaitForOperation(context, client, "customer", std::move(operation), show).status();
}

// Waits, and prints what the import did. What one did that failed or was cancelled stays, so that
// is printed too before its error.
absl::StatusOr<Json> FinishImport(Context& context, Client& client, const Json& operation) {
  const std::string name = Text(operation, "metadata.importName");
  bool ended = false;
  const absl::Status waited = WaitForImport(context, client, operation, ended);
  if (!waited.ok() && !ended) return waited;
  absl::StatusOr<Json> import = GetImport(client, name);
  if (import.ok()) {
    PrintImport(context, *import);
  } else if (!waited.ok()) {
    context.Note(absl::StrCat("what it did: regularsctl import get ", Safe(name)));
  }
  ABSL_RETURN_IF_ERROR(waited);
  return import;
}

absl::Status RunImport(Context& context, const std::string& path, const ImportFlags& flags) {
  ABSL_ASSIGN_OR_RETURN(const OpenFile file, OpenToSend(*flags.file));
  ABSL_ASSIGN_OR_RETURN(const Query query, ReadImportFlags(flags));
  if (path == kImportOrders) {
    ABSL_RETURN_IF_ERROR(CheckSource(query));
  }
  ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
  ABSL_ASSIGN_OR_RETURN(const Json operation, SendFile(context, *client, path, query, file));
  if (*flags.no_wait) {
    PrintStarted(context, operation);
    return absl::OkStatus();
  }
  ABSL_ASSIGN_OR_RETURN(const Json import, FinishImport(context, *client, operation));
  if (*flags.strict && Int(import, "report.linesRefused") > 0) {
    return Error(absl::StatusCode::kFailedPrecondition, "lines were refused",
                 {.reason = "LINES_REFUSED"});
  }
  return absl::OkStatus();
}

void AddImport(const Command& group, const std::string& name, const std::string& summary,
               const std::string& example, const std::string& path) {
  const Command command = group.Add(name, summary, example);
  const ImportFlags flags = {
      .file = command.FileWord("CSV file; '-' for the standard input"),
      .profile = command.Text("--import-profile", "PROFILE", "Saved way to read the file"),
      .options = command.File("--options", "How to read the file, as JSON (see /docs)"),
      .settings = command.Texts("--set", "OPTION=VALUE",
                                "One option: source=till, csv.delimiter=;, columns=Qty=quantity"),
      .dry_run = command.Switch("--dry-run", "Checks and counts everything, stores nothing"),
      .no_wait = command.Switch("--no-wait", "Does not wait until the file is read"),
      .strict = command.Switch("--strict", "Exit code 1 if a line was refused")};
  flags.profile.option()->excludes(flags.options.option());
  command.Means("profile", "--import-profile").Means("options", "--options or --set");
  command.Run([=](Context& context) { return RunImport(context, path, flags); });
}

absl::Status DownloadRefusals(Context& context, const std::string& path,
                              const std::string& output) {
  ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
  std::string content;
  const bool to_file = !output.empty() && !IsStandardOutput(output);
  const auto take = [&](absl::string_view piece) -> bool {
    if (!to_file) {
      context.out().write(piece.data(), static_cast<std::streamsize>(piece.size()));
      return context.out().good();
    }
    content.append(piece.data(), piece.size());
    return true;
  };
  ABSL_RETURN_IF_ERROR(client->Download("GET", path + "/refusals:download", {}, "", take));
  return to_file ? WritePrivateFile(output, content) : absl::OkStatus();
}

void AddRefusals(const Command& group) {
  const Command refusals =
      group.Add("refusals", "Lists the lines that an import refused, and why.",
                "regularsctl import refusals 06g1x7k3vq8s --csv --output refused.csv");
  const auto id = refusals.Word("IMPORT", "Id or name of the import");
  const auto csv = refusals.Switch("--csv", "As a CSV file");
  const auto output = refusals.File("--output",
                                    "Writes the CSV there, for its owner only; '-' for "
                                    "the standard output");
  output.option()->needs(csv.option());
  const ListFlags flags = AddListFlags(refusals);
  // A CSV file holds all of them.
  csv.option()->excludes(flags.limit.option())->excludes(flags.page_size.option());
  refusals.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const std::string path, Import().PathOf(*id));
    if (*csv) return DownloadRefusals(context, path, *output);
    return PrintList(context,
                     {CountColumn("LINE", "lineNumber"), TextColumn("REASON", "reason"),
                      TextColumn("COLUMN", "column"), TextColumn("WHAT IS WRONG", "message"),
                      TextColumn("TEXT", "text")},
                     "refusals", flags, path + "/refusals", {});
  });
}

void AddImportGet(const Command& group) {
  const Command get = group.Add("get", "Shows one import with its report.",
                                "regularsctl import get 06g1x7k3vq8s5e0h4m2n9p1r3t");
  const auto id = get.Word("IMPORT", "Id or name of the import");
  get.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const std::string path, Import().PathOf(*id));
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json import, client->Get(path));
    PrintResource(context, Import(), import);
    if (!context.json()) {
      context.out() << '\n';
      PrintReport(context, import);
    }
    return absl::OkStatus();
  });
}

void AddImportProfiles(const Command& imports) {
  const Command group = imports.Group("profile", "Saved ways to read files.");
  const Command create =
      group.Add("create", "Saves a way to read files, from a JSON file.",
                "regularsctl import profile create online-retail --file profile.json");
  const auto id = create.Word("PROFILE", "Id for it: lower-case letters, digits and '-'");
  const auto file = create.File("--file",
                                "Profile as JSON: {\"orderLines\": {…}} or {\"customers\": {…}}; "
                                "'-' for the standard input");
  file.option()->required();
  const auto replace = create.Switch("--replace", "Changes the profile if there is one");
  create.Means("import_profile_id", "PROFILE").Means("import_profile", "--file");
  create.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const Json profile, ReadJsonFile(*file));
    ABSL_ASSIGN_OR_RETURN(const std::string path, ImportProfile().PathOf(*id));
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    Query query = {{"requestId", NewRequestId()}};
    Json made;
    if (*replace) {
      query.insert(query.end(), {{"allowMissing", "true"}, {"updateMask", "*"}});
      ABSL_ASSIGN_OR_RETURN(made, client->Patch(path, profile, query));
    } else {
      query.emplace_back("importProfileId", *id);
      ABSL_ASSIGN_OR_RETURN(made, client->Post(ImportProfile().Path(), profile, query));
    }
    PrintResource(context, ImportProfile(), made);
    return absl::OkStatus();
  });
  AddList(group, ImportProfile(),
          {.summary = "Lists the profiles.", .example = "regularsctl import profile list"});
  const Command get = group.Add("get", "Shows one profile as JSON.",
                                "regularsctl import profile get online-retail");
  const auto shown = get.Word("PROFILE", "Id or name of the profile");
  get.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const std::string path, ImportProfile().PathOf(*shown));
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json profile, client->Get(path));
    context.PrintJson(profile);
    return absl::OkStatus();
  });
  AddDelete(group, ImportProfile(),
            {.example = "regularsctl import profile delete online-retail --yes"});
}

}  // namespace

void AddImportCommands(const Command& root) {
  const Command group = root.Group("import", "Files of customers and order lines.");
  AddImport(group, "orders", "Sends a CSV file of order lines and waits until it is read.",
            "regularsctl import orders lines.csv --import-profile online-retail --dry-run",
            kImportOrders);
  AddImport(group, "customers", "Sends a CSV file of customers and waits until it is read.",
            "regularsctl import customers people.csv --set customerSystem=erp "
            "--set columns=E-Mail=email",
            "/api/customer/v1/customers:import");
  AddList(group, Import(),
          {.summary = "Lists imports, newest first.",
           .example = "regularsctl import list --filter 'state = RUNNING'",
           .filter_help = "Condition on kind, state, dry_run, create_time and sha256"});
  AddImportGet(group);
  AddRefusals(group);
  AddDelete(group, Import(), {.example = "regularsctl import delete 06g1x7k3vq8s --yes"});
  AddImportProfiles(group);
}

}  // namespace regulars::cli
