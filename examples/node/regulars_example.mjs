#!/usr/bin/env node
// A shop's own system talks to Regulars: it sends a customer and an order, asks what a basket is
// worth in points, and keeps a copy of all balances by following a feed. Node 18 and nothing else.
//
//   REGULARS_CLIENT_SECRET=… node regulars_example.mjs --url http://127.0.0.1:8080 --client-id …
//
// README.md says where the id and the secret come from.

import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

const CUSTOMER = "/api/customer/v1";
const LOYALTY = "/api/loyalty/v1";
const RENEW_EARLY_S = 60; // A token is renewed that long before it ends.
const ATTEMPTS = 5;
const TIMEOUT_MS = 60_000; // The feed says something every 15 s, even when nothing happens.
const LONGEST_WAIT_MS = 10_000;
// The place that we had in a feed is no more: the service was restored, or we were away too long.
const PLACE_LOST = ["EPOCH_UNKNOWN", "POSITION_PRUNED", "POSITION_AHEAD"];

// What Regulars refused, and why. `reason` never changes, so programs look at that.
class RegularsError extends Error {
  constructor(httpStatus, error) {
    super(error.message ?? "no reason given");
    const details = {};
    for (const each of error.details ?? []) details[each["@type"].split(".").pop()] = each;
    this.httpStatus = httpStatus;
    this.reason = details.ErrorInfo?.reason ?? "";
    this.fields = (details.BadRequest?.fieldViolations ?? []).map((each) => each.field);
  }
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Whether the same call may go through a little later: busy, away, the connection broke, or a
// stream has outlived its token, where the next one gets a new token. What breaks inside fetch is a
// TypeError with a cause, so as not to be a mistake of this program's own.
function isPassing(error) {
  if (error instanceof RegularsError) {
    return [429, 503].includes(error.httpStatus) || error.reason === "TOKEN_EXPIRED";
  }
  return ["TimeoutError", "AbortError"].includes(error.name) || error.cause !== undefined;
}

class Regulars {
  #url;
  #basic;
  #token = null;
  #renewAt = 0;

  constructor(url, clientId, clientSecret) {
    this.#url = url;
    this.#basic = Buffer.from(`${clientId}:${clientSecret}`).toString("base64");
  }

  // One call: its reply, and the position in the service's feed that it led to. A call that came to
  // nothing is sent again as it was; for writes that is safe, because their body holds a request
  // id: the second answer is the first one.
  async call(method, path, { body, query, after } = {}) {
    for (let attempt = 1; ; ++attempt) {
      let wait = Math.min(100 * 2 ** attempt, LONGEST_WAIT_MS);
      try {
        const signal = AbortSignal.timeout(TIMEOUT_MS);
        const response = await this.#open(method, path, { body, query, after, signal });
        if (response.ok) {
          const position = response.headers.get("regulars-position");
          return { reply: await response.json(), position };
        }
        const seconds = response.headers.get("retry-after");
        if (seconds !== null) wait = Math.min(1000 * Number(seconds), LONGEST_WAIT_MS);
        throw await refusal(response);
      } catch (error) {
        if (!isPassing(error) || attempt === ATTEMPTS) throw error;
      }
      await sleep(wait);
    }
  }

  // The replies of a call that sends many: one JSON object a line.
  async *stream(path, query) {
    const silence = new AbortController();
    let timer;
    const heard = () => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), TIMEOUT_MS);
    };
    heard();
    try {
      const response = await this.#open("GET", path, { query, signal: silence.signal });
      if (!response.ok) throw await refusal(response);
      let rest = "";
      for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
        heard();
        const lines = (rest + text).split("\n");
        rest = lines.pop();
        for (const line of lines) {
          const reply = JSON.parse(line);
          // What went wrong after the beginning.
          if (reply.error) throw new RegularsError(reply.error.code, reply.error);
          yield reply;
        }
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async #open(method, path, { body, query, after, signal }) {
    const url = this.#url + path + (query ? `?${new URLSearchParams(query)}` : "");
    const headers = { Authorization: `Bearer ${await this.#accessToken()}` };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (after) headers["Regulars-After"] = after;
    return fetch(url, { method, headers, body: body && JSON.stringify(body), signal });
  }

  // OAuth 2.0 client credentials (RFC 6749 section 4.4).
  async #accessToken() {
    if (performance.now() > this.#renewAt || this.#token === null) {
      const response = await fetch(`${this.#url}/oauth/token`, {
        method: "POST",
        headers: { Authorization: `Basic ${this.#basic}` },
        body: new URLSearchParams({ grant_type: "client_credentials" }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!response.ok) throw await refusal(response);
      const { access_token: token, expires_in: seconds } = await response.json();
      this.#token = token;
      this.#renewAt = performance.now() + 1000 * (seconds - RENEW_EARLY_S);
    }
    return this.#token;
  }
}

async function refusal(response) {
  const reply = await response.json().catch(() => ({ error: {} }));
  // /oauth/token answers in the words of its RFC; everything else with a google.rpc.Status.
  if (typeof reply.error !== "string") return new RegularsError(response.status, reply.error);
  const error = new RegularsError(response.status, { message: reply.error_description });
  error.reason = reply.error;
  return error;
}

// --- A copy of everybody's balance --------------------------------------------------------------

// The copy is one file that also holds how far the feed was followed. It is replaced as a whole, so
// that place and balances cannot disagree, wherever this program is stopped.
class Balances {
  #file;
  #state = null; // epoch, position, balances by customer

  constructor(file) {
    this.#file = file;
    if (existsSync(file)) this.#state = JSON.parse(readFileSync(file, "utf8"));
  }

  get state() {
    return this.#state;
  }

