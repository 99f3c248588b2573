#include "cli/completion.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "cli/context.h"

namespace regulars::cli {
namespace {

constexpr char kBash[] = R"(# bash completion of regularsctl:  source <(regularsctl completion bash)
_regularsctl() {
  local word line files=
  COMPREPLY=()
  # Bash splits at '=' and ':'; only the words before the cursor count.
  local words=("${COMP_WORDS[@]:1:COMP_CWORD}")
  word=${COMP_WORDS[COMP_CWORD]}
  [[ $word == = ]] && word=
  while IFS= read -r line; do
    if [[ $line == :files ]]; then files=1; else COMPREPLY+=("${line%%$'\t'*}"); fi
  done < <("${COMP_WORDS[0]}" __complete -- "${words[@]}" 2>/dev/null)
  if [[ -n $files ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$word")
  fi
}
complete -F _regularsctl regularsctl
)";

constexpr char kZsh[] = R"(#compdef regularsctl
# zsh completion of regularsctl:  source <(regularsctl completion zsh)
_regularsctl() {
  local line files=
  local -a found
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      files=1
    else
      found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    fi
  done < <("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
  (( ${#found} )) && _describe 'regularsctl' found
  [[ -n $files ]] && _files
}
if [[ ${funcstack[1]-} == _regularsctl ]]; then
  _regularsctl
else
  compdef _regularsctl regularsctl
fi
)";

constexpr char kFish[] = R"(# fish completion of regularsctl:  regularsctl completion fish | source
function __regularsctl_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    for line in ($program __complete -- $words 2>/dev/null)
        if test "$line" = ":files"
            __fish_complete_path (commandline -ct)
        else
            printf '%s\n' $line
        end
    end
end
complete -c regularsctl -f -a '(__regularsctl_complete)'
)";

bool TakesValue(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

// Flags that fit at `app`: its own and those above it.
template <typename Visit>
void EachFlag(const CLI::App* app, Visit visit) {
  for (; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      if (option->nonpositional()) visit(*option);
    }
  }
}

const CLI::Option* FindFlag(const CLI::App* app, const std::string& word) {
  const CLI::Option* found = nullptr;
  EachFlag(app, [&](const CLI::Option& option) {
    if (found == nullptr && option.check_name(word)) found = &option;
  });
  return found;
}

const CLI::App* FindCommand(const CLI::App* app, const std::string& word) {
  const auto found = app->get_subcommands(
      [&word](const CLI::App* command) { return command->get_name() == word; });
  return found.empty() ? nullptr : found.front();
}

// CLI11 writes a choice's type as "{a,b}", and ours of a file as "FILE".
void AddValues(const CLI::Option& option, const std::string& begun, Completions& completions) {
  const std::string type = option.get_type_name();
  absl::string_view choices = type;
  absl::ConsumePrefix(&choices, ":");
  if (absl::ConsumePrefix(&choices, "{") && absl::ConsumeSuffix(&choices, "}")) {
    for (absl::string_view choice : absl::StrSplit(choices, ',')) {
      if (absl::StartsWith(choice, begun)) completions.items.push_back({std::string(choice), ""});
    }
  }
  completions.files = type == "FILE";
}

void AddFlags(const CLI::App* app, const std::string& begun, Completions& completions) {
  EachFlag(app, [&](const CLI::Option& option) {
    for (const std::string& name : option.get_lnames()) {
      const std::string word = absl::StrCat("--", name);
      const auto known = [&word](const Completions::Item& item) { return item.word == word; };
      if (absl::StartsWith(word, begun) &&
          std::none_of(completions.items.begin(), completions.items.end(), known)) {
        completions.items.push_back({word, option.get_description()});
      }
    }
  });
}

// Of "--kind=p", in shells that keep it one word.
void AddValuesBehind(const CLI::App* app, const std::string& begun, Completions& completions) {
  const size_t value = begun.find('=') + 1;
  const CLI::Option* flag = FindFlag(app, begun.substr(0, value - 1));
  if (flag == nullptr || !TakesValue(*flag)) return;
  AddValues(*flag, begun.substr(value), completions);
  for (Completions::Item& item : completions.items) item.word.insert(0, begun, 0, value);
  completions.files = false;  // Shells would complete the whole word as a path.
}

}  // namespace

Completions Complete(const CLI::App& root, const std::vector<std::string>& words) {
  const CLI::App* app = &root;
  const CLI::Option* open = nullptr;  // A flag that waits for its value.
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    if (open != nullptr && words[i] == "=") continue;  // Bash makes it a word of its own.
    if (open != nullptr) {
      open = nullptr;
    } else if (absl::StartsWith(words[i], "-")) {
      const CLI::Option* flag = FindFlag(app, words[i]);
      if (flag != nullptr && TakesValue(*flag)) open = flag;
    } else if (const CLI::App* next = FindCommand(app, words[i])) {
      app = next;
    }
  }
  std::string begun = words.empty() ? "" : words.back();
  if (open != nullptr && begun == "=") begun.clear();
  Completions completions;
  if (open != nullptr) {
    AddValues(*open, begun, completions);
  } else if (absl::StartsWith(begun, "-") && absl::StrContains(begun, '=')) {
    AddValuesBehind(app, begun, completions);
  } else if (absl::StartsWith(begun, "-")) {
    AddFlags(app, begun, completions);
  } else {
    for (const CLI::App* next : app->get_subcommands([](const CLI::App*) { return true; })) {
      if (!next->get_group().empty() && absl::StartsWith(next->get_name(), begun)) {
        completions.items.push_back({next->get_name(), next->get_description()});
      }
    }
    for (const CLI::Option* option : app->get_options()) {
      if (option->get_positional()) AddValues(*option, begun, completions);
    }
  }
  return completions;
}

std::string WriteCompletions(const Completions& completions) {
  std::string text;
  for (const auto& item : completions.items) {
    absl::StrAppend(&text, item.word, "\t", item.help, "\n");
  }
  if (completions.files) absl::StrAppend(&text, ":files\n");
  return text;
}

absl::StatusOr<std::string> CompletionScript(const std::string& shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  if (shell == "fish") return kFish;
  return UsageError(absl::StrCat("there is no completion for '", shell, "'"));
}

}  // namespace regulars::cli
