#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/rpc/access_fixture.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Stub = v1::AccessService::Stub;

class UsersTest : public AccessTest {
 protected:
  absl::StatusOr<v1::User> Update(const v1::User& user, const std::vector<std::string>& paths,
                                  const std::string& token = kRoot) {
    v1::UpdateUserRequest request;
    *request.mutable_user() = user;
    for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
    return Do(&Stub::UpdateUser, request, token);
  }
  absl::Status Delete(const std::string& name, const std::string& etag = "",
                      bool allow_missing = false) {
    v1::DeleteUserRequest request;
    request.set_name(name);
    request.set_etag(etag);
    request.set_allow_missing(allow_missing);
    return Do(&Stub::DeleteUser, request).status();
  }
  absl::StatusOr<v1::ListUsersResponse> List(const std::string& filter, int page_size = 0,
                                             const std::string& page_token = "",
                                             const std::string& token = kRoot) {
    v1::ListUsersRequest request;
    request.set_filter(filter);
    request.set_page_size(page_size);
    request.set_page_token(page_token);
    return Do(&Stub::ListUsers, request, token);
  }
  std::vector<std::string> Emails(const absl::StatusOr<v1::ListUsersResponse>& response) {
    EXPECT_OK(response);
    std::vector<std::string> emails;
    if (response.ok()) {
      for (const v1::User& user : response->users()) emails.push_back(user.email());
    }
    return emails;
  }
  v1::User FirstAdmin() {
    const auto list = List("email = \"admin@localhost\"");
    EXPECT_OK(list);
    return list->users(0);
  }
};

TEST_F(UsersTest, MakesAndGets) {
  ASSERT_OK_AND_ASSIGN(
      const v1::User made,
      CreateUser("Anna@Example.com", {"roles/marketer", "roles/analyst"}, {"s2", "s1", "s2"}));
  EXPECT_THAT(made.roles(), ElementsAre("roles/analyst", "roles/marketer"));
  EXPECT_THAT(made.stores(), ElementsAre("s1", "s2"));
  EXPECT_EQ(made.email(), "Anna@Example.com");
  EXPECT_FALSE(made.password_expired() || made.disabled() || made.has_last_sign_in_time());
  EXPECT_EQ(made.create_time().seconds(), absl::ToUnixSeconds(server_.clock().Now()));
  EXPECT_EQ(made.etag().front(), '"');
  ASSERT_OK_AND_ASSIGN(const v1::User got, GetUser(made.name()));
  EXPECT_EQ(got.SerializeAsString(), made.SerializeAsString());
}

TEST_F(UsersTest, RefusesBadUsers) {
  struct Row {
    const char* name;
    std::function<void(v1::User&)> spoil;
    absl::StatusCode code;
    const char* reason;
  };
  const Row rows[] = {
      {"a name", [](v1::User& u) { u.set_name("users/x"); }, absl::StatusCode::kInvalidArgument,
       "INVALID_NAME"},
      {"no address", [](v1::User& u) { u.clear_email(); }, absl::StatusCode::kInvalidArgument,
       "INVALID_EMAIL"},
      {"no '@'", [](v1::User& u) { u.set_email("anna"); }, absl::StatusCode::kInvalidArgument,
       "INVALID_EMAIL"},
      {"taken", [](v1::User& u) { u.set_email("ADMIN@localhost"); },
       absl::StatusCode::kAlreadyExists, "USER_EXISTS"},
      {"a long name", [](v1::User& u) { u.set_display_name(std::string(201, 'x')); },
       absl::StatusCode::kInvalidArgument, "FIELD_TOO_LONG"},
      {"a NUL", [](v1::User& u) { u.set_display_name(std::string("a\0b", 3)); },
       absl::StatusCode::kInvalidArgument, "INVALID_TEXT"},
      {"no role name", [](v1::User& u) { u.add_roles("marketer"); },
       absl::StatusCode::kInvalidArgument, "INVALID_NAME"},
      {"no such role", [](v1::User& u) { u.add_roles("roles/x"); }, absl::StatusCode::kNotFound,
       "ROLE_NOT_FOUND"},
      {"many roles",
       [](v1::User& u) {
         for (int i = 0; i < 21; ++i) u.add_roles(absl::StrCat("roles/r", i));
       },
       absl::StatusCode::kInvalidArgument, "TOO_MANY_ROLES"},
      {"a bad store", [](v1::User& u) { u.add_stores("a b"); }, absl::StatusCode::kInvalidArgument,
       "INVALID_STORE"},
  };
  for (const Row& row : rows) {
    v1::CreateUserRequest request;
    request.mutable_user()->set_email("anna@example.com");
    row.spoil(*request.mutable_user());
    const absl::Status status = Do(&Stub::CreateUser, request).status();
    EXPECT_THAT(status, StatusIs(row.code)) << row.name;
    EXPECT_THAT(status, HasReason(row.reason)) << row.name;
  }
  EXPECT_EQ(CountRows("user_account"), 1);
}

