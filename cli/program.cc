#include "cli/program.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"
#include "chassis/server/version.h"
#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/error_text.h"
#include "cli/files.h"
#include "cli/help.h"
#include "cli/json.h"

namespace regulars::cli {
namespace {

constexpr char kAbout[] =
    "regularsctl: the command line of Regulars. It speaks to one gateway over HTTP.";
constexpr char kFooter[] =
    "Environment: REGULARS_SERVER, REGULARS_TOKEN, REGULARS_PROFILE, XDG_CONFIG_HOME.\n"
    "Exit codes: 0 done, 1 the server refused, 2 usage, 3 the server cannot be reached,\n"
    "130 interrupted. Begin with: regularsctl sign-in --server https://crm.example.com";
constexpr char kCompleteCommand[] = "__complete";

// "regularsctl customer get"
std::string FullName(const CLI::App* app) {
  std::string name = app->get_name();
  while ((app = app->get_parent()) != nullptr) name = absl::StrCat(app->get_name(), " ", name);
  return name;
}

std::vector<std::string> CommandNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_group().empty()) names.push_back(command->get_name());
  }
  return names;
}

std::vector<std::string> FlagNames(const CLI::App* app) {
  std::vector<std::string> names;
  for (; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

bool Has(const std::vector<std::string>& arguments, const char* flag) {
  return std::find(arguments.begin(), arguments.end(), flag) != arguments.end();
}

// What to say of the first word that fits nowhere.
std::string UnknownWord(const std::string& word, const CLI::App* named) {
  const bool flag = absl::StartsWith(word, "-");
  const std::vector<std::string> commands = CommandNames(*named);
  const char* kind = flag ? "flag" : commands.empty() ? "argument" : "command";
  std::string text = absl::StrCat("unknown ", kind, " '", word, "'");
  const std::string meant = Nearest(word, flag ? FlagNames(named) : commands);
  if (!meant.empty()) absl::StrAppend(&text, "; did you mean '", meant, "'?");
  return text;
}

// What to say of the first argument that is not UTF-8; "" if all are. All texts of the API are, and
// a letter that was replaced would make one of two names.
std::string NotUtf8(const CLI::App* app) {
  for (; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& text : option->results()) {
        if (IsValidUtf8(text)) continue;
        return absl::StrCat(option->get_name(), ": ", Write(Json(text)), " is not UTF-8 text");
      }
    }
  }
  return "";
}

// Whether what was printed has arrived. A reader that has gone, such as 'head', wanted no more.
absl::Status FlushOutput(World& world) {
  world.out.flush();
  const int error = world.out_error();
  if (world.out.good() || error == EPIPE) return absl::OkStatus();
  return LocalFileError("the standard output",
                        error == 0 ? "cannot be written" : std::strerror(error));
}

}  // namespace

Program::Program() : root_(kAbout, "regularsctl") {
  root_.footer(kFooter);
  root_.formatter(std::make_shared<HelpFormatter>(table_));
  root_.set_version_flag("--version", std::string(kVersion), "Prints the version");
  root_.set_help_flag("-h,--help", "Prints this text");
  root_.require_subcommand(0, 1);
  root_.add_option("--profile", globals_.profile, "The profile to use (see 'profile list')")
      ->type_name("NAME");
  root_.add_option("--ca-file", globals_.ca_file, "PEM roots to trust instead of the system's")
      ->type_name("FILE");
  root_.add_flag("--json", globals_.json,
                 "Prints what the API sent: one document, or one item of a list a line; errors "
                 "likewise, as the last line of the standard error");
  root_.add_flag("--utc", globals_.utc, "Prints times in UTC instead of the local zone");
  const Command root(&root_, &table_);
  AddSessionCommands(root);
  AddProfileCommands(root);
  AddCustomerCommands(root);
  AddConsentCommands(root);
  AddEventCommands(root);
  AddErasureCommands(root);
  AddOrderCommands(root);
  AddAttributeCommands(root);
  AddSettingsCommands(root);
  AddSegmentCommands(root);
  AddRfmCommands(root);
  AddMemberCommands(root);
  AddProgrammeCommands(root);
  AddImportCommands(root);
  AddItemCommands(root);
  AddRecommendCommand(root);
  AddFeedCommands(root);
  AddOperationCommands(root);
  AddAdminCommands(root);
  AddUserCommands(root);
  AddKeyCommands(root);
  AddTemplateCommands(root);
  AddCampaignCommands(root);
  AddMessageCommands(root);
  AddCallCommand(root);
  AddDemoCommands(root);
  AddCompletion(root);
}

