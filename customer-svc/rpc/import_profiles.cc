#include "customer-svc/rpc/import_profiles.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/etag.h"
#include "chassis/base/faults.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/page_token.h"
#include "chassis/rpc/timestamps.h"
#include "customer-svc/domain/text_rules.h"
#include "customer-svc/rpc/import_options.h"
#include "customer-svc/store/import_profiles.h"

namespace regulars::customer {
namespace {

constexpr char kCollection[] = "importProfiles";
constexpr size_t kMaxDisplayName = 200;

std::string EtagOf(const ImportProfile& profile) {
  return MakeEtag(profile.version, profile.update_time);
}

absl::StatusOr<v1::ImportProfile> WriteProfile(const ImportProfile& profile) {
  v1::ImportProfile message;
  message.set_name(rpc::Name(kCollection, profile.id));
  message.set_display_name(profile.display_name);
  const bool read = profile.kind == ImportKind::kCustomers
                        ? message.mutable_customers()->ParseFromString(profile.options)
                        : message.mutable_order_lines()->ParseFromString(profile.options);
  if (!read) {
    return Error(absl::StatusCode::kDataLoss, "the profile's options are not readable",
                 {.reason = "IMPORT_PROFILE_DAMAGED"});
  }
  *message.mutable_create_time() = rpc::ToTimestamp(profile.create_time);
  *message.mutable_update_time() = rpc::ToTimestamp(profile.update_time);
  message.set_etag(EtagOf(profile));
  return message;
}

// Takes over the options of a message, which has some, and their kind.
absl::Status ReadOptionsOf(Snapshot& db, const v1::ImportProfile& message, ImportProfile& profile) {
  if (message.has_customers()) {
    const auto checked = CheckOptions(db, message.customers());
    if (!checked.ok()) return PrefixFields(checked.status(), "import_profile.customers.");
    profile.kind = ImportKind::kCustomers;
    profile.options = SerializeOptions(message.customers());
    return absl::OkStatus();
  }
  if (message.has_order_lines()) {
    const auto checked = CheckOptions(db, message.order_lines());
    if (!checked.ok()) return PrefixFields(checked.status(), "import_profile.order_lines.");
    profile.kind = ImportKind::kOrderLines;
    profile.options = SerializeOptions(message.order_lines());
    return absl::OkStatus();
  }
  return FieldError("import_profile.options", "INVALID_OPTIONS",
                    "must be `order_lines` or `customers`");
}

absl::Status CheckDisplayName(const std::string& text) {
  Faults faults;
  CheckText("import_profile.display_name", text, kMaxDisplayName, faults);
  return faults.ToStatus();
}

absl::StatusOr<v1::ImportProfile> InsertNew(Transaction& tx, const std::string& id,
                                            const v1::ImportProfile& message) {
  ImportProfile profile{.id = id, .display_name = message.display_name()};
  ABSL_RETURN_IF_ERROR(CheckDisplayName(profile.display_name));
  ABSL_RETURN_IF_ERROR(ReadOptionsOf(tx, message, profile));
  ABSL_ASSIGN_OR_RETURN(const int64_t count, import_profiles::Count(tx));
  if (count >= kMaxImportProfiles) {
    return Error(absl::StatusCode::kResourceExhausted,
                 absl::StrCat("there are ", kMaxImportProfiles,
                              " import profiles already, the most there may be"),
                 {.reason = "TOO_MANY_IMPORT_PROFILES"});
  }
  profile.create_time = profile.update_time = tx.now();
  ABSL_RETURN_IF_ERROR(import_profiles::Insert(tx, profile));
  return WriteProfile(profile);
}

struct ProfileMask {
  bool display_name = false;
  bool options = false;
};

absl::StatusOr<ProfileMask> ReadMask(const v1::UpdateImportProfileRequest& request) {
  const v1::ImportProfile& message = request.import_profile();
  if (request.update_mask().paths().empty()) {
    return ProfileMask{!message.display_name().empty(),
                       message.options_case() != v1::ImportProfile::OPTIONS_NOT_SET};
  }
  ProfileMask mask;
  for (const std::string& path : request.update_mask().paths()) {
    if (path == "*") return ProfileMask{true, true};
    if (path == "display_name") {
      mask.display_name = true;
    } else if (path == "order_lines" || path == "customers") {
      mask.options = true;
    } else if (path != "name" && path != "create_time" && path != "update_time" && path != "etag") {
      return FieldError("update_mask", "INVALID_UPDATE_MASK",
                        absl::StrCat("names '", EscapeForLog(path),
                                     "', which is no field of an import profile, or a part of its "
                                     "options, which change as a whole"));
    }
  }
  return mask;
}

absl::StatusOr<v1::ImportProfile> Change(Transaction& tx, const ImportProfile& before,
                                         const v1::UpdateImportProfileRequest& request) {
  const v1::ImportProfile& message = request.import_profile();
  ABSL_RETURN_IF_ERROR(CheckEtag(message.etag(), EtagOf(before)));
  ABSL_ASSIGN_OR_RETURN(const ProfileMask mask, ReadMask(request));
  ImportProfile after = before;
  if (mask.display_name) {
    after.display_name = message.display_name();
    ABSL_RETURN_IF_ERROR(CheckDisplayName(after.display_name));
  }
  if (mask.options) {
    ABSL_RETURN_IF_ERROR(ReadOptionsOf(tx, message, after));
    if (after.kind != before.kind) {
      return FieldError("import_profile.options", "FIELD_IMMUTABLE",
                        "must be for the kind of file that the profile was made for");
    }
  }
  if (after.display_name == before.display_name && after.options == before.options) {
    return WriteProfile(before);
  }
  ++after.version;
  after.update_time = tx.now();
  ABSL_RETURN_IF_ERROR(import_profiles::Update(tx, after));
  return WriteProfile(after);
}

}  // namespace

absl::StatusOr<ImportProfile> LoadImportProfile(Snapshot& db, const std::string& name,
                                                absl::string_view field) {
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName(kCollection, name, field));
  ABSL_ASSIGN_OR_RETURN(auto profile, import_profiles::Find(db, id));
  if (profile) return *std::move(profile);
  return NotFound("IMPORT_PROFILE_NOT_FOUND",
                  absl::StrCat("there is no import profile '", EscapeForLog(name), "'"));
}

