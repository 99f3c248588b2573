#include "gateway/json/strict.h"

#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"
#include "gateway/json/quote.h"

namespace regulars::gateway::json {

absl::Status InsertKey(const Token& key, absl::string_view text, KeySet* keys) {
  const auto lifetime = key.unescaped ? KeySet::Lifetime::kTemporary : KeySet::Lifetime::kInput;
  return KeyStatus(keys->Insert(key.text, lifetime), key, text);
}

absl::Status KeyStatus(KeySet::Result result, const Token& key, absl::string_view text) {
  switch (result) {
    case KeySet::Result::kNew:
      return absl::OkStatus();
    case KeySet::Result::kFull:
      return ErrorAt(text, key.offset, "TOO_MANY_KEYS",
                     absl::StrCat("more than ", kMaxOpenKeys, " keys"));
    case KeySet::Result::kDuplicate:
      break;
  }
  return ErrorAt(text, key.offset, "DUPLICATE_KEY",
                 absl::StrCat("the key \"", Excerpt(key.text), "\" is given twice"));
}

absl::Status CheckStrict(absl::string_view text) {
  Tokenizer tokens(text);
  KeySet keys;
  while (true) {
    const Token token = tokens.Next();
    switch (token.kind) {
      case TokenKind::kBeginObject:
        keys.Open();
        break;
      case TokenKind::kEndObject:
        keys.Close();
        break;
      case TokenKind::kKey:
        ABSL_RETURN_IF_ERROR(InsertKey(token, text, &keys));
        break;
      case TokenKind::kEnd:
        return absl::OkStatus();
      case TokenKind::kError:
        return tokens.status();
      default:
        break;
    }
  }
}

}  // namespace regulars::gateway::json
