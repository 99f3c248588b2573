// attribute get|list|create|delete.
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"
#include "cli/commands.h"
#include "cli/resource.h"

namespace regulars::cli {
namespace {

const Resource& Attribute() {
  static const Resource& attribute = *new Resource{
      .service = "customer",
      .collection = "attributeDefinitions",
      .noun = "attribute",
      .columns = {IdColumn(), EnumColumn("TYPE", "type", "TYPE_"),
                  TextColumn("NAME", "displayName"), ListColumn("VALUES", "enumValues"),
                  TextColumn("DESCRIPTION", "description")},
      .more = {TimeColumn("CREATED", "createTime"), TextColumn("ETAG", "etag")}};
  return attribute;
}

}  // namespace

void AddAttributeCommands(const Command& root) {
  const Command group = root.Group("attribute", "Custom attributes of customers.");
  AddGet(group, Attribute(), "regularsctl attribute get shoe_size");
  AddList(group, Attribute(),
          {.summary = "Lists the declared attributes.", .example = "regularsctl attribute list"});

  const Command create =
      group.Add("create", "Declares an attribute, so that customers can have it.",
                "regularsctl attribute create shoe_size --type decimal --name 'Shoe size'");
  const auto id = create.Word("ATTRIBUTE", "Its key: lower-case letters, digits and '_'");
  const auto type =
      create.Choice("--type", {"bool", "integer", "decimal", "text", "time", "enum"}, "Its type");
  type.option()->required();
  const auto name = create.Text("--name", "NAME", "What the console calls it");
  const auto description = create.Text("--description", "TEXT", "What it means");
  const auto values = create.Texts("--value", "VALUE", "One of the values of an enum");
  create.Means("attribute_definition_id", "ATTRIBUTE")
      .Means("attribute_definition.enum_values", "--value");
  create.Run([=](Context& context) -> absl::Status {
    Json definition = {{"type", absl::StrCat("TYPE_", absl::AsciiStrToUpper(*type))}};
    if (name.given()) definition["displayName"] = *name;
    if (description.given()) definition["description"] = *description;
    if (values.given()) definition["enumValues"] = *values;
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json made, client->Post(Attribute().Path(), definition,
                                                        {{"attributeDefinitionId", *id},
                                                         {"requestId", NewRequestId()}}));
    PrintResource(context, Attribute(), made);
    return absl::OkStatus();
  });

  AddDelete(group, Attribute(),
            {.example = "regularsctl attribute delete shoe_size --force --yes",
             .force_help = "Takes the values of all customers away too"});
}

}  // namespace regulars::cli
