#include "chassis/filter/check.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chassis/base/status_macros.h"
#include "chassis/filter/literals.h"
#include "chassis/filter/operand.h"
#include "chassis/filter/parse.h"
#include "chassis/filter/print.h"
#include "chassis/filter/source.h"
#include "chassis/filter/suggest.h"

namespace regulars::filter {
namespace {

std::string Join(const std::vector<Literal>& path) {
  std::string out;
  for (const Literal& name : path) absl::StrAppend(&out, out.empty() ? "" : ".", name.text);
  return out;
}

std::string PrintPath(absl::string_view dotted_name) {
  std::string out;
  for (const absl::string_view part : absl::StrSplit(dotted_name, '.')) {
    absl::StrAppend(&out, out.empty() ? "" : ".", PrintName(part));
  }
  return out;
}

// A list of conditions without lists of the same kind inside.
Node MakeList(Node::Kind kind, std::vector<Node> children) {
  Node list{.kind = kind};
  for (Node& child : children) {
    if (child.kind != kind) {
      list.children.push_back(std::move(child));
      continue;
    }
    for (Node& grandchild : child.children) list.children.push_back(std::move(grandchild));
  }
  return list;
}

Node MakeNot(Node inner) {
  if (inner.kind == Node::Kind::kNot) return std::move(inner.children[0]);
  Node negation{.kind = Node::Kind::kNot};
  negation.children.push_back(std::move(inner));
  return negation;
}

class Checker {
 public:
  Checker(absl::string_view text, const Schema& schema) : text_(text), schema_(schema) {}

  absl::StatusOr<Node> Check(const Syntax& syntax) const {
    if (syntax.kind == Syntax::Kind::kRestriction) {
      ABSL_ASSIGN_OR_RETURN(Condition condition, CheckRestriction(syntax.restriction));
      return Node{.kind = Node::Kind::kCondition, .condition = std::move(condition)};
    }
    std::vector<Node> children;
    for (const Syntax& child : syntax.children) {
      ABSL_ASSIGN_OR_RETURN(Node node, Check(child));
      children.push_back(std::move(node));
    }
    if (syntax.kind == Syntax::Kind::kNot) return MakeNot(std::move(children[0]));
    return MakeList(syntax.kind == Syntax::Kind::kAnd ? Node::Kind::kAnd : Node::Kind::kOr,
                    std::move(children));
  }

 private:
  absl::Status Fail(size_t offset, absl::string_view reason, absl::string_view message) const {
    return ErrorAt(text_, offset, reason, message);
  }

  absl::StatusOr<Condition> CheckRestriction(const Restriction& restriction) const {
    if (!restriction.comparator) return CheckLiteral(restriction);
    if (!restriction.call) {
      if (const auto map = schema_.FindMap(Join(restriction.path))) {
        return CheckKeyPresence(restriction, *map);
      }
    }
    ABSL_ASSIGN_OR_RETURN(const BoundField field, Resolve(restriction));
    return BindCondition(text_, restriction.offset, field, *restriction.comparator,
                         restriction.value);
  }

  // Something that stands alone is looked for in the schema's search field.
  absl::StatusOr<Condition> CheckLiteral(const Restriction& restriction) const {
    const size_t offset = restriction.offset;
    if (restriction.call) {
      ABSL_ASSIGN_OR_RETURN(const BoundField field,
                            ResolveCall(*restriction.call, restriction.path));
      return Fail(offset, "INVALID_FILTER",
                  absl::StrCat("compare this with a value, such as ", field.text, " > 0"));
    }
    const std::vector<Literal>& path = restriction.path;
    const std::string upper = absl::AsciiStrToUpper(path[0].text);
    if (path.size() == 1 && !path[0].quoted && IsKeyword(upper)) {
      return Fail(offset, "INVALID_FILTER",
                  absl::StrCat("write ", upper, " in capitals, or \"", path[0].text,
                               "\" in quotes if you mean the text"));
    }
    if (const auto field = schema_.search_field()) {
      return BindSearch(text_, Bind(field, PrintPath(field->name)), JoinLiterals(path));
    }
    return StandsAlone(offset, path);
  }