absl::StatusOr<v1::ImportProfile> CreateImportProfile(
    Transaction& tx, const v1::CreateImportProfileRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  const std::string& id = request.import_profile_id();
  if (!IsSlug(id)) {
    return FieldError("import_profile_id", "INVALID_IMPORT_PROFILE_ID",
                      "must be 1 to 63 lower-case letters, digits and '-', begin with a letter and "
                      "end with a letter or digit");
  }
  if (!request.import_profile().name().empty()) {
    return FieldError("import_profile.name", "NAME_NOT_ALLOWED",
                      "must be empty: see import_profile_id");
  }
  ABSL_ASSIGN_OR_RETURN(const auto taken, import_profiles::Find(tx, id));
  if (taken) {
    return AlreadyExists("IMPORT_PROFILE_EXISTS",
                         absl::StrCat("there is an import profile '", id, "' already"));
  }
  return InsertNew(tx, id, request.import_profile());
}

absl::StatusOr<v1::ImportProfile> GetImportProfile(Snapshot& db,
                                                   const v1::GetImportProfileRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const ImportProfile profile, LoadImportProfile(db, request.name(), "name"));
  return WriteProfile(profile);
}

absl::StatusOr<v1::ListImportProfilesResponse> ListImportProfiles(
    Snapshot& db, const v1::ListImportProfilesRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  const std::string after = page.after.empty() ? "" : page.after[0];
  // One more than asked for tells whether there is another page.
  ABSL_ASSIGN_OR_RETURN(const std::vector<ImportProfile> profiles,
                        import_profiles::List(db, after, page.size + 1));
  v1::ListImportProfilesResponse reply;
  for (const ImportProfile& profile : profiles) {
    if (reply.import_profiles_size() == page.size) {
      const ImportProfile& last = profiles[static_cast<size_t>(page.size - 1)];
      reply.set_next_page_token(rpc::NextPageToken(request, db.now(), {last.id}));
      break;
    }
    ABSL_ASSIGN_OR_RETURN(*reply.add_import_profiles(), WriteProfile(profile));
  }
  return reply;
}

absl::StatusOr<v1::ImportProfile> UpdateImportProfile(
    Transaction& tx, const v1::UpdateImportProfileRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  const v1::ImportProfile& message = request.import_profile();
  const absl::StatusOr<ImportProfile> before =
      LoadImportProfile(tx, message.name(), "import_profile.name");
  if (absl::IsNotFound(before.status()) && request.allow_missing()) {
    ABSL_ASSIGN_OR_RETURN(const std::string id,
                          rpc::ParseName(kCollection, message.name(), "import_profile.name"));
    if (!IsSlug(id)) {
      return FieldError("import_profile.name", "INVALID_IMPORT_PROFILE_ID",
                        "must end in [a-z]([a-z0-9-]{0,61}[a-z0-9])?");
    }
    return InsertNew(tx, id, message);
  }
  ABSL_RETURN_IF_ERROR(before.status());
  return Change(tx, *before, request);
}

absl::StatusOr<google::protobuf::Empty> DeleteImportProfile(
    Transaction& tx, const v1::DeleteImportProfileRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  const absl::StatusOr<ImportProfile> profile = LoadImportProfile(tx, request.name(), "name");
  if (absl::IsNotFound(profile.status()) && request.allow_missing()) {
    return google::protobuf::Empty();
  }
  ABSL_RETURN_IF_ERROR(profile.status());
  ABSL_RETURN_IF_ERROR(CheckEtag(request.etag(), EtagOf(*profile)));
  ABSL_RETURN_IF_ERROR(import_profiles::Delete(tx, *profile));
  return google::protobuf::Empty();
}

absl::Status CheckNoProfileNames(Snapshot& db, absl::string_view attribute_id) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<ImportProfile> profiles,
                        import_profiles::List(db, "", kMaxImportProfiles));
  for (const ImportProfile& profile : profiles) {
    if (profile.kind != ImportKind::kCustomers) continue;
    v1::CustomerImportOptions options;
    options.ParseFromString(profile.options);
    const std::vector<std::string> named = AttributesNamed(ReadOptions(options));
    if (std::find(named.begin(), named.end(), attribute_id) == named.end()) continue;
    const std::string name = rpc::Name(kCollection, profile.id);
    return Error(absl::StatusCode::kFailedPrecondition,
                 absl::StrCat("the columns of '", name, "' name it"),
                 {.reason = "ATTRIBUTE_IN_USE", .metadata = {{"importProfile", name}}});
  }
  return absl::OkStatus();
}

}  // namespace regulars::customer
