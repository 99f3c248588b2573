"""Who may call what: one row for each method and each process that answers it.

A row holds the scope that a caller needs ("public": no token; "authenticated": any), and what a
caller limited to store `a` meets who reaches for what belongs to store `b` or to no store:

    refuses(reason, …)       the call fails for this reason
    refuses_item(reason, …)  so does the item of a batch
    shows(mark, …)           it succeeds; the answer names this of store `a`, and nothing else
    lacks(count, …)          it succeeds; this count, which others get, is not in the answer
    free(why)                nothing in it belongs to a store

Counts that are the same in the answers for all stores are named: shows(…).tells(count, …).

What stands in braces is made by authority_test.py: {bob} is the name of a customer of store `b`.
"""

from dataclasses import dataclass, field, replace

READ, WRITE, ADMIN = "customer.read", "customer.write", "customer.admin"
ACCESS = "access.admin"
PUBLIC, AUTHENTICATED = "public", "authenticated"


@dataclass
class Case:
    kind: str
    expected: str
    request: dict = field(default_factory=dict)
    counts: tuple = ()

    def tells(self, *counts):
        return replace(self, counts=counts)


@dataclass
class Row:
    scope: str
    cases: tuple


def row(scope, *cases):
    return Row(scope, cases)


def refuses(reason, **request):
    return Case("refuses", reason, request)


def refuses_item(reason, **request):
    return Case("refuses_item", reason, request)


def shows(mark, **request):
    return Case("shows", mark, request)


def lacks(count, **request):
    return Case("lacks", count, request)


def free(why):
    return Case("free", why)


def order(**fields):
    """An order of one line."""
    return {"source": "till", "receiptNumber": "new", "orderTime": "2026-01-02T03:04:05Z",
            "currencyCode": "EUR", "lines": [{"item": "x", "quantityMicros": "1000000"}], **fields}


def upsert(**customer):
    return {"customer": customer}


# Alice is of store `a`, and so is the sum of what she bought anywhere.
HER_ORDERS = ("orderCount",)
# Of imports that the caller began itself.
OF_THE_IMPORT = ("linesRead", "linesLeft", "linesRefused", "count", "sizeBytes", "total")
OF_BOB = {"externalIds": [{"system": "shop", "id": "bob-1"}]}
BOBS_ID = {"externalId": {"system": "shop", "id": "bob-1"}}
LINES_OF_B = {"file": {"contentType": "text/csv", "data": "{lines_of_b}"},
              "options": {"source": "till"}}
CUSTOMERS_OF_B = {"file": {"contentType": "text/csv", "data": "{customers_of_b}"},
                  "options": {"customerSystem": "shop"}}

