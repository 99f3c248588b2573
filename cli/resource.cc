#include "cli/resource.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "cli/format.h"

namespace regulars::cli {
namespace {

constexpr int64_t kUsualLimit = 50;
constexpr int64_t kMaxLimit = 1'000'000'000;
constexpr int64_t kMaxPageSize = 1000;

Column Make(const std::string& title, Align align, bool shrinks,
            std::function<std::string(const Json&, absl::TimeZone)> cell) {
  return {{title, align, shrinks}, std::move(cell)};
}

// "LAST ORDER" → "Last order"; abbreviations stay.
std::string Heading(const std::string& title) {
  if (title == "ID" || title == "RFM" || title == "SHA-256") return title;
  std::string heading = absl::AsciiStrToLower(title);
  heading[0] = absl::ascii_toupper(static_cast<unsigned char>(heading[0]));
  return heading;
}

}  // namespace

Column IdColumn(const std::string& title, const std::string& path) {
  return Make(title, Align::kLeft, false,
              [path](const Json& item, absl::TimeZone) { return ShortName(Text(item, path)); });
}

Column TextColumn(const std::string& title, const std::string& path) {
  return Make(title, Align::kLeft, true,
              [path](const Json& item, absl::TimeZone) { return Safe(Text(item, path)); });
}

Column ListColumn(const std::string& title, const std::string& path) {
  return Make(title, Align::kLeft, true, [path](const Json& item, absl::TimeZone) {
    std::vector<std::string> texts;
    for (const Json& element : Items(item, path)) {
      if (element.is_string()) texts.push_back(Safe(element.get<std::string>()));
    }
    return absl::StrJoin(texts, ", ");
  });
}

Column EnumColumn(const std::string& title, const std::string& path, const std::string& prefix) {
  return Make(title, Align::kLeft, false, [path, prefix](const Json& item, absl::TimeZone) {
    return FormatEnum(Text(item, path), prefix);
  });
}

Column TimeColumn(const std::string& title, const std::string& path) {
  return Make(title, Align::kLeft, false, [path](const Json& item, absl::TimeZone zone) {
    return FormatApiTime(Text(item, path), zone);
  });
}

Column CountColumn(const std::string& title, const std::string& path) {
  return Make(title, Align::kRight, false, [path](const Json& item, absl::TimeZone) {
    const std::optional<int64_t> count = MaybeInt(item, path);
    return count ? FormatCount(*count) : "";
  });
}

Column PositionColumn(const std::string& title, const std::string& path) {
  return Make(title, Align::kRight, false,
              [path](const Json& item, absl::TimeZone) { return Safe(Text(item, path)); });
}

Column MoneyColumn(const std::string& title, const std::string& path) {
  return Make(title, Align::kRight, false, [path](const Json& item, absl::TimeZone) {
    const Json* money = Find(item, path);
    return money == nullptr ? "" : FormatMoney(*money);
  });
}

Column RoundedMoneyColumn(const std::string& title, const std::string& path) {
  return Make(title, Align::kRight, false, [path](const Json& item, absl::TimeZone) {
    const Json* money = Find(item, path);
    return money == nullptr ? "" : FormatRoundedMoney(*money);
  });
}

Column BytesColumn(const std::string& title, const std::string& path) {
  return Make(title, Align::kRight, false, [path](const Json& item, absl::TimeZone) {
    const int64_t bytes = Int(item, path);
    return bytes == 0 ? "" : FormatBytes(bytes);
  });
}

Column MarkColumn(const std::string& title, const std::string& path, const std::string& word) {
  return Make(title, Align::kLeft, false, [path, word](const Json& item, absl::TimeZone) {
    return IsTrue(item, path) ? word : "";
  });
}

Column ProgressColumn(const std::string& title, const std::string& path) {
  return Make(title, Align::kRight, false, [path](const Json& item, absl::TimeZone) {
    const int64_t done = Int(item, path + ".done");
    const int64_t total = Int(item, path + ".total");
    if (done == 0 && total == 0) return std::string();
    return total == 0 ? FormatCount(done)
                      : absl::StrCat(FormatCount(done), " of ", FormatCount(total));
  });
}

std::string Resource::Path() const {
  return absl::StrCat("/api/", service, "/v1/", folder, collection);
}

absl::StatusOr<std::string> Resource::NameOf(absl::string_view id) const {
  const absl::string_view bare = absl::StripPrefix(id, absl::StrCat(collection, "/"));
  if (bare.empty() || absl::StrContains(bare, '/')) {
    return UsageError(
        absl::StrCat("'", id, "' is no ", noun, "; give its id or ", collection, "/<id>"));
  }
  return absl::StrCat(collection, "/", bare);
}

absl::StatusOr<std::string> Resource::PathOf(absl::string_view id) const {
  ABSL_ASSIGN_OR_RETURN(const std::string name, NameOf(id));
  return absl::StrCat(Path(), "/", EscapeUrl(absl::StripPrefix(name, collection + "/")));
}

absl::StatusOr<std::string> NameIn(const std::string& collection, const std::string& noun,
                                   absl::string_view id) {
  return Resource{.collection = collection, .noun = noun}.NameOf(id);
}

void PrintResource(Context& context, const Resource& resource, const Json& item) {
  if (context.json()) return context.PrintJson(item);
  Details details;
  for (const auto* columns : {&resource.columns, &resource.more}) {
    for (const Column& column : *columns) {
      details.Add(Heading(column.look.title), column.cell(item, context.zone()));
    }
  }
  details.Print(context.out());
}

ListFlags AddListFlags(const Command& command) {
  ListFlags flags = {
      .limit =
          command.Number("--limit", "Prints at most N (default 50)", kUsualLimit, 1, kMaxLimit),
      .all = command.Switch("--all", "Prints all, however many"),
      .page_size = command.Number("--page-size", "Asks for N at once (default: by need)", 0, 0,
                                  kMaxPageSize)};
  flags.all.option()->excludes(flags.limit.option());
  return flags;
}

absl::Status PrintList(Context& context, const std::vector<Column>& columns, const std::string& key,
                       const ListFlags& flags, const FetchPage& fetch) {
  std::vector<TableColumn> looks;
  for (const Column& column : columns) looks.push_back(column.look);
  Table table(looks);
  int64_t left = *flags.all ? kMaxLimit : *flags.limit;
  // The same on each page, so that tokens stay valid.
  const int64_t page_size = *flags.page_size > 0 ? *flags.page_size : std::min(left, kMaxPageSize);
  bool any = false;
  std::string token;
  do {
    Query query = {{"pageSize", absl::StrCat(page_size)}};
    if (!token.empty()) query.emplace_back("pageToken", token);
    ABSL_ASSIGN_OR_RETURN(const Json page, fetch(query));
    for (const Json& item : Items(page, key)) {
      if (left-- <= 0) break;
      any = true;
      if (context.json()) {
        context.out() << cli::Write(item) << '\n';
        continue;
      }
      std::vector<std::string> cells;
      for (const Column& column : columns) cells.push_back(column.cell(item, context.zone()));
      table.Add(std::move(cells));
    }
    table.Print(context.out(), context.world().out_width);
    context.out().flush();
    token = Text(page, "nextPageToken");
  } while (!token.empty() && left > 0 && context.out().good());
  if (!context.out().good()) return absl::OkStatus();  // Whoever runs the command tells why.
  if (!any && !context.json()) context.Note("nothing found");
  if (!token.empty()) context.Note("there is more: --all prints everything, --limit N so many");
  return absl::OkStatus();
}

absl::Status PrintList(Context& context, const std::vector<Column>& columns, const std::string& key,
                       const ListFlags& flags, const std::string& path, const Query& query) {
  ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
  return PrintList(context, columns, key, flags, [&](const Query& page) {
    Query whole = query;
    whole.insert(whole.end(), page.begin(), page.end());
    return client->Get(path, whole);
  });
}

void AddGet(const Command& group, const Resource& resource, const std::string& example) {
  const Command get = group.Add("get", absl::StrCat("Shows one ", resource.noun, "."), example);
  const auto id =
      get.Word(absl::AsciiStrToUpper(resource.noun.substr(resource.noun.rfind(' ') + 1)),
               absl::StrCat("Id or name of the ", resource.noun));
  get.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const std::string path, resource.PathOf(*id));
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json item, client->Get(path));
    PrintResource(context, resource, item);
    return absl::OkStatus();
  });
}

