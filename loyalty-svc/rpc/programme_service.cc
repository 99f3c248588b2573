#include "loyalty-svc/rpc/programme_service.h"

#include <array>
#include <bitset>

#include "absl/strings/str_cat.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/etag.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"
#include "chassis/feed/event.h"
#include "loyalty-svc/rpc/earning_rules.h"
#include "loyalty-svc/rpc/messages.h"
#include "loyalty-svc/rpc/tier_task.h"
#include "loyalty-svc/store/programmes.h"
#include "regulars/loyalty/v1/events.pb.h"
#include "regulars/loyalty/v1/programme_service.grpc.pb.h"

namespace regulars::loyalty {
namespace {

// The fields that callers write: one row a field.
struct Field {
  absl::string_view path;
  bool (*is_set)(const v1::Programme&);
  bool (*same)(const Programme&, const Programme&);
  void (*copy)(const Programme& from, Programme& to);
};

template <auto kMember>
constexpr Field MakeField(absl::string_view path, bool (*is_set)(const v1::Programme&)) {
  return {path, is_set,
          [](const Programme& a, const Programme& b) { return a.*kMember == b.*kMember; },
          [](const Programme& from, Programme& to) { to.*kMember = from.*kMember; }};
}

constexpr size_t kFields = 4;
using Mask = std::bitset<kFields>;
constexpr std::array<Field, kFields> kTable = {
    MakeField<&Programme::display_name>(
        "display_name", [](const v1::Programme& m) { return !m.display_name().empty(); }),
    MakeField<&Programme::enrolment>("enrolment",
                                     [](const v1::Programme& m) {
                                       return m.enrolment() != v1::Programme::ENROLMENT_UNSPECIFIED;
                                     }),
    MakeField<&Programme::payment>("payment",
                                   [](const v1::Programme& m) { return m.has_payment(); }),
    MakeField<&Programme::tiers>("tiers",
                                 [](const v1::Programme& m) { return m.tiers_size() > 0; }),
};

absl::StatusOr<Mask> ReadMask(const v1::UpdateProgrammeRequest& request) {
  Mask mask;
  if (request.update_mask().paths().empty()) {
    for (size_t i = 0; i < kFields; ++i) mask[i] = kTable[i].is_set(request.programme());
    return mask;
  }
  for (const std::string& path : request.update_mask().paths()) {
    bool known =
        path == "name" || path == "base_currency" || path == "update_time" || path == "etag";
    for (size_t i = 0; i < kFields; ++i) {
      if (path != "*" && path != kTable[i].path) continue;
      mask.set(i);
      known = true;
    }
    if (!known) {
      return FieldError("update_mask", "INVALID_UPDATE_MASK",
                        absl::StrCat("names '", EscapeForLog(path),
                                     "', which is no field of the programme that can change"));
    }
  }
  return mask;
}

int64_t OneIfUnset(int64_t value) { return value == 0 ? 1 : value; }

// What the caller wrote, empty fields as they are at first.
absl::StatusOr<Programme> ReadProgramme(const v1::Programme& message) {
  Programme read;
  if (!message.display_name().empty()) read.display_name = message.display_name();
  if (!v1::Programme::Enrolment_IsValid(message.enrolment())) {
    return FieldError("enrolment", "INVALID_ENROLMENT", "is no Enrolment");
  }
  if (message.enrolment() != v1::Programme::ENROLMENT_UNSPECIFIED) {
    read.enrolment = static_cast<Enrolment>(message.enrolment());
  }
  if (message.has_payment()) {
    const v1::PointsPayment& payment = message.payment();
    read.payment = {.point_value_micros = payment.point_value_micros(),
                    .max_basket_percent =
                        payment.max_basket_percent() == 0 ? 100 : payment.max_basket_percent(),
                    .min_points = OneIfUnset(payment.min_points()),
                    .step_points = OneIfUnset(payment.step_points())};
  }
  for (const v1::Tier& tier : message.tiers()) {
    read.tiers.push_back({tier.tier_id(),
                          tier.display_name().empty() ? tier.tier_id() : tier.display_name(),
                          tier.threshold_points()});
  }
  ABSL_RETURN_IF_ERROR(CheckProgramme(read));
  return read;
}

absl::Status CheckName(const std::string& name, absl::string_view field) {
  if (name == kProgrammeName) return absl::OkStatus();
  if (name.empty()) return FieldError(field, "NAME_MISSING", "must be 'programmes/main'");
  return NotFound("PROGRAMME_NOT_FOUND",
                  absl::StrCat("there is no '", EscapeForLog(name), "', only 'programmes/main'"));
}

absl::StatusOr<v1::Programme> GetProgramme(Snapshot& db, const v1::GetProgrammeRequest& request) {
  ABSL_RETURN_IF_ERROR(CheckName(request.name(), "name"));
  ABSL_ASSIGN_OR_RETURN(const Programme programme, programmes::Load(db));
  return WriteProgramme(programme);
}

absl::StatusOr<v1::Programme> UpdateProgramme(Transaction& tx,
                                              const v1::UpdateProgrammeRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  ABSL_RETURN_IF_ERROR(CheckName(request.programme().name(), "programme.name"));
  ABSL_ASSIGN_OR_RETURN(const Programme before, programmes::Load(tx));
  ABSL_RETURN_IF_ERROR(CheckEtag(request.programme().etag(), EtagOf(before)));
  ABSL_ASSIGN_OR_RETURN(const Mask mask, ReadMask(request));
  v1::Programme named = request.programme();
  for (size_t i = 0; i < kFields; ++i) {
    if (!mask[i]) ClearField(named, kTable[i].path);
  }
  const absl::StatusOr<Programme> read = ReadProgramme(named);
  if (!read.ok()) return PrefixFields(read.status(), "programme.");
  Programme after = before;
  v1::ProgrammeUpdated event;
  for (size_t i = 0; i < kFields; ++i) {
    if (!mask[i] || kTable[i].same(*read, before)) continue;
    kTable[i].copy(*read, after);
    event.mutable_changed_fields()->add_paths(std::string(kTable[i].path));
  }
  if (!event.has_changed_fields()) return WriteProgramme(before);
  ++after.version;
  after.update_time = tx.now();
  ABSL_RETURN_IF_ERROR(programmes::Save(tx, after));
  if (after.tiers != before.tiers) ABSL_RETURN_IF_ERROR(StartTierScan(tx));
  event.set_programme(kProgrammeName);
  tx.Publish(PackEvent(kProgrammeName, /*realm=*/"", event));
  return WriteProgramme(after);
}

}  // namespace

std::unique_ptr<rpc::Service> RegisterProgrammes(const rpc::Environment& environment,
                                                 TaskRunner& runner) {
  runner.Add(kTierTask, TierTask());
  auto service =
      std::make_unique<rpc::Service>(environment, v1::ProgrammeService::service_full_name());
  service->Read("GetProgramme", GetProgramme);
  service->Write("UpdateProgramme", UpdateProgramme);
  service->Read("GetEarningRule", GetEarningRule);
  service->Read("ListEarningRuleRevisions", ListEarningRuleRevisions);
  service->Write("UpdateEarningRule", UpdateEarningRule);
  service->Finish();
  return service;
}

}  // namespace regulars::loyalty
