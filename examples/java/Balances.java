import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A copy of everybody's balance. It is one file that also holds how far the feed was followed. The
 * file is replaced as a whole, so that place and balances cannot disagree, wherever this program is
 * stopped.
 */
class Balances {
  static final String LOYALTY = RegularsExample.LOYALTY;
  // Our place in the feed is no more: the service was restored, or we were away too long.
  static final Set<String> PLACE_LOST =
      Set.of("EPOCH_UNKNOWN", "POSITION_PRUNED", "POSITION_AHEAD");

  final Path file;
  final Regulars regulars;
  String epoch;
  String position;
  Map<String, String> of = new LinkedHashMap<>();  // By customer.
  int failures = 0;

  Balances(Path file, Regulars regulars) throws IOException, InterruptedException {
    this.file = file;
    this.regulars = regulars;
    if (!Files.exists(file)) {
      rebuild();
      return;
    }
    Json kept = Json.parse(Files.readString(file));
    epoch = kept.text("epoch");
    position = kept.text("position");
    kept.at("balances").fields().forEach((customer, points) -> of.put(customer, (String) points));
  }

  /**
   * Reads all balances from the service. The place in the feed comes first: what happens while the
   * list is read is followed afterwards, once more, and that does no harm.
   */
  void rebuild() throws IOException, InterruptedException {
    Json feed = regulars.call("GET", LOYALTY + "/feed", null, "").body;
    var all = new LinkedHashMap<String, String>();
    String page = "";
    do {
      Json members = regulars.call("GET", LOYALTY + "/members?pageSize=1000&pageToken="
          + URLEncoder.encode(page, StandardCharsets.UTF_8), null, "").body;
      for (Json member : members.list("members")) {
        String customer = member.text("customer");
        if (member.text("state").equals("STATE_ACTIVE") && !customer.isEmpty()) {
          all.put(customer, member.text("balance"));
        }
      }
      page = members.text("nextPageToken");
    } while (!page.isEmpty());
    of = all;
    save(feed.text("epoch"), feed.text("headPosition"));
  }

  /** Follows the feed from where it was left, to its end or for ever. */
  void follow(boolean forEver) throws IOException, InterruptedException {
    for (;;) {
      try {
        regulars.stream(LOYALTY + "/feed:subscribe?epoch=" + epoch + "&after=" + position
            + "&stopAtHead=" + !forEver, this::apply);
        if (!forEver) return;
      } catch (RegularsException e) {
        if (PLACE_LOST.contains(e.reason)) {
          System.out.printf("lost our place in the feed (%s): all balances are read anew%n",
              e.reason);
          rebuild();
        } else if (!e.isPassing() || !forEver && failures == Regulars.ATTEMPTS) {
          throw e;
        }
      } catch (IOException e) {  // The connection broke.
        if (!forEver && failures == Regulars.ATTEMPTS) throw e;
      }
      Thread.sleep(Regulars.pauseMs(++failures));
    }
  }

  void apply(Json batch) throws IOException {
    failures = 0;
    for (Json event : batch.list("events")) {
      String customer = event.text("subject");
      switch (event.text("type")) {
        case "regulars.loyalty.points_posted.v1":
          String points = event.at("data").text("balanceAfter");
          of.put(customer, points);  // Not added up: an event may come twice.
          System.out.printf("event %s: %s has %s points%n", event.text("position"), customer,
              points);
          break;
        case "regulars.loyalty.member_closed.v1":
        case "regulars.loyalty.erasure_confirmed.v1":
          of.remove(customer);
          System.out.printf("event %s: %s is no member any more%n", event.text("position"),
              customer);
          break;
        default:  // New types may appear at any time: skip the unknown.
      }
    }
    save(batch.text("epoch"), batch.text("position"));
  }

  void save(String newEpoch, String newPosition) throws IOException {
    epoch = newEpoch;
    position = newPosition;
    Path next = file.resolveSibling(file.getFileName() + ".new");
    Files.writeString(next,
        Json.write(Map.of("epoch", epoch, "position", position, "balances", of)));
    Files.move(next, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }
}