void AddList(const Command& group, const Resource& resource, const ListOptions& options) {
  const Command list = group.Add("list", options.summary, options.example);
  std::vector<std::pair<std::string, Flag<std::string>>> texts;
  if (!options.filter_help.empty()) {
    texts.emplace_back("filter", list.Text("--filter", "FILTER", options.filter_help));
    list.Means("filter", "--filter");
  }
  if (!options.order_by_help.empty()) {
    texts.emplace_back("orderBy", list.Text("--order-by", "ORDER", options.order_by_help));
    list.Means("order_by", "--order-by");
  }
  const ListFlags flags = AddListFlags(list);
  list.Run([=](Context& context) {
    Query query;
    for (const auto& [key, flag] : texts) {
      if (flag.given()) query.emplace_back(key, *flag);
    }
    return PrintList(context, resource.columns, resource.collection, flags, resource.Path(), query);
  });
}

void AddDelete(const Command& group, const Resource& resource, const DeleteOptions& options) {
  const Command del =
      group.Add("delete", absl::StrCat("Takes one ", resource.noun, " away."), options.example);
  const auto id =
      del.Word(absl::AsciiStrToUpper(resource.noun.substr(resource.noun.rfind(' ') + 1)),
               absl::StrCat("Id or name of the ", resource.noun));
  const auto yes = del.Switch("-y,--yes", "Does not ask");
  std::optional<Flag<bool>> force;
  if (!options.force_help.empty()) force = del.Switch("--force", options.force_help);
  del.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const std::string name, resource.NameOf(*id));
    ABSL_ASSIGN_OR_RETURN(const std::string path, resource.PathOf(*id));
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    if (!*yes) ABSL_RETURN_IF_ERROR(context.Confirm(absl::StrCat("This deletes ", name, ".")));
    Query query = {{"requestId", NewRequestId()}};
    if (force && **force) query.emplace_back("force", "true");
    ABSL_ASSIGN_OR_RETURN(const Json answer, client->Delete(path, query));
    if (context.json()) {
      context.PrintJson(answer);
    } else {
      context.out() << "deleted " << name << '\n';
    }
    return absl::OkStatus();
  });
}

void Refusals::Add(int64_t index, const Json& error) {
  const absl::Status why = ErrorOf(error);
  if (count_++ == 0) {
    first_ = why;
    first_index_ = index;
  }
  if (context_.json()) return;
  context_.Note(absl::StrCat(nouns_, "[", index, "]: ", Safe(why.message()), " (",
                             Safe(GetErrorDetails(why).reason), ")"));
}

absl::Status Refusals::status() const {
  if (count_ == 0) return absl::OkStatus();
  std::string message = absl::StrCat(FormatCount(count_), " of the ", nouns_, " were refused");
  if (context_.json()) {
    absl::StrAppend(&message, "; ", nouns_, "[", first_index_, "]: ", first_.message());
  }
  ErrorDetails details = GetErrorDetails(first_);
  if (!context_.json()) details.violations.clear();  // Of one that was told before.
  return Error(first_.code(), message, details);
}

Flag<std::string> AddServiceFlag(const Command& command) {
  return command.Choice("--service", {"customer", "campaign", "loyalty", "recommend", "access"},
                        "The service to ask (default customer)", "customer");
}

}  // namespace regulars::cli