  // Reads all balances from the service. The place in the feed comes first: what happens while the
  // list is read is followed afterwards, once more, and that does no harm.
  async rebuild(regulars) {
    const { reply: feed } = await regulars.call("GET", `${LOYALTY}/feed`);
    const balances = {};
    let pageToken = "";
    do {
      const query = { pageSize: 1000, pageToken };
      const { reply: page } = await regulars.call("GET", `${LOYALTY}/members`, { query });
      for (const member of page.members ?? []) {
        if (member.state === "STATE_ACTIVE" && member.customer) {
          balances[member.customer] = member.balance;
        }
      }
      pageToken = page.nextPageToken ?? "";
    } while (pageToken);
    this.#save({ epoch: feed.epoch, position: feed.headPosition, balances });
  }

  // Follows the feed from where it was left, to its end or for ever.
  async follow(regulars, forEver) {
    for (let failures = 0; ; ) {
      try {
        for await (const batch of regulars.stream(`${LOYALTY}/feed:subscribe`, {
          epoch: this.#state.epoch, after: this.#state.position, stopAtHead: !forEver,
        })) {
          this.#apply(batch);
          failures = 0;
        }
        if (!forEver) return;
      } catch (error) {
        if (PLACE_LOST.includes(error.reason)) {
          console.log(`lost our place in the feed (${error.reason}): all balances are read anew`);
          await this.rebuild(regulars);
        } else if (!isPassing(error) || (!forEver && failures >= ATTEMPTS)) {
          throw error;
        }
      }
      await sleep(Math.min(100 * 2 ** ++failures, LONGEST_WAIT_MS));
    }
  }

  #apply(batch) {
    const balances = { ...this.#state.balances };
    for (const { type, subject, position, data } of batch.events ?? []) {
      if (type === "regulars.loyalty.points_posted.v1") {
        balances[subject] = data.balanceAfter; // Not added up: an event may come twice.
        console.log(`event ${position}: ${subject} has ${data.balanceAfter} points`);
      } else if (["regulars.loyalty.member_closed.v1",
        "regulars.loyalty.erasure_confirmed.v1"].includes(type)) {
        delete balances[subject];
        console.log(`event ${position}: ${subject} is no member any more`);
      } // New types may appear at any time: skip the unknown.
    }
    this.#save({ epoch: batch.epoch, position: batch.position, balances });
  }

  #save(state) {
    writeFileSync(`${this.#file}.new`, JSON.stringify(state));
    renameSync(`${this.#file}.new`, this.#file);
    this.#state = state;
  }
}

// --- A shop's data ------------------------------------------------------------------------------

const ADA = {
  givenName: "Ada", familyName: "Byron", country: "GB",
  emails: [{ address: "ada@example.com" }], externalIds: [{ system: "shop", id: "1" }],
};

// Money and quantities are exact: whole millionths, as text in JSON.
const ORDER = {
  source: "shop", receiptNumber: "2001", orderTime: "2026-03-01T10:00:00Z", currencyCode: "EUR",
  channel: "web", customerIdentifier: { externalId: { system: "shop", id: "1" } },
  lines: [
    { item: "lantern", quantityMicros: "2000000", unitPriceMicros: "12500000" },
    { kind: "KIND_CHARGE", item: "postage", quantityMicros: "1000000", unitPriceMicros: "4950000" },
  ],
};

const BASKET = { currencyCode: "EUR", lines: [{ item: "teapot", amountMicros: "49900000" }] };

// To show, not to count.
const money = ({ micros, currencyCode }) => `${(Number(micros) / 1e6).toFixed(2)} ${currencyCode}`;
const became = (reply) => reply.outcome.replace("UPSERT_OUTCOME_", "").toLowerCase();

async function main() {
  const { values: options } = parseArgs({ options: {
    url: { type: "string", default: "http://127.0.0.1:8080" },
    "client-id": { type: "string" },
    state: { type: "string", default: "balances.json" },
    follow: { type: "boolean", default: false },
  } });
  const secret = process.env.REGULARS_CLIENT_SECRET;
  if (!options["client-id"] || !secret) {
    throw new Error("give --client-id and the secret in REGULARS_CLIENT_SECRET");
  }
  const regulars = new Regulars(options.url, options["client-id"], secret);

  const balances = new Balances(options.state);
  if (balances.state === null) await balances.rebuild(regulars);

  const upsert = { upsert: { customer: ADA }, requestId: randomUUID() };
  const made = await regulars.call("POST", `${CUSTOMER}/customers:upsert`, { body: upsert });
  const customer = made.reply.customer.name;
  console.log(`customer ${became(made.reply)}: ${customer}`);

  const bought = await regulars.call("POST", `${CUSTOMER}/orders:upsert`,
    { body: { order: ORDER, requestId: randomUUID() } });
  const order = bought.reply.order;
  console.log(`order ${became(bought.reply)}: ${order.name}, ${money(order.totals.amount)}`);

  // The answer waits until loyalty-svc has followed customer-svc as far as the order.
  const { reply: quote } = await regulars.call("POST", `${LOYALTY}/baskets:quote`,
    { body: { ...BASKET, customer }, after: bought.position });
  console.log(
    `a basket of ${money(quote.basketAmount)} earns ${quote.pointsToEarn} points; ` +
    `${quote.maxPointsPayable} of ${quote.balance} could pay ${money(quote.maxPayableAmount)} of it`,
  );

  await balances.follow(regulars, options.follow);
  const { position, balances: all } = balances.state;
  console.log(`balances as of event ${position}: ${Object.keys(all).length}`);
}

main().catch((error) => {
  console.error(error instanceof RegularsError ? `refused: ${error.message} (${error.reason})`
    : `failed: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
});