  absl::Status StandsAlone(size_t offset, const std::vector<Literal>& path) const {
    std::string name = Join(path);
    bool known = schema_.FindField(name) || schema_.FindMap(name);
    if (const auto map = known ? nullptr : MapAround(path)) {
      ABSL_ASSIGN_OR_RETURN(const BoundField field, ResolveKey(*map, path.back()));
      name = field.text;
      known = true;
    }
    if (known) {
      return Fail(offset, "INVALID_FILTER",
                  absl::StrCat("say what ", Quoted(name), " must be, such as ", name,
                               " = value, or ", name, ":* for any value"));
    }
    return Fail(offset, "INVALID_FILTER",
                absl::StrCat(Quoted(name),
                             " stands alone; a condition is a field, a comparison and a value",
                             Suggestion(name, schema_.FieldNames())));
  }

  // The map that the last name of a path is a key of, if it is one.
  std::shared_ptr<const MapField> MapAround(const std::vector<Literal>& path) const {
    if (path.size() < 2) return nullptr;
    return schema_.FindMap(Join(std::vector<Literal>(path.begin(), path.end() - 1)));
  }

  static Literal JoinLiterals(const std::vector<Literal>& path) {
    Literal joined = path[0];
    for (size_t i = 1; i < path.size(); ++i) {
      joined.text += '.';
      for (const size_t star : path[i].stars) joined.stars.push_back(joined.text.size() + star);
      joined.text += path[i].text;
    }
    return joined;
  }

  // With the figure that was meant, or else any.
  static std::string CallExample(const WindowCall& call, absl::string_view figure) {
    const auto meant = std::find_if(call.fields.begin(), call.fields.end(),
                                    [&](const Field& field) { return field.name == figure; });
    return WrittenCall(call, meant != call.fields.end() ? figure : call.fields[0].name);
  }

  static BoundField Bind(std::shared_ptr<const Field> field, std::string text) {
    const int64_t handle = field->handle;
    return {.declaration = std::move(field), .ref = {.handle = handle}, .text = std::move(text)};
  }

  absl::StatusOr<BoundField> Resolve(const Restriction& restriction) const {
    if (restriction.call) return ResolveCall(*restriction.call, restriction.path);
    const std::vector<Literal>& path = restriction.path;
    const std::string name = Join(path);
    // A dot within quotes is part of a key, not a step from one name to the next.
    const bool plain = std::all_of(path.begin(), path.end(), [](const Literal& part) {
      return part.text.find('.') == std::string::npos;
    });
    const auto field = plain ? schema_.FindField(name) : nullptr;
    if (field) return Bind(field, PrintPath(name));
    if (const auto map = MapAround(path)) return ResolveKey(*map, path.back());
    if (const auto call = schema_.FindCall(path[0].text)) {
      const std::string example = CallExample(*call, path.back().text);
      return Fail(restriction.offset, "INVALID_FILTER",
                  absl::StrCat("'", call->name, "' needs a length of time: ", example));
    }
    return UnknownField(restriction, name);
  }

  absl::Status UnknownField(const Restriction& restriction, const std::string& name) const {
    const Literal* value = std::get_if<Literal>(&restriction.value);
    if (value != nullptr && schema_.FindField(value->text)) {
      return Fail(restriction.offset, "UNKNOWN_FIELD",
                  absl::StrCat("the field stands left of the comparison and the value right of "
                               "it: put ",
                               Quoted(value->text), " first"));
    }
    return Fail(
        restriction.offset, "UNKNOWN_FIELD",
        absl::StrCat("there is no field ", Quoted(name), Suggestion(name, schema_.FieldNames())));
  }

  absl::StatusOr<BoundField> ResolveKey(const MapField& map, const Literal& key) const {
    std::optional<Field> field = map.resolve(key.text);
    if (!field) {
      return Fail(
          key.offset, "UNKNOWN_FIELD",
          absl::StrCat("'", map.name, "' has no key ", Quoted(key.text),
                       Suggestion(key.text, map.keys ? map.keys() : std::vector<std::string>())));
    }
    CheckDeclaration(*field);
    BoundField bound = Bind(std::make_shared<const Field>(*std::move(field)),
                            absl::StrCat(PrintPath(map.name), ".", PrintName(key.text)));
    bound.ref.key = key.text;
    return bound;
  }

