// template get|list|create|update|preview|send-test|delete: what is said.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "chassis/base/status_macros.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/format.h"
#include "cli/resource.h"
#include "cli/template_source.h"

namespace regulars::cli {
namespace {

// "offer, customer.given_name=friend"
Column VariablesColumn() {
  return {{"VARIABLES", Align::kLeft, true}, [](const Json& item, absl::TimeZone) {
            std::vector<std::string> texts;
            for (const Json& variable : Items(item, "content.variables")) {
              texts.push_back(Safe(Text(variable, "name")));
              // An empty one is one too.
              if (variable.contains("fallback")) {
                absl::StrAppend(&texts.back(), "=", Safe(Text(variable, "fallback")));
              }
            }
            return absl::StrJoin(texts, ", ");
          }};
}

const Resource& Template() {
  static const Resource& resource = *new Resource{
      .service = "campaign",
      .collection = "templates",
      .noun = "template",
      .columns = {IdColumn(), TextColumn("NAME", "displayName"),
                  EnumColumn("PURPOSE", "purpose", "PURPOSE_"), TextColumn("TOPIC", "topic"),
                  CountColumn("VERSION", "version"), TextColumn("SUBJECT", "content.subject")},
      .more = {TimeColumn("CREATED", "createTime"), TimeColumn("UPDATED", "updateTime"),
               VariablesColumn(), TextColumn("TEXT", "content.text"),
               TextColumn("HTML", "content.html"), TextColumn("ETAG", "etag")}};
  return resource;
}

struct ContentFlags {
  Flag<std::string> subject;
  Flag<std::string> text;
  Flag<std::string> html;
  Flag<std::vector<std::string>> variables;
  Flag<std::string> name;
};

ContentFlags AddContentFlags(const Command& command) {
  command.Means("template.content.subject", "--subject")
      .Means("template.content.text", "--text")
      .Means("template.content.html", "--html")
      .Means("template.content.variables", "--variable")
      .Means("template.display_name", "--name");
  return {.subject = command.Text("--subject", "TEXT", "The subject line, a mustache template"),
          .text = command.File("--text", "File with the text part"),
          .html = command.File("--html", "File with the HTML part"),
          .variables = command.Texts("--variable", "NAME[=FALLBACK]",
                                     "A value that senders fill, or a fallback for one that is "
                                     "always there: customer.given_name=friend"),
          .name = command.Text("--name", "NAME", "What the console calls it")};
}

absl::StatusOr<Json> ContentOf(const ContentFlags& flags) {
  Json content = Json::object();
  if (flags.subject.given()) content["subject"] = *flags.subject;
  if (flags.text.given()) {
    ABSL_ASSIGN_OR_RETURN(content["text"], ReadTextFile(*flags.text));
  }
  if (flags.html.given()) {
    ABSL_ASSIGN_OR_RETURN(content["html"], ReadTextFile(*flags.html));
  }
  for (const std::string& text : *flags.variables) {
    const size_t end = text.find('=');
    Json variable = {{"name", text.substr(0, end)}};
    if (end != std::string::npos) variable["fallback"] = text.substr(end + 1);
    content["variables"].push_back(std::move(variable));
  }
  return content;
}

// Those that were there: without those that are to go, and those that are given in place of those
// of the same name, or behind.
absl::StatusOr<Json> MergeVariables(const Json& before, const Json& given,
                                    const std::vector<std::string>& gone) {
  std::vector<std::pair<std::string, Json>> merged;
  const auto at = [&merged](const std::string& name) {
    return std::find_if(merged.begin(), merged.end(),
                        [&name](const auto& each) { return each.first == name; });
  };
  for (const Json& variable : before) merged.emplace_back(Text(variable, "name"), variable);
  for (const std::string& name : gone) {
    if (at(name) == merged.end()) {
      return UsageError(absl::StrCat("--no-variable: the template has no variable '", name, "'"));
    }
    merged.erase(at(name));
  }
  for (const Json& variable : given) {
    const std::string name = Text(variable, "name");
    if (at(name) == merged.end()) merged.emplace_back(name, Json::object());
    Json& known = at(name)->second;
    known.erase("fallback");
    known.update(variable);  // The description stays, which no flag sets.
  }
  Json variables = Json::array();
  for (auto& [name, variable] : merged) variables.push_back(std::move(variable));
  return variables;
}

constexpr char kNoTopic[] = "a transactional template has no topic: nobody unsubscribes from it";

void AddTemplateCreate(const Command& group) {
  const Command create =
      group.Add("create", "Makes a template.",
                "regularsctl template create hello --subject 'Hello {{customer.given_name}}' "
                "--text hello.txt --html hello.html --variable customer.given_name=you");
  const auto id = create.Word("TEMPLATE", "Id for it: lower-case letters, digits and '-'");
  const ContentFlags flags = AddContentFlags(create);
  flags.subject.option()->required();
  const auto purpose = create.Choice("--purpose", {"marketing", "transactional"},
                                     "transactional: an answer to what the reader did; asks for "
                                     "no consent",
                                     "marketing");
  const auto topic = create.Text("--topic", "TOPIC", "What readers consent to (newsletter)");
  create.Means("template_id", "TEMPLATE").Means("template.topic", "--topic");
  create.Run([=](Context& context) -> absl::Status {
    if (topic.given() && *purpose == "transactional") return UsageError(kNoTopic);
    Json made = Json::object();
    ABSL_ASSIGN_OR_RETURN(made["content"], ContentOf(flags));
    made["displayName"] = flags.name.given() ? *flags.name : *id;
    made["purpose"] = *purpose == "marketing" ? "PURPOSE_MARKETING" : "PURPOSE_TRANSACTIONAL";
    if (topic.given()) made["topic"] = *topic;
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json now,
                          client->Post(Template().Path(), made,
                                       {{"templateId", *id}, {"requestId", NewRequestId()}}));
    PrintResource(context, Template(), now);
    return absl::OkStatus();
  });
}

// Parts that are not given stay as they are.
void AddTemplateUpdate(const Command& group) {
  const Command update =
      group.Add("update",
                "Changes a template; another content or topic makes a new version. What is not "
                "given stays as it is.",
                "regularsctl template update hello --html hello.html");
  const auto id = update.Word("TEMPLATE", "Id or name of the template");
  const ContentFlags flags = AddContentFlags(update);
  const auto topic = update.Text("--topic", "TOPIC",
                                 "What readers of the new version consent to and unsubscribe from; "
                                 "transactional ones have none");
  const auto gone = update.Texts("--no-variable", "NAME", "Takes a variable away");
  update.Means("template.topic", "--topic");
  update.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(Json given, ContentOf(flags));
    ABSL_ASSIGN_OR_RETURN(const std::string path, Template().PathOf(*id));
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json before, client->Get(path));
    Json changed = {{"etag", Text(before, "etag")}};
    std::vector<std::string> mask;
    if (flags.name.given()) {
      changed["displayName"] = *flags.name;
      mask.emplace_back("displayName");
    }
    if (topic.given()) {
      if (Text(before, "purpose") == "PURPOSE_TRANSACTIONAL") return UsageError(kNoTopic);
      changed["topic"] = *topic;
      mask.emplace_back("topic");
    }
    if (flags.variables.given() || gone.given()) {
      ABSL_ASSIGN_OR_RETURN(given["variables"], MergeVariables(Items(before, "content.variables"),
                                                               Items(given, "variables"), *gone));
    }
    if (!given.empty()) {
      const Json* content = Find(before, "content");
      changed["content"] = content == nullptr ? Json::object() : *content;
      changed["content"].update(given);
      mask.emplace_back("content");
    }
    if (mask.empty()) return UsageError("nothing to change: give at least one flag");
    ABSL_ASSIGN_OR_RETURN(const Json now, client->Patch(path, changed,
                                                        {{"updateMask", absl::StrJoin(mask, ",")},
                                                         {"requestId", NewRequestId()}}));
    PrintResource(context, Template(), now);
    return absl::OkStatus();
  });
}