CUSTOMERS = {
    "CreateCustomer": row(
        WRITE, refuses("STORE_NOT_ALLOWED", customer={"homeStore": "b"}),
        refuses("STORE_NOT_ALLOWED", customer={"givenName": "x"}),
        refuses("IDENTIFIER_TAKEN", customer={"homeStore": "a", **OF_BOB})),
    "GetCustomer": row(
        READ, refuses("CUSTOMER_NOT_FOUND", name="{bob}"),
        refuses("CUSTOMER_NOT_FOUND", name="{nora}"),
        shows("{alice}", name="{alice}").tells(*HER_ORDERS)),
    "BatchGetCustomers": row(READ, shows(
        "{alice}", names=["{bob}", "{alice}", "{nora}"]).tells(*HER_ORDERS)),
    "ListCustomers": row(
        READ, shows("{alice}").tells(*HER_ORDERS), shows("", filter='home_store = "b"'),
        shows("{alice}", filter="country = GB", orderBy="name desc").tells(*HER_ORDERS)),
    "UpdateCustomer": row(
        WRITE, refuses("CUSTOMER_NOT_FOUND", customer={"name": "{bob}", "givenName": "x"}),
        refuses("STORE_NOT_ALLOWED", customer={"name": "{alice}", "homeStore": "b"}),
        refuses("IDENTIFIER_TAKEN", customer={"name": "{alice}", **OF_BOB})),
    "DeleteCustomer": row(
        WRITE, refuses("CUSTOMER_NOT_FOUND", name="{bob}", force=True),
        shows("", name="{nora}", force=True, allowMissing=True)),
    "UpsertCustomer": row(
        WRITE, refuses("STORE_NOT_ALLOWED", upsert=upsert(
            homeStore="b", externalIds=[{"system": "shop", "id": "new"}])),
        refuses("IDENTIFIER_TAKEN", upsert=upsert(homeStore="a", **OF_BOB))),
    "BatchUpsertCustomers": row(WRITE, refuses_item("STORE_NOT_ALLOWED", upserts=[upsert(
        homeStore="b", externalIds=[{"system": "shop", "id": "new"}])])),
    "StreamUpsertCustomers": row(WRITE, refuses_item("STORE_NOT_ALLOWED", upsert=upsert(
        homeStore="b", externalIds=[{"system": "shop", "id": "new"}]))),
    "LookupCustomer": row(
        READ, refuses("CUSTOMER_NOT_FOUND", identifier=BOBS_ID),
        refuses("CUSTOMER_NOT_FOUND", identifier={"email": "bob@example.com"}),
        refuses("CUSTOMER_NOT_FOUND", identifier={"phone": "+442079460001"})),
    "SearchCustomers": row(
        READ, shows("", query="bob"), shows("", query="bob@example.com"), shows("", query="bob-1"),
        shows("", query="+442079460001"),
        shows("{alice}", query="shopper").tells(*HER_ORDERS)),
    "TagCustomers": row(WRITE, refuses("CUSTOMER_NOT_FOUND", customers=["{alice}", "{bob}"],
                                       addTags=["x"])),
}

ATTRIBUTES = {
    # A definition holds for the customers of every store, and goes with their values.
    "CreateAttributeDefinition": row(ADMIN, refuses(
        "STORE_LIMITED", attributeDefinitionId="x", attributeDefinition={"type": "TYPE_TEXT"})),
    "GetAttributeDefinition": row(READ, free("definitions are the company's")),
    "ListAttributeDefinitions": row(READ, free("definitions are the company's")),
    "UpdateAttributeDefinition": row(ADMIN, refuses("STORE_LIMITED", attributeDefinition={
        "name": "attributeDefinitions/size", "displayName": "x"})),
    "DeleteAttributeDefinition": row(ADMIN, refuses(
        "STORE_LIMITED", name="attributeDefinitions/size", force=True)),
}

SETTINGS = {
    # Settings and rates move the figures of every store.
    "GetCompanySettings": row(READ, free("settings are the company's")),
    "UpdateCompanySettings": row(ADMIN, refuses("STORE_LIMITED", companySettings={
        "name": "companySettings", "rateMaxAgeDays": 9})),
    "GetCurrencyRate": row(READ, free("rates are the company's")),
    "ListCurrencyRates": row(READ, free("rates are the company's")),
    "UpdateCurrencyRate": row(WRITE, refuses("STORE_LIMITED", currencyRate={
        "name": "currencyRates/usd-2026-01-01", "rate": "3"})),
    "BatchUpsertCurrencyRates": row(WRITE, refuses("STORE_LIMITED", currencyRates=[{
        "currencyCode": "USD", "date": "2026-01-01", "rate": "3"}])),
    "DeleteCurrencyRate": row(WRITE, refuses(
        "STORE_LIMITED", name="currencyRates/usd-2026-01-01")),
}