TEST_F(UsersTest, ARepeatedRequestMakesOneUser) {
  v1::CreateUserRequest request;
  request.mutable_user()->set_email("anna@example.com");
  request.set_request_id("r1");
  ASSERT_OK_AND_ASSIGN(const v1::User first, Do(&Stub::CreateUser, request));
  ASSERT_OK_AND_ASSIGN(const v1::User again, Do(&Stub::CreateUser, request));
  EXPECT_EQ(first.name(), again.name());
  request.mutable_user()->set_email("bob@example.com");
  EXPECT_THAT(Do(&Stub::CreateUser, request), HasReason("REQUEST_ID_REUSED"));
  request.set_request_id("");
  request.set_validate_only(true);
  EXPECT_OK(Do(&Stub::CreateUser, request));
  EXPECT_EQ(CountRows("user_account"), 2);
}

TEST_F(UsersTest, UnknownAndMalformedNames) {
  EXPECT_THAT(GetUser(""), HasReason("NAME_MISSING"));
  for (const char* name : {"users", "users/", "users/a/b", "roles/a", "/users/a"}) {
    EXPECT_THAT(GetUser(name), HasReason("INVALID_NAME")) << name;
  }
  EXPECT_THAT(GetUser("users/nobody"), HasReason("USER_NOT_FOUND"));
  EXPECT_THAT(Delete("users/nobody"), HasReason("USER_NOT_FOUND"));
  EXPECT_OK(Delete("users/nobody", "", true));
  v1::User user;
  user.set_name("users/nobody");
  EXPECT_THAT(Update(user, {}), HasReason("USER_NOT_FOUND"));
  EXPECT_THAT(ResetPassword("users/nobody"), HasReason("USER_NOT_FOUND"));
}

TEST_F(UsersTest, UpdatesWhatTheMaskNames) {
  ASSERT_OK_AND_ASSIGN(v1::User user, CreateUser("anna@example.com", {"roles/analyst"}, {"s1"}));
  v1::User change;
  change.set_name(user.name());
  change.set_display_name("Anna");
  change.set_email("anna2@example.com");
  // Only what the mask names.
  ASSERT_OK_AND_ASSIGN(user, Update(change, {"display_name", "create_time", "password_expired"}));
  EXPECT_EQ(user.display_name(), "Anna");
  EXPECT_EQ(user.email(), "anna@example.com");
  // Without one, what is set.
  ASSERT_OK_AND_ASSIGN(user, Update(change, {}));
  EXPECT_EQ(user.email(), "anna2@example.com");
  EXPECT_THAT(user.roles(), ElementsAre("roles/analyst"));
  // With a star, everything.
  ASSERT_OK_AND_ASSIGN(user, Update(change, {"*"}));
  EXPECT_THAT(user.roles(), IsEmpty());
  EXPECT_THAT(user.stores(), IsEmpty());
  for (const char* bad : {"colour", "roles.x", "user.email", ""}) {
    EXPECT_THAT(Update(change, {bad}), HasReason("INVALID_UPDATE_MASK")) << bad;
  }
}

TEST_F(UsersTest, VersionMarks) {
  ASSERT_OK_AND_ASSIGN(const v1::User first, CreateUser("anna@example.com"));
  v1::User change = first;
  change.set_display_name("Anna");
  ASSERT_OK_AND_ASSIGN(const v1::User second, Update(change, {"display_name"}));
  EXPECT_NE(second.etag(), first.etag());
  EXPECT_THAT(Update(change, {"display_name"}), HasReason("ETAG_MISMATCH"));
  change.set_etag(second.etag());
  ASSERT_OK_AND_ASSIGN(const v1::User same, Update(change, {"display_name"}));
  EXPECT_EQ(same.etag(), second.etag()) << "nothing changed";
  EXPECT_THAT(Delete(first.name(), first.etag()), StatusIs(absl::StatusCode::kAborted));
  EXPECT_OK(Delete(first.name(), second.etag()));
  EXPECT_THAT(GetUser(first.name()), HasReason("USER_NOT_FOUND"));
}

TEST_F(UsersTest, AnAddressThatIsTakenCannotBeMovedTo) {
  ASSERT_OK_AND_ASSIGN(v1::User user, CreateUser("anna@example.com"));
  user.set_email("Admin@Localhost");
  EXPECT_THAT(Update(user, {"email"}), HasReason("USER_EXISTS"));
  user.set_email("ANNA@example.com");
  ASSERT_OK_AND_ASSIGN(user, Update(user, {"email"}));
  EXPECT_EQ(user.email(), "ANNA@example.com");
}

