// Whether a text is JSON as strictly as the gateway takes it: RFC 8259, UTF-8, no key twice in an
// object (compared after unescaping), no NUL, no lone surrogates, no byte order mark, at most
// kMaxDepth deep. One pass, linear time.
//
//   CheckStrict("{\"a\": 1, \"a\": 2}")  // INVALID_ARGUMENT, DUPLICATE_KEY: malformed JSON at line
//   1, …
#ifndef GATEWAY_JSON_STRICT_H_
#define GATEWAY_JSON_STRICT_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gateway/json/key_set.h"
#include "gateway/json/tokenizer.h"

namespace regulars::gateway::json {

absl::Status CheckStrict(absl::string_view text);

// Adds the key to the open object of `keys`; OK if it is new there.
absl::Status InsertKey(const Token& key, absl::string_view text, KeySet* keys);

// Says at which byte of `text` a key is one too many; OK for a new one.
absl::Status KeyStatus(KeySet::Result result, const Token& key, absl::string_view text);

}  // namespace regulars::gateway::json

#endif  // GATEWAY_JSON_STRICT_H_