ORDERS = {
    "CreateOrder": row(
        WRITE, refuses("STORE_NOT_ALLOWED", order=order(store="b")),
        refuses("STORE_NOT_ALLOWED", order=order()),
        refuses("STORE_NOT_ALLOWED", order=order(store="a", receiptNumber="receipt-b")),
        refuses("CUSTOMER_NOT_FOUND", order=order(store="a", customer="{bob}")),
        refuses("CUSTOMER_UNKNOWN", order=order(store="a", customerIdentifier=BOBS_ID))),
    "GetOrder": row(
        READ, refuses("ORDER_NOT_FOUND", name="{order_b}"),
        refuses("ORDER_NOT_FOUND", name="{order_none}"), shows("{order_a}", name="{order_a}")),
    "LookupOrder": row(READ, refuses("ORDER_NOT_FOUND", source="till", receiptNumber="receipt-b")),
    "ListOrders": row(
        READ, shows("{order_a}"), shows("", filter='store = "b"'),
        shows("", filter='customer = "{bob}"'), shows("{order_a}", orderBy="create_time")),
    "UpdateOrder": row(
        WRITE, refuses("ORDER_NOT_FOUND", order={"name": "{order_b}", "till": "9"}),
        refuses("STORE_NOT_ALLOWED", order={"name": "{order_a}", "store": "b"}),
        refuses("CUSTOMER_NOT_FOUND", order={"name": "{order_a}", "customer": "{bob}"})),
    "CancelOrder": row(WRITE, refuses("ORDER_NOT_FOUND", name="{order_b}")),
    "UpsertOrder": row(
        WRITE, refuses("STORE_NOT_ALLOWED", order=order(store="b")),
        refuses("STORE_NOT_ALLOWED", order=order(store="a", receiptNumber="receipt-b"))),
    "BatchUpsertOrders": row(WRITE, refuses_item("STORE_NOT_ALLOWED", orders=[order(store="b")])),
    "StreamUpsertOrders": row(WRITE, refuses_item("STORE_NOT_ALLOWED", order=order(store="b"))),
}

SCORES = {
    "ComputeRfm": row(WRITE, refuses("STORE_LIMITED")),
    "GetRfmTable": row(READ, refuses("STORE_LIMITED", name="rfmTable")),
}

SEGMENTS = {
    "CreateSegment": row(WRITE, refuses(
        "STORE_LIMITED", segmentId="x", segment={"filter": "country = GB"})),
    # How many are in it counts the customers of every store.
    "GetSegment": row(READ, shows("segments/british", name="segments/british"),
                      lacks("memberCount", name="segments/british")),
    "ListSegments": row(READ, shows("segments/british"), lacks("memberCount")),
    "UpdateSegment": row(WRITE, refuses(
        "STORE_LIMITED", segment={"name": "segments/british", "description": "x"})),
    "DeleteSegment": row(WRITE, refuses("STORE_LIMITED", name="segments/british")),
    "PreviewSegment": row(
        READ, shows("{alice}", filter="country = GB", sampleSize=20).tells(*HER_ORDERS),
        shows('"customerCount": "1"', filter="country = GB"),
        shows("", filter='home_store = "b"', sampleSize=20)),
    "GetSegmentMember": row(
        READ, refuses("SEGMENT_MEMBER_NOT_FOUND", name="segments/british/members/{bob_id}"),
        shows("{alice}", name="segments/british/members/{alice_id}")),
    "ListSegmentMembers": row(READ, shows("{alice}", parent="segments/british")),
    "ExportSegmentMembers": row(READ, shows("{alice}", parent="segments/british")),
    "ListCustomerSegments": row(
        READ, refuses("CUSTOMER_NOT_FOUND", parent="{bob}"), shows("{alice}", parent="{alice}")),
}

IMPORTS = {
    # What becomes of lines of another store is told in the import's report: see the test.
    "ImportOrderLines": row(WRITE, shows("operations/", **LINES_OF_B)),
    "ImportCustomers": row(WRITE, shows("operations/", **CUSTOMERS_OF_B)),
    # Files hold lines of any store.
    "GetImport": row(READ, refuses("IMPORT_NOT_FOUND", name="{import}")),
    "ListImports": row(READ, shows("").tells(*OF_THE_IMPORT)),
    "DeleteImport": row(WRITE, refuses("IMPORT_NOT_FOUND", name="{import}")),
    "ListImportRefusals": row(WRITE, refuses("IMPORT_NOT_FOUND", parent="{import}")),
    "DownloadImportRefusals": row(WRITE, refuses("IMPORT_NOT_FOUND", parent="{import}")),
    "CreateImportProfile": row(WRITE, refuses("STORE_LIMITED", importProfileId="x", importProfile={"customers": {}})),
    "GetImportProfile": row(READ, free("profiles say how files are read, not what they hold")),
    "ListImportProfiles": row(READ, free("profiles say how files are read, not what they hold")),
    "UpdateImportProfile": row(WRITE, refuses("STORE_LIMITED", importProfile={"name": "importProfiles/x"})),
    "DeleteImportProfile": row(WRITE, refuses("STORE_LIMITED", name="importProfiles/x")),
}

