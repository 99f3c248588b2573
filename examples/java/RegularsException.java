import java.io.IOException;

/** What Regulars refused, and why. The reason never changes, so programs look at that. */
class RegularsException extends IOException {
  private static final long serialVersionUID = 1;
  final int httpStatus;
  final String reason;

  RegularsException(int httpStatus, String message, String reason) {
    super(message);
    this.httpStatus = httpStatus;
    this.reason = reason;
  }

  /** Of a google.rpc.Status. */
  static RegularsException of(int httpStatus, Json error) {
    String reason = "";
    for (Json detail : error.list("details")) {
      if (detail.text("@type").endsWith("google.rpc.ErrorInfo")) reason = detail.text("reason");
    }
    return new RegularsException(httpStatus, error.text("message"), reason);
  }

  /**
   * Whether the same call may go through a little later: busy, away, or a stream has outlived its
   * token, where the next one gets a new token.
   */
  boolean isPassing() {
    return httpStatus == 429 || httpStatus == 503 || reason.equals("TOKEN_EXPIRED");
  }
}