void Program::AddCompletion(const Command& root) {
  const Command script =
      root.Add("completion", "Prints a script that makes a shell complete words.",
               "source <(regularsctl completion bash)");
  const auto shell = script.Word("SHELL", "bash, zsh or fish");
  shell.option()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  script.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const std::string text, CompletionScript(*shell));
    context.out() << text;
    return absl::OkStatus();
  });
}

const CLI::App* Program::Named() const {
  const CLI::App* named = &root_;
  while (!named->get_subcommands().empty()) named = named->get_subcommands().front();
  return named;
}

std::string Program::Describe(const CLI::ParseError& error) const {
  const std::vector<std::string> extras = root_.remaining(/*recurse=*/true);
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && !extras.empty()) {
    // CLI11 keeps them in the sequence in which they stood.
    return UnknownWord(extras.front(), Named());
  }
  return error.what();
}

int Program::Misused(const std::string& text, bool json, World& world) const {
  const CLI::App* named = Named();
  if (json) {
    world.err << ErrorLine(UsageError(text));
    return kUsage;
  }
  world.err << FullName(named) << ": " << text << "\n  '" << FullName(named)
            << " --help' says how it is used.\n";
  return kUsage;
}

// A command that only holds others was named, and none of them.
int Program::MisusedGroup(World& world) const {
  if (globals_.json) {
    world.err << ErrorLine(UsageError("a command is missing"));
  } else {
    world.err << root_.help();
  }
  return kUsage;
}

int Program::Fail(const absl::Status& error, const ErrorScene& scene, World& world) const {
  world.err << (globals_.json ? ErrorLine(error) : ErrorText(error, scene));
  return ExitCodeOf(error);
}

int Program::Run(const std::vector<std::string>& arguments, World& world) {
  std::vector<std::string> words = arguments;
  // 'help customer list' means 'customer list --help'.
  if (!words.empty() && words.front() == "help") {
    words.erase(words.begin());
    words.emplace_back("--help");
  }
  const int code = Execute(words, world);
  const absl::Status printed = FlushOutput(world);
  if (code != kOk || printed.ok()) return code;
  return Fail(printed, {.command = FullName(Named())}, world);
}

int Program::Execute(const std::vector<std::string>& arguments, World& world) {
  if (!arguments.empty() && arguments.front() == kCompleteCommand) {
    const size_t skip = arguments.size() > 1 && arguments[1] == "--" ? 2 : 1;
    world.out << WriteCompletions(
        Complete(root_, {arguments.begin() + static_cast<ptrdiff_t>(skip), arguments.end()}));
    return kOk;
  }
  try {
    // CLI11 takes them back to front. Its exceptions end here.
    root_.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    const std::vector<std::string> extras = root_.remaining(/*recurse=*/true);
    if (!extras.empty() && !CommandNames(*Named()).empty()) {
      return Misused(UnknownWord(extras.front(), Named()), Has(arguments, "--json"), world);
    }
    world.out << root_.help();
    return kOk;
  } catch (const CLI::CallForVersion&) {
    world.out << kVersion << '\n';
    return kOk;
  } catch (const CLI::ParseError& error) {
    // It broke off before it came to all flags.
    return Misused(Describe(error), Has(arguments, "--json"), world);
  }
  const CLI::App* named = Named();
  if (const std::string text = NotUtf8(named); !text.empty()) {
    return Misused(text, globals_.json, world);
  }
  const auto info = table_.find(named);
  if (info == table_.end() || !info->second.action) {
    if (named != &root_) return MisusedGroup(world);
    world.out << root_.help();
    return kOk;
  }
  Context context(world, globals_);
  const absl::Status status = info->second.action(context);
  if (status.ok()) return kOk;
  world.out.flush();
  return Fail(
      status,
      {.command = FullName(named), .server = context.server(), .fields = info->second.fields},
      world);
}

}  // namespace regulars::cli