CONSENT = {"channel": "email", "state": "STATE_GRANTED", "source": "till"}
EVENT = {"source": "shop", "messageId": "new", "eventName": "seen"}

CONSENTS = {
    "SetConsent": row(
        WRITE, refuses("CUSTOMER_NOT_FOUND", consent={"customer": "{bob}", **CONSENT}),
        refuses("CUSTOMER_UNKNOWN", consent={"customerIdentifier": BOBS_ID, **CONSENT})),
    "BatchSetConsents": row(WRITE, refuses_item(
        "CUSTOMER_NOT_FOUND", consents=[{"customer": "{bob}", **CONSENT}])),
    "ListConsents": row(READ, refuses("CUSTOMER_NOT_FOUND", customer="{bob}")),
    "MayContact": row(READ, shows("CONTACT_VERDICT_CUSTOMER_UNKNOWN", customer="{bob}",
                                  channel="email", purpose="CONTACT_PURPOSE_SERVICE")),
    "BatchGetContacts": row(READ, shows("CONTACT_VERDICT_CUSTOMER_UNKNOWN", customers=["{nora}"],
                                        channel="email", purpose="CONTACT_PURPOSE_SERVICE")),
}

BEHAVIOUR = {
    "IngestEvents": row(
        WRITE, refuses_item("STORE_NOT_ALLOWED", events=[
            {"customer": "{alice}", "store": "b", **EVENT}]),
        refuses_item("CUSTOMER_NOT_FOUND", events=[{"customer": "{bob}", "store": "a", **EVENT}]),
        refuses_item("CUSTOMER_UNKNOWN", events=[
            {"customerIdentifier": BOBS_ID, "store": "a", **EVENT}])),
}

ERASURES = {
    # A person is erased, and their data gathered, from all stores at once.
    "EraseCustomer": row(ADMIN, refuses("STORE_LIMITED", name="{alice}")),
    "GetErasure": row(READ, refuses("STORE_LIMITED", name="erasures/x")),
    "ListErasures": row(READ, refuses("STORE_LIMITED")),
    "ExportCustomer": row(ADMIN, refuses("STORE_LIMITED", name="{alice}")),
}

TIMELINES = {
    "ListTimelineEvents": row(
        READ, refuses("CUSTOMER_NOT_FOUND", customer="{bob}"),
        shows("{order_a}", customer="{alice}")),
}

PRIVACY = {
    "ExportPersonalData": row(READ, refuses("STORE_LIMITED", customer="{alice}")),
}

FEED = {
    "Subscribe": row(READ, shows("{alice}", stopAtHead=True)),
    "GetFeedState": row(READ, free("positions say nothing of what happened")),
}


PROGRAMME = {
    "GetProgramme": row("loyalty.read", free("the programme is the company's")),
    "UpdateProgramme": row("loyalty.admin", refuses("STORE_LIMITED", programme={
        "name": "programmes/main", "displayName": "x"})),
    "GetEarningRule": row("loyalty.read", free("the rule is the company's")),
    "ListEarningRuleRevisions": row("loyalty.read", free("the rule is the company's")),
    "UpdateEarningRule": row("loyalty.admin", refuses("STORE_LIMITED", earningRule={
        "name": "earningRules/base", "pointsPerStep": "2"})),
}