void AddTemplatePreview(const Command& group) {
  const Command preview = group.Add("preview", "Shows what a customer would get.",
                                    "regularsctl template preview hello --customer 06g1…");
  const auto id = preview.Word("TEMPLATE", kTemplateSourceHelp);
  const auto customer =
      preview.Text("--customer", "CUSTOMER", "Id or name of the customer; none: nobody");
  const auto values = preview.File("--variables", "JSON file with the values that senders fill");
  const auto html = preview.Switch("--html", "Prints the HTML part instead");
  preview.Run([=](Context& context) -> absl::Status {
    Json request = Json::object();
    ABSL_ASSIGN_OR_RETURN(const TemplateSource source, TemplateSourceOf(*id));
    request["template"] = source.name;
    if (customer.given()) {
      ABSL_ASSIGN_OR_RETURN(request["customer"], NameIn("customers", "customer", *customer));
    }
    if (values.given()) {
      ABSL_ASSIGN_OR_RETURN(request["variables"], ReadJsonFile(*values));
    }
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json answer,
                          client->Ask(absl::StrCat(Template().Path(), ":preview"), request));
    if (context.json()) {
      context.PrintJson(answer);
      return absl::OkStatus();
    }
    if (*html && Text(answer, "html").empty()) {
      context.Note("the template has no HTML part");
    } else if (*html) {
      context.out() << Text(answer, "html") << '\n';
    } else {
      context.out() << "Subject: " << Text(answer, "subject") << "\n\n" << Text(answer, "text");
    }
    for (const Json& name : Items(answer, "missing")) {
      context.Note(absl::StrCat("no value for ", name.get<std::string>()));
    }
    for (const Json& source : Items(answer, "unavailable")) {
      context.Note(absl::StrCat("could not be asked, so fallbacks stand for it: ",
                                source.get<std::string>()));
    }
    if (const std::string reason = Text(answer, "reason"); !reason.empty()) {
      context.Note(absl::StrCat("the customer would get nothing: ", reason));
    }
    return absl::OkStatus();
  });
}

