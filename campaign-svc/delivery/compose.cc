#include "campaign-svc/delivery/compose.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "campaign-svc/domain/html_text.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"

namespace regulars::campaign {
namespace {

constexpr char kPaths[] = "/api/campaign/v1/";

std::string LinkUrl(const Settings& settings, const LinkSigner& signer, const Link& link) {
  return absl::StrCat(settings.public_url, kPaths, std::string(1, static_cast<char>(link.kind)),
                      "/", signer.Sign(link));
}

// A mailbox that was checked when the settings were saved.
Mailbox MailboxOf(const std::string& address) { return ParseMailbox(address).value_or(Mailbox()); }

// A link longer than this is left as it is: it would be half as long again.
constexpr size_t kMaxTrackedUrl = 2000;

// As browsers send it: what is not visible ASCII becomes %XX, so that a header can hold it.
std::string VisibleUrl(const std::string& url) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string visible;
  for (const char c : url) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isgraph(byte)) {
      visible += c;
    } else {
      visible += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return visible;
}

std::string TrackLinks(const std::string& html, const Settings& settings, const LinkSigner& signer,
                       const std::string& message, const std::string& unsubscribe_url) {
  std::string tracked = ReplaceLinks(html, [&](const std::string& url) {
    const std::string target = VisibleUrl(url);
    if (url == unsubscribe_url || target.size() > kMaxTrackedUrl) return url;
    return LinkUrl(settings, signer, {LinkKind::kClick, message, target});
  });
  const std::string pixel = LinkUrl(settings, signer, {LinkKind::kOpen, message, ""});
  return AppendToBody(tracked, absl::StrCat("<img src=\"", EscapeHtml(pixel),
                                            "\" width=\"1\" height=\"1\" alt=\"\">"));
}

}  // namespace

Values AllValues(const Settings& settings, const Person& person, const std::string& variables,
                 const std::string& unsubscribe_url) {
  Values values = Values::object();
  if (!variables.empty()) {
    Values sent = Values::parse(variables, nullptr, /*allow_exceptions=*/false);
    if (sent.is_object()) values = std::move(sent);
  }
  for (const auto& [name, value] : person.values.items()) values[name] = value;
  values["company"] = {{"name", settings.company_name},
                       {"postal_address", settings.postal_address}};
  values["links"] = {{"unsubscribe", unsubscribe_url}};
  return values;
}

absl::StatusOr<Rendered> RenderLetter(const CompiledTemplate& compiled, const Values& values,
                                      Purpose purpose) {
  ABSL_ASSIGN_OR_RETURN(Rendered rendered, compiled.Render(values));
  const std::string& url = values["links"]["unsubscribe"].get_ref<const std::string&>();
  if (purpose != Purpose::kMarketing || url.empty()) return rendered;
  if (!rendered.html.empty() && !ShowsLink(rendered.html, url)) {
    rendered.html =
        AppendToBody(rendered.html, absl::StrCat("<p style=\"font-size:small\"><a href=\"",
                                                 EscapeHtml(url), "\">Unsubscribe</a></p>"));
    // Sections may leave something open that a template closes as a whole.
    if (!ShowsLink(rendered.html, url)) {
      return InvalidArgument("RENDERING_FAILED",
                             "a comment or a tag that is not closed hides the unsubscribe link");
    }
  }
  if (rendered.text.find(url) == std::string::npos) {
    absl::StrAppend(&rendered.text, "\n-- \nUnsubscribe: ", url, "\n");
  }
  return rendered;
}

absl::StatusOr<std::string> ComposeMail(const CompiledTemplate& compiled, const Settings& settings,
                                        const LinkSigner& signer, const Letter& letter) {
  const bool marketing = letter.purpose == Purpose::kMarketing;
  std::string unsubscribe_url;
  if (marketing) {
    unsubscribe_url = LinkUrl(settings, signer,
                              {LinkKind::kUnsubscribe, letter.message,
                               absl::StrCat(letter.person->customer, " ", letter.topic)});
  }
  const Values values = AllValues(settings, *letter.person, letter.variables, unsubscribe_url);
  ABSL_ASSIGN_OR_RETURN(Rendered rendered, RenderLetter(compiled, values, letter.purpose));
  if (!rendered.html.empty()) {
    rendered.html = TrackLinks(rendered.html, settings, signer, letter.message, unsubscribe_url);
  }
  return BuildMail({.from_name = settings.from_name,
                    .from = MailboxOf(settings.from_address),
                    .to_name = letter.person->display_name,
                    .to = letter.to,
                    .reply_to = MailboxOf(settings.reply_to),
                    .subject = std::move(rendered.subject),
                    .text = std::move(rendered.text),
                    .html = std::move(rendered.html),
                    .id = letter.message,
                    .date = letter.date,
                    .unsubscribe_url = unsubscribe_url});
}

}  // namespace regulars::campaign