MEMBERS = {
    # Memberships are the company's. A till looks up whose card or name it was shown.
    "EnrolMember": row("loyalty.write", refuses("STORE_LIMITED", customer="{nora}")),
    "GetMember": row("loyalty.read", free("whoever knows a member's name was shown it")),
    "LookupMember": row("loyalty.read", free("whoever knows a customer's name was shown it")),
    "BatchGetMembers": row("loyalty.read", free("whoever knows the names was shown them")),
    "ListMembers": row("loyalty.read", refuses("STORE_LIMITED")),
    "CloseMember": row("loyalty.write", refuses("STORE_LIMITED", name="{member_bob}")),
    "AdjustPoints": row("loyalty.write", refuses(
        "STORE_LIMITED", member="{member_bob}", points="5", reasonCode="GOODWILL")),
}

LEDGER = {
    "ListPostings": row("loyalty.read", refuses("STORE_LIMITED", parent="{member_bob}")),
    "GetPosting": row("loyalty.read", refuses("STORE_LIMITED", name="{member_bob}/postings/1")),
    "VerifyLedger": row("loyalty.admin", refuses("STORE_LIMITED")),
}

QUOTES = {
    "QuoteBasket": row("loyalty.read", free("a till quotes for whoever stands before it")),
}


def operations(read, write, name):
    """Others' operations work for all stores: their results and progress tell of all."""
    return {
        "ListOperations": row(read, shows("").tells(*OF_THE_IMPORT)),
        "GetOperation": row(read, refuses("OPERATION_NOT_FOUND", name=name)),
        "WaitOperation": row(read, refuses("OPERATION_NOT_FOUND", name=name)),
        "CancelOperation": row(write, refuses("OPERATION_NOT_FOUND", name=name)),
        "DeleteOperation": row(write, refuses("OPERATION_NOT_FOUND", name=name)),
    }


def administration(scope):
    """Whoever runs a service runs it for all stores."""
    return {
        "GetServiceInfo": row(AUTHENTICATED, free("it tells of the process")),
        "AdvanceClock": row(scope, refuses("STORE_LIMITED", duration="1s")),
        "CreateBackup": row(scope, refuses("STORE_LIMITED")),
        "GetBackup": row(scope, refuses("STORE_LIMITED", name="backups/x")),
        "ListBackups": row(scope, refuses("STORE_LIMITED")),
        "GetTask": row(scope, refuses("STORE_LIMITED", name="tasks/x")),
        "ListTasks": row(scope, refuses("STORE_LIMITED")),
        "RetryTask": row(scope, refuses("STORE_LIMITED", name="tasks/x")),
        "ListAuditEntries": row(scope, refuses("STORE_LIMITED")),
        "GetFollower": row(scope, refuses("STORE_LIMITED", name="followers/x")),
        "ListFollowers": row(scope, refuses("STORE_LIMITED")),
        "ListParkedEvents": row(scope, refuses("STORE_LIMITED", parent="followers/x")),
        "RetryParkedEvents": row(scope, refuses("STORE_LIMITED", name="followers/x")),
        "SkipParkedEvent": row(scope, refuses("STORE_LIMITED",
                                              name="followers/x/parkedEvents/1")),
    }


