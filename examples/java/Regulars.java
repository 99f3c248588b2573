import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Timer;
import java.util.TimerTask;

/** A caller of the HTTP API, for one thread. */
class Regulars {
  static class Reply {
    final Json body;
    final String position;  // In the service's feed, that the call led to.

    Reply(Json body, String position) {
      this.body = body;
      this.position = position;
    }
  }

  interface Each {
    void accept(Json reply) throws IOException;
  }

  static final int ATTEMPTS = 5;
  static final int RENEW_EARLY_S = 60;  // A token is renewed that long before it ends.
  static final Duration TIMEOUT = Duration.ofSeconds(60);
  static final long LONGEST_WAIT_MS = 10_000;

  private final HttpClient http = HttpClient.newBuilder()
      .version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT).build();
  private final String url;
  private final String basic;
  private String token;
  private Instant renewAt = Instant.MIN;

  Regulars(String url, String clientId, String clientSecret) {
    this.url = url;
    basic = Base64.getEncoder().encodeToString(
        (clientId + ":" + clientSecret).getBytes(StandardCharsets.UTF_8));
  }

  static long pauseMs(int attempt) {
    return Math.min(100L << Math.min(attempt, 10), LONGEST_WAIT_MS);
  }

  /**
   * One call. {@code after} is a position that the answer has to wait for, or empty. A call that
   * came to nothing is sent again as it was; for writes that is safe, because their body holds a
   * request id: the second answer is the first one.
   */
  Reply call(String method, String path, Object body, String after)
      throws IOException, InterruptedException {
    for (int attempt = 1;; ++attempt) {
      long waitMs = pauseMs(attempt);
      try {
        var request = request(path, after).header("Content-Type", "application/json")
            .method(method, body == null ? BodyPublishers.noBody()
                : BodyPublishers.ofString(Json.write(body))).build();
        HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
        if (response.statusCode() == 200) {
          return new Reply(Json.parse(response.body()),
              response.headers().firstValue("Regulars-Position").orElse(""));
        }
        waitMs = response.headers().firstValueAsLong("Retry-After").stream()
            .map(seconds -> Math.min(1000 * seconds, LONGEST_WAIT_MS)).findFirst().orElse(waitMs);
        throw refusal(response.statusCode(), response.body());
      } catch (RegularsException e) {
        if (!e.isPassing() || attempt == ATTEMPTS) throw e;
      } catch (IOException e) {  // The connection broke.
        if (attempt == ATTEMPTS) throw e;
      }
      Thread.sleep(waitMs);
    }
  }

  /** The replies of a call that sends many: one JSON object a line. */
  void stream(String path, Each each) throws IOException, InterruptedException {
    HttpResponse<InputStream> response =
        http.send(request(path, "").GET().build(), BodyHandlers.ofInputStream());
    try (InputStream body = response.body(); var silence = new Silence(body)) {
      if (response.statusCode() != 200) {
        throw refusal(response.statusCode(),
            new String(body.readAllBytes(), StandardCharsets.UTF_8));
      }
      var lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
      for (String line; (line = lines.readLine()) != null;) {
        silence.heard();
        Json reply = Json.parse(line);
        Json error = reply.at("error");  // What went wrong after the beginning.
        if (!error.isNull()) throw RegularsException.of((int) error.number("code"), error);
        each.accept(reply);
      }
      if (silence.tooLong) throw new IOException("the stream went silent");
    }
  }

  /** Ends a stream that says nothing, not even that nothing happens, as the feed does every 15 s. */
  private static class Silence implements AutoCloseable {
    final Timer timer = new Timer(true);
    final InputStream body;
    TimerTask task;
    volatile boolean tooLong = false;

    Silence(InputStream body) {
      this.body = body;
      heard();
    }

    void heard() {
      if (task != null) task.cancel();
      task = new TimerTask() {
        @Override
        public void run() {
          tooLong = true;
          try {
            body.close();
          } catch (IOException e) {
            // The reader finds out.
          }
        }
      };
      timer.schedule(task, TIMEOUT.toMillis());
    }

    @Override
    public void close() {
      timer.cancel();
    }
  }

  private HttpRequest.Builder request(String path, String after)
      throws IOException, InterruptedException {
    var request = HttpRequest.newBuilder(URI.create(url + path)).timeout(TIMEOUT)
        .header("Authorization", "Bearer " + accessToken());
    return after.isEmpty() ? request : request.header("Regulars-After", after);
  }

  /** OAuth 2.0 client credentials (RFC 6749 section 4.4). */
  private String accessToken() throws IOException, InterruptedException {
    if (Instant.now().isBefore(renewAt)) return token;
    var request = HttpRequest.newBuilder(URI.create(url + "/oauth/token")).timeout(TIMEOUT)
        .header("Authorization", "Basic " + basic)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .POST(BodyPublishers.ofString("grant_type=client_credentials")).build();
    HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
    if (response.statusCode() != 200) throw refusal(response.statusCode(), response.body());
    Json reply = Json.parse(response.body());
    token = reply.text("access_token");
    renewAt = Instant.now().plusSeconds(reply.number("expires_in") - RENEW_EARLY_S);
    return token;
  }

  private static RegularsException refusal(int httpStatus, String body) {
    Json reply;
    try {
      reply = Json.parse(body);
    } catch (IllegalArgumentException e) {  // Not from Regulars: of something in between.
      return new RegularsException(httpStatus, "HTTP " + httpStatus, "");
    }
    // /oauth/token answers in the words of its RFC; everything else with a google.rpc.Status.
    if (reply.fields().get("error") instanceof String) {
      return new RegularsException(httpStatus, reply.text("error_description"),
          reply.text("error"));
    }
    return RegularsException.of(httpStatus, reply.at("error"));
  }
}