TEST_F(UsersTest, SomebodyMustStayAdmin) {
  const v1::User first = FirstAdmin();
  v1::User change = first;
  change.clear_roles();
  EXPECT_THAT(Update(change, {"roles"}), HasReason("LAST_ADMIN"));
  change = first;
  change.set_disabled(true);
  EXPECT_THAT(Update(change, {"disabled"}), HasReason("LAST_ADMIN"));
  change = first;
  change.add_stores("s1");
  EXPECT_THAT(Update(change, {"stores"}), HasReason("LAST_ADMIN"));
  EXPECT_THAT(Delete(first.name()), HasReason("LAST_ADMIN"));
  // One who cannot sign in yet is no replacement.
  ASSERT_OK_AND_ASSIGN(const v1::User second, CreateUser("second@example.com", {"roles/admin"}));
  EXPECT_THAT(Delete(first.name()), HasReason("LAST_ADMIN"));
  ASSERT_OK(ResetPassword(second.name()));
  EXPECT_OK(Delete(first.name()));
  EXPECT_THAT(Delete(second.name()), HasReason("LAST_ADMIN"));
}

TEST_F(UsersTest, ListsPageByPage) {
  for (int i = 0; i < 5; ++i) {
    server_.clock().Advance(absl::Milliseconds(1));
    ASSERT_OK(CreateUser(absl::StrCat("u", i, "@example.com"), {"roles/analyst"}));
  }
  std::vector<std::string> seen;
  std::string page_token;
  do {
    ASSERT_OK_AND_ASSIGN(const auto page, List("roles:\"roles/analyst\"", 2, page_token));
    EXPECT_LE(page.users_size(), 2);
    for (const v1::User& user : page.users()) seen.push_back(user.email());
    page_token = page.next_page_token();
  } while (!page_token.empty());
  EXPECT_THAT(seen, ElementsAre("u0@example.com", "u1@example.com", "u2@example.com",
                                "u3@example.com", "u4@example.com"));
  ASSERT_OK_AND_ASSIGN(const auto first, List("roles:\"roles/analyst\"", 2));
  EXPECT_THAT(List("", 2, first.next_page_token()), HasReason("INVALID_PAGE_TOKEN"));
  EXPECT_OK(List("roles:\"roles/analyst\"", 5, first.next_page_token()));
  EXPECT_THAT(List("", 0, "nonsense"), HasReason("INVALID_PAGE_TOKEN"));
  EXPECT_THAT(List("", -1), HasReason("INVALID_PAGE_SIZE"));
  EXPECT_THAT(List("colour = red"), HasReason("INVALID_FILTER"));
}

TEST_F(UsersTest, WhoIsLimitedToStoresSeesTheUsersOfThese) {
  ASSERT_OK_AND_ASSIGN(const v1::User in, CreateUser("in@example.com", {}, {"s1"}));
  ASSERT_OK_AND_ASSIGN(const v1::User both, CreateUser("both@example.com", {}, {"s1", "s2"}));
  ASSERT_OK_AND_ASSIGN(const v1::User all, CreateUser("all@example.com"));
  const std::string limited = "services/limited access.admin s1";
  EXPECT_THAT(Emails(List("", 0, "", limited)), ElementsAre("in@example.com"));
  EXPECT_OK(GetUser(in.name(), limited));
  EXPECT_THAT(GetUser(both.name(), limited), HasReason("USER_NOT_FOUND"));
  EXPECT_THAT(GetUser(all.name(), limited), HasReason("USER_NOT_FOUND"));
}

TEST_F(UsersTest, DisablingEndsSessions) {
  ASSERT_OK_AND_ASSIGN(v1::User user, MakeUser("anna@example.com"));
  ASSERT_OK_AND_ASSIGN(const v1::TokenPair pair, SignIn("anna@example.com"));
  user.set_disabled(true);
  ASSERT_OK(Update(user, {"disabled"}));
  EXPECT_THAT(Refresh(pair.refresh_token()), HasReason("BAD_REFRESH_TOKEN"));
  EXPECT_THAT(SignIn("anna@example.com"), HasReason("BAD_CREDENTIALS"));
  EXPECT_THAT(ChangePassword(user.name(), kPassword, "another password"),
              HasReason("BAD_CREDENTIALS"));
}

TEST_F(UsersTest, NothingOfADeletedUserWorks) {
  ASSERT_OK_AND_ASSIGN(const v1::User user, MakeUser("anna@example.com"));
  ASSERT_OK_AND_ASSIGN(const v1::TokenPair pair, SignIn("anna@example.com"));
  ASSERT_OK(Delete(user.name()));
  EXPECT_THAT(Refresh(pair.refresh_token()), HasReason("BAD_REFRESH_TOKEN"));
  EXPECT_THAT(SignIn("anna@example.com"), HasReason("BAD_CREDENTIALS"));
  EXPECT_OK(CreateUser("anna@example.com")) << "the address is free again";
}

}  // namespace
}  // namespace regulars::gateway