GRANTS = {
    "CreateUser": row(
        ACCESS, refuses("GRANT_TOO_WIDE", user={"email": "x@example.com", "stores": ["b"]}),
        refuses("GRANT_TOO_WIDE", user={"email": "x@example.com"})),
    "GetUser": row(ACCESS, refuses("USER_NOT_FOUND", name="{user_b}"),
                   shows("{user_a}", name="{user_a}")),
    "ListUsers": row(ACCESS, shows("{user_a}")),
    "UpdateUser": row(
        ACCESS, refuses("USER_NOT_FOUND", user={"name": "{user_b}", "displayName": "x"}),
        refuses("GRANT_TOO_WIDE", user={"name": "{user_a}", "stores": ["a", "b"]}),
        refuses("GRANT_TOO_WIDE", user={"name": "{user_a}"}, updateMask="stores")),
    "DeleteUser": row(ACCESS, refuses("USER_NOT_FOUND", name="{user_b}")),
    "ResetUserPassword": row(ACCESS, refuses("USER_NOT_FOUND", name="{user_b}")),
    # A role counts in every store.
    "CreateRole": row(ACCESS, refuses(
        "GRANT_TOO_WIDE", roleId="x", role={"scopes": ["customer.read"]})),
    "GetRole": row(ACCESS, free("roles are the company's")),
    "ListRoles": row(ACCESS, free("roles are the company's")),
    "UpdateRole": row(ACCESS, refuses("GRANT_TOO_WIDE", role={
        "name": "roles/clerk", "displayName": "x"})),
    "DeleteRole": row(ACCESS, refuses("GRANT_TOO_WIDE", name="roles/clerk")),
    "CreateApiKey": row(
        ACCESS, refuses("GRANT_TOO_WIDE", apiKey={
            "displayName": "x", "scopes": ["customer.read"], "stores": ["b"]}),
        refuses("GRANT_TOO_WIDE", apiKey={"displayName": "x", "scopes": ["customer.read"]})),
    "GetApiKey": row(ACCESS, refuses("API_KEY_NOT_FOUND", name="{key_b}"),
                     shows("{key_a}", name="{key_a}")),
    "ListApiKeys": row(ACCESS, shows("{key_a}")),
    "UpdateApiKey": row(
        ACCESS, refuses("API_KEY_NOT_FOUND", apiKey={"name": "{key_b}", "displayName": "x"}),
        refuses("GRANT_TOO_WIDE", apiKey={"name": "{key_a}"}, updateMask="stores")),
    "DeleteApiKey": row(ACCESS, refuses("API_KEY_NOT_FOUND", name="{key_b}")),
    "AddApiKeySecret": row(ACCESS, refuses("API_KEY_NOT_FOUND", apiKey="{key_b}")),
    "RevokeApiKeySecret": row(ACCESS, refuses(
        "SECRET_NOT_FOUND", name="{key_b}/secrets/x")),
}

SESSIONS = {
    "SignIn": row(PUBLIC, free("whoever signs in has no limits yet")),
    "RefreshToken": row(PUBLIC, free("the refresh token says who it is")),
    "SignOut": row(PUBLIC, free("the refresh token says who it is")),
    "ChangePassword": row(AUTHENTICATED, free("it is the caller's own")),
    "WhoAmI": row(AUTHENTICATED, free("it is the caller itself")),
    "GetKeySet": row(PUBLIC, free("public keys")),
}

SENDS_READ, SENDS_WRITE = "campaign.read", "campaign.write"
COMPANYS = free("templates, campaigns and their settings are the company's")
LIMITED = "STORE_LIMITED"
LETTER = {"subject": "x", "text": "x"}

TEMPLATES = {
    "CreateTemplate": row(SENDS_WRITE, refuses(LIMITED, template={"content": LETTER})),
    "GetTemplate": row(SENDS_READ, COMPANYS),
    "ListTemplates": row(SENDS_READ, COMPANYS),
    "UpdateTemplate": row(SENDS_WRITE, refuses(
        LIMITED, template={"name": "templates/x", "displayName": "x"})),
    "DeleteTemplate": row(SENDS_WRITE, refuses(LIMITED, name="templates/x", allowMissing=True)),
    "GetTemplateVersion": row(SENDS_READ, COMPANYS),
    "ListTemplateVersions": row(SENDS_READ, COMPANYS),
    "PreviewTemplate": row(SENDS_WRITE, refuses(LIMITED, content=LETTER, customer="{alice}")),
    "SendTestMessage": row(SENDS_WRITE, refuses(
        LIMITED, template="templates/x", address="me@shop.example")),
}

