// Whatever names, subjects and addresses hold: no header begins where none was meant to.
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "campaign-svc/domain/mime.h"
#include "chassis/base/check.h"
#include "chassis/base/mailbox.h"

namespace regulars::campaign {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  Mail mail;
  mail.from = {"news", "shop.example"};
  mail.to = ParseMailbox(text).value_or(Mailbox{"ann", "x.example"});
  mail.from_name = mail.to_name = mail.subject = mail.text = mail.html = text;
  mail.id = "id";
  mail.date = absl::UnixEpoch();
  const auto wire = BuildMail(mail);
  if (!wire.ok()) return 0;
  const std::string headers = wire->substr(0, wire->find("\r\n\r\n"));
  static constexpr absl::string_view kHeaders[] = {
      "Date: ",         "From: ",         "To: ",
      "Subject: ",      "Message-ID: ",   "Auto-Submitted: ",
      "MIME-Version: ", "Content-Type: ", "Content-Transfer-Encoding: "};
  for (const absl::string_view line : absl::StrSplit(headers, "\r\n")) {
    CHECK(line.find_first_of("\r\n") == absl::string_view::npos && line.size() <= 998);
    CHECK(absl::StartsWith(line, " ") ||
          std::any_of(std::begin(kHeaders), std::end(kHeaders),
                      [&](absl::string_view name) { return absl::StartsWith(line, name); }));
  }
  return 0;
}

}  // namespace regulars::campaign