void AddTemplateSendTest(const Command& group) {
  const Command send = group.Add("send-test", "Sends a template to an address of your own.",
                                 "regularsctl template send-test hello me@shop.example");
  const auto id = send.Word("TEMPLATE", kTemplateSourceHelp);
  const auto address = send.Word("ADDRESS", "E-mail address to send it to");
  const auto customer =
      send.Text("--customer", "CUSTOMER", "Id or name of a customer to render it for");
  const auto values = send.File("--variables", "JSON file with the values that senders fill");
  send.Means("address", "ADDRESS");
  send.Run([=](Context& context) -> absl::Status {
    Json request = {{"address", *address}, {"requestId", NewRequestId()}};
    if (customer.given()) {
      ABSL_ASSIGN_OR_RETURN(request["customer"], NameIn("customers", "customer", *customer));
    }
    if (values.given()) {
      ABSL_ASSIGN_OR_RETURN(request["variables"], ReadJsonFile(*values));
    }
    ABSL_ASSIGN_OR_RETURN(const TemplateSource source, TemplateSourceOf(*id));
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json made, client->Post(source.path + ":sendTest", request));
    if (context.json()) {
      context.PrintJson(made);
    } else {
      context.out() << Text(made, "name") << '\n';
    }
    return absl::OkStatus();
  });
}

}  // namespace

void AddTemplateCommands(const Command& root) {
  const Command group = root.Group("template", "What messages say.");
  AddGet(group, Template(), "regularsctl template get hello");
  AddList(group, Template(),
          {.summary = "Lists the templates.", .example = "regularsctl template list"});
  AddTemplateCreate(group);
  AddTemplateUpdate(group);
  AddTemplatePreview(group);
  AddTemplateSendTest(group);
  AddDelete(group, Template(), {.example = "regularsctl template delete hello --yes"});
}

}  // namespace regulars::cli