CAMPAIGNS = {
    "CreateCampaign": row(SENDS_WRITE, refuses(LIMITED, campaign={"template": "templates/x"})),
    "GetCampaign": row(SENDS_READ, COMPANYS),
    "ListCampaigns": row(SENDS_READ, COMPANYS),
    "UpdateCampaign": row(SENDS_WRITE, refuses(
        LIMITED, campaign={"name": "campaigns/x", "displayName": "x"})),
    "DeleteCampaign": row(SENDS_WRITE, refuses(LIMITED, name="campaigns/x", allowMissing=True)),
    "StartCampaign": row(SENDS_WRITE, refuses(LIMITED, name="campaigns/x")),
    "PauseCampaign": row(SENDS_WRITE, refuses(LIMITED, name="campaigns/x")),
    "ResumeCampaign": row(SENDS_WRITE, refuses(LIMITED, name="campaigns/x")),
    "CancelCampaign": row(SENDS_WRITE, refuses(LIMITED, name="campaigns/x")),
}

MESSAGES = {
    "SendMessage": row("campaign.send", refuses(
        LIMITED, template="templates/x", customer="{alice}")),
    "GetMessage": row(SENDS_READ, refuses(LIMITED, name="messages/x")),
    "ListMessages": row(SENDS_READ, refuses(LIMITED), refuses(LIMITED, customer="{alice}")),
    "CreateSuppression": row(SENDS_WRITE, refuses(LIMITED, suppression={"customer": "{alice}"})),
    "ListSuppressions": row(SENDS_READ, refuses(LIMITED)),
    "DeleteSuppression": row(SENDS_WRITE, refuses(
        LIMITED, name="suppressions/x", allowMissing=True)),
}

SENDER = {
    "GetCampaignSettings": row(SENDS_READ, COMPANYS),
    "UpdateCampaignSettings": row("campaign.admin", refuses(
        LIMITED, settings={"name": "settings", "companyName": "x"})),
}

FEED_OF_CAMPAIGN = {
    # Campaigns and their messages are the company's, and so are the events about them.
    "Subscribe": row(SENDS_READ, shows("", stopAtHead=True)),
    "GetFeedState": row(SENDS_READ, free("positions say nothing of what happened")),
}

TRACKING = {
    name: row(PUBLIC, free("the link is signed, and says all"))
    for name in ("LoadPixel", "FollowLink", "CheckPixel", "CheckLink", "ShowUnsubscribe",
                 "Unsubscribe")
}

R_READ, R_WRITE, R_ADMIN = "recommend.read", "recommend.write", "recommend.admin"

# Items belong to no store; who bought what does.
ITEMS = {
    "CreateItem": row(R_WRITE, refuses("STORE_LIMITED", item={"code": "x"})),
    "GetItem": row(R_READ, free("the catalogue is the company's")),
    "ListItems": row(R_READ, free("the catalogue is the company's")),
    "UpdateItem": row(R_WRITE, refuses("STORE_LIMITED", item={"name": "items/x"},
                                       allowMissing=True)),
    "BatchUpsertItems": row(R_WRITE, refuses("STORE_LIMITED", items=[{"code": "x"}])),
    "DeleteItem": row(R_WRITE, refuses("STORE_LIMITED", name="items/x")),
    "ListItemRules": row(R_READ, free("counts over all stores, of items alone")),
}

RECOMMENDATIONS = {
    # Best-sellers are those of all stores.
    "Recommend": row(R_READ, shows(
        "FALLBACK_NO_HISTORY", customer="{bob}").tells("recentOrderCount")),
    "BatchRecommend": row(R_READ, shows(
        "FALLBACK_NO_HISTORY", customers=["{bob}"]).tells("recentOrderCount")),
}

RECOMMEND_SETTINGS = {
    "GetRecommendSettings": row(R_READ, free("the company's settings")),
    "UpdateRecommendSettings": row(R_ADMIN, refuses(
        "STORE_LIMITED", recommendSettings={"name": "recommendSettings"})),
}

