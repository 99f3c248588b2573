import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/**
 * A shop's own system talks to Regulars: it sends a customer and an order, asks what a basket is
 * worth in points, and keeps a copy of all balances by following a feed. Java 11 and nothing else.
 *
 * <pre>
 * REGULARS_CLIENT_SECRET=… java -cp out RegularsExample --url http://127.0.0.1:8080 --client-id …
 * </pre>
 *
 * README.md says where the id and the secret come from.
 */
public class RegularsExample {
  static final String CUSTOMER = "/api/customer/v1";
  static final String LOYALTY = "/api/loyalty/v1";

  // --- A shop's data ---

  static final Map<String, Object> ADA = Map.of(
      "givenName", "Ada", "familyName", "Byron", "country", "GB",
      "emails", List.of(Map.of("address", "ada@example.com")),
      "externalIds", List.of(Map.of("system", "shop", "id", "1")));

  // Money and quantities are exact: whole millionths, as text in JSON.
  static final Map<String, Object> ORDER = Map.of(
      "source", "shop", "receiptNumber", "2001", "orderTime", "2026-03-01T10:00:00Z",
      "currencyCode", "EUR", "channel", "web",
      "customerIdentifier", Map.of("externalId", Map.of("system", "shop", "id", "1")),
      "lines", List.of(
          Map.of("item", "lantern", "quantityMicros", "2000000", "unitPriceMicros", "12500000"),
          Map.of("kind", "KIND_CHARGE", "item", "postage", "quantityMicros", "1000000",
              "unitPriceMicros", "4950000")));

  static final List<Object> BASKET = List.of(Map.of("item", "teapot", "amountMicros", "49900000"));

  // --- What it does with them ---

  public static void main(String[] arguments) throws InterruptedException {
    try {
      run(arguments);
    } catch (RegularsException e) {
      System.err.printf("refused: %s (%s)%n", e.getMessage(), e.reason);
      System.exit(1);
    } catch (IOException | IllegalArgumentException e) {
      System.err.println("failed: " + (e.getMessage() == null ? e : e.getMessage()));
      System.exit(1);
    }
  }

  static void run(String[] arguments) throws IOException, InterruptedException {
    Map<String, String> options = options(arguments);
    String id = options.get("--client-id");
    String secret = System.getenv("REGULARS_CLIENT_SECRET");
    if (id.isEmpty() || secret == null) {
      throw new IllegalArgumentException(
          "give --client-id and the secret in REGULARS_CLIENT_SECRET");
    }
    var regulars = new Regulars(options.get("--url"), id, secret);
    var balances = new Balances(Path.of(options.get("--state")), regulars);

    Regulars.Reply made = regulars.call("POST", CUSTOMER + "/customers:upsert",
        Map.of("upsert", Map.of("customer", ADA), "requestId", requestId()), "");
    String customer = made.body.at("customer").text("name");
    System.out.printf("customer %s: %s%n", became(made), customer);

    Regulars.Reply bought = regulars.call("POST", CUSTOMER + "/orders:upsert",
        Map.of("order", ORDER, "requestId", requestId()), "");
    Json order = bought.body.at("order");
    System.out.printf("order %s: %s, %s%n", became(bought), order.text("name"),
        money(order.at("totals").at("amount")));

    // The answer waits until loyalty-svc has followed customer-svc as far as the order.
    Json quote = regulars.call("POST", LOYALTY + "/baskets:quote",
        Map.of("customer", customer, "currencyCode", "EUR", "lines", BASKET),
        bought.position).body;
    System.out.printf("a basket of %s earns %s points; %s of %s could pay %s of it%n",
        money(quote.at("basketAmount")), quote.text("pointsToEarn"),
        quote.text("maxPointsPayable"), quote.text("balance"),
        money(quote.at("maxPayableAmount")));

    balances.follow(Boolean.parseBoolean(options.get("--follow")));
    System.out.printf("balances as of event %s: %d%n", balances.position, balances.of.size());
  }

  static Map<String, String> options(String[] arguments) {
    var options = new HashMap<>(Map.of("--url", "http://127.0.0.1:8080", "--client-id", "",
        "--state", "balances.json", "--follow", "false"));
    for (Iterator<String> each = List.of(arguments).iterator(); each.hasNext();) {
      String option = each.next();
      boolean isFlag = option.equals("--follow");
      if (!options.containsKey(option) || !isFlag && !each.hasNext()) {
        throw new IllegalArgumentException("no such option, or its value is missing: " + option);
      }
      options.put(option, isFlag ? "true" : each.next());
    }
    return options;
  }

  /** Makes one write safe to repeat: the same id, the same answer, for 30 days. */
  static String requestId() {
    return UUID.randomUUID().toString();
  }

  static String became(Regulars.Reply reply) {
    return reply.body.text("outcome").replace("UPSERT_OUTCOME_", "").toLowerCase();
  }

  /** To show, not to count. */
  static String money(Json amount) {
    return String.format(Locale.ROOT, "%.2f %s",
        Long.parseLong(amount.text("micros")) / 1e6, amount.text("currencyCode"));
  }
}