  // `attributes:loyalty_tier`: the map has the key.
  absl::StatusOr<Condition> CheckKeyPresence(const Restriction& restriction,
                                             const MapField& map) const {
    const Literal* key = std::get_if<Literal>(&restriction.value);
    const bool any = key != nullptr && key->text == "*" && !key->stars.empty();
    if (restriction.comparator != Comparator::kHas || key == nullptr || any) {
      return Fail(restriction.offset, "TYPE_MISMATCH",
                  absl::StrCat("'", map.name, "' holds many values; write ", map.name,
                               ".key = value, or ", map.name, ":key to ask whether it has one"));
    }
    ABSL_ASSIGN_OR_RETURN(BoundField field, ResolveKey(map, *key));
    return Condition{std::move(field), Comparator::kHas, Presence{}};
  }

  absl::StatusOr<BoundField> ResolveCall(const Call& written,
                                         const std::vector<Literal>& path) const {
    const std::string& name = written.name.text;
    const auto call = schema_.FindCall(name);
    if (!call) return UnknownCall(written);
    ABSL_ASSIGN_OR_RETURN(const std::string subject, CheckSubject(*call, written));
    ABSL_ASSIGN_OR_RETURN(const absl::Duration window, CheckWindow(*call, written));
    const std::string before =
        absl::StrCat(PrintName(name), "(", call->takes_subject ? PrintText(subject) + ", " : "",
                     "\"", PrintDuration(window), "\").");
    std::vector<std::string> names;
    for (const Field& field : call->fields) {
      names.push_back(field.name);
      if (Join(path) != field.name) continue;
      BoundField bound =
          Bind(std::shared_ptr<const Field>(call, &field), before + PrintPath(field.name));
      bound.ref.key = subject;
      bound.window = window;
      return bound;
    }
    if (path.empty()) {
      return Fail(written.name.offset, "INVALID_FILTER",
                  absl::StrCat("say which figure, such as ", before, names[0]));
    }
    return Fail(path[0].offset, "UNKNOWN_FIELD",
                absl::StrCat("'", name, "' has no field ", Quoted(Join(path)),
                             Suggestion(Join(path), names)));
  }

  absl::Status UnknownCall(const Call& call) const {
    const std::string& name = call.name.text;
    if (name == "now" || name == "ago" || name == "from_now" || name == "today") {
      return Fail(call.name.offset, "INVALID_FILTER",
                  absl::StrCat("put the field first: field < ", name, "(…)"));
    }
    return Fail(
        call.name.offset, "UNKNOWN_FUNCTION",
        absl::StrCat("there is no function ", Quoted(name), Suggestion(name, schema_.CallNames())));
  }

  // Where a call takes a subject it stands first, before the window.
  absl::StatusOr<std::string> CheckSubject(const WindowCall& call, const Call& written) const {
    if (!call.takes_subject) return std::string();
    const std::vector<Literal>& arguments = written.arguments;
    if (arguments.size() == 2 && call.takes_subject(arguments[0].text)) return arguments[0].text;
    return Fail(
        arguments.empty() ? written.name.offset : arguments[0].offset, "INVALID_VALUE",
        absl::StrCat("'", call.name, "' takes what it counts and one length of time, such as ",
                     WrittenCall(call, call.fields[0].name)));
  }

  absl::StatusOr<absl::Duration> CheckWindow(const WindowCall& call, const Call& written) const {
    const size_t place = call.takes_subject ? 1 : 0;
    const auto window = written.arguments.size() == place + 1
                            ? ReadDuration(written.arguments[place].text)
                            : std::nullopt;
    if (window && *window > absl::ZeroDuration() && *window <= call.max_window &&
        absl::Trunc(*window, call.step) == *window) {
      return *window;
    }
    const bool stepped = call.step > absl::Microseconds(1);
    return Fail(
        written.arguments.empty() ? written.name.offset : written.arguments[place].offset,
        "INVALID_VALUE",
        absl::StrCat(
            "'", call.name, "' takes one length of time, ",
            stepped ? absl::StrCat("a multiple of ", PrintDuration(call.step), " and ") : "",
            "at most ", PrintDuration(call.max_window), ", such as ",
            WrittenCall(call, call.fields[0].name)));
  }

  const absl::string_view text_;
  const Schema& schema_;
};

}  // namespace

absl::StatusOr<Expression> Compile(absl::string_view text, const Schema& schema) {
  ABSL_ASSIGN_OR_RETURN(const Syntax syntax, Parse(text));
  ABSL_ASSIGN_OR_RETURN(Node root, Checker(text, schema).Check(syntax));
  return Expression(std::move(root));
}

}  // namespace regulars::filter