# By process, then by service.
TABLE = {
    "customer-svc": {
        "regulars.customer.v1.CustomerService": CUSTOMERS,
        "regulars.customer.v1.AttributeService": ATTRIBUTES,
        "regulars.customer.v1.SettingsService": SETTINGS,
        "regulars.customer.v1.OrderService": ORDERS,
        "regulars.customer.v1.ScoreService": SCORES,
        "regulars.customer.v1.SegmentService": SEGMENTS,
        "regulars.customer.v1.ImportService": IMPORTS,
        "regulars.customer.v1.ConsentService": CONSENTS,
        "regulars.customer.v1.BehaviourService": BEHAVIOUR,
        "regulars.customer.v1.ErasureService": ERASURES,
        "regulars.customer.v1.TimelineService": TIMELINES,
        "regulars.privacy.v1.PrivacyService": PRIVACY,
        "regulars.feed.v1.FeedService": FEED,
        "regulars.admin.v1.AdminService": administration("customer.admin"),
        "google.longrunning.Operations": operations(READ, WRITE, "{operation}"),
    },
    "loyalty-svc": {
        "regulars.loyalty.v1.ProgrammeService": PROGRAMME,
        "regulars.loyalty.v1.MemberService": MEMBERS,
        "regulars.loyalty.v1.LedgerService": LEDGER,
        "regulars.loyalty.v1.QuoteService": QUOTES,
        # Points are no store's, and neither are the events about them.
        "regulars.feed.v1.FeedService": {
            "Subscribe": row("loyalty.read", shows("", stopAtHead=True)),
            "GetFeedState": row("loyalty.read", free("positions say nothing of what happened")),
        },
        "regulars.privacy.v1.PrivacyService": {
            "ExportPersonalData": row("loyalty.read", refuses("STORE_LIMITED", customer="{bob}")),
        },
        "regulars.admin.v1.AdminService": administration("loyalty.admin"),
        "google.longrunning.Operations": operations(
            "loyalty.read", "loyalty.write", "{backup_of_loyalty}"),
    },
    "campaign-svc": {
        "regulars.campaign.v1.TemplateService": TEMPLATES,
        "regulars.campaign.v1.CampaignService": CAMPAIGNS,
        "regulars.campaign.v1.MessageService": MESSAGES,
        "regulars.campaign.v1.CampaignSettingsService": SENDER,
        "regulars.campaign.v1.TrackingService": TRACKING,
        "regulars.privacy.v1.PrivacyService": {
            "ExportPersonalData": row(SENDS_READ, refuses(LIMITED, customer="{alice}"))},
        "regulars.feed.v1.FeedService": FEED_OF_CAMPAIGN,
        "regulars.admin.v1.AdminService": administration("campaign.admin"),
        "google.longrunning.Operations": operations(
            SENDS_READ, SENDS_WRITE, "{backup_of_campaign}"),
    },
    "recommend-svc": {
        "regulars.recommend.v1.RecommendService": RECOMMENDATIONS,
        "regulars.recommend.v1.ItemService": ITEMS,
        "regulars.recommend.v1.SettingsService": RECOMMEND_SETTINGS,
        # Items are the company's, and so are the events about them.
        "regulars.feed.v1.FeedService": {
            "Subscribe": row(R_READ, shows("", stopAtHead=True)),
            "GetFeedState": row(R_READ, free("positions say nothing of what happened")),
        },
        "regulars.privacy.v1.PrivacyService": {
            "ExportPersonalData": row(R_READ, refuses("STORE_LIMITED", customer="{bob}"))},
        "regulars.admin.v1.AdminService": administration(R_ADMIN),
        "google.longrunning.Operations": operations(
            R_READ, R_WRITE, "{backup_of_recommend}"),
    },
    "gateway": {
        "regulars.access.v1.AccessService": GRANTS,
        "regulars.access.v1.SessionService": SESSIONS,
        "regulars.admin.v1.AdminService": administration(ACCESS),
        "google.longrunning.Operations": operations(
            "access.read", "access.write", "{backup_of_access}"),
    },
}

# Services that a process does not answer, and why.
ABSENT = {
    ("gateway", "regulars.feed.v1.FeedService"): "access publishes nothing",
    ("gateway", "regulars.privacy.v1.PrivacyService"): "access knows of no customers",
}
