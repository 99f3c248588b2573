import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * JSON, which Java comes without: take Jackson or Gson where you can.
 *
 * A value: Map, List, String, Long, Double, Boolean or null. What is not there reads as
 * null.
 */
class Json {
  private final Object value;

  Json(Object value) {
    this.value = value;
  }

  boolean isNull() {
    return value == null;
  }

  @SuppressWarnings("unchecked")
  Map<String, Object> fields() {
    return value instanceof Map ? (Map<String, Object>) value : Map.of();
  }

  Json at(String field) {
    return new Json(fields().get(field));
  }

  String text(String field) {
    Object found = fields().get(field);
    return found == null ? "" : found.toString();
  }

  long number(String field) {
    Object found = fields().get(field);
    return found instanceof Number ? ((Number) found).longValue() : 0;
  }

  List<Json> list(String field) {
    Object found = fields().get(field);
    if (!(found instanceof List)) return List.of();
    return ((List<?>) found).stream().map(Json::new).collect(Collectors.toList());
  }

  static Json parse(String text) {
    var parser = new Parser(text);
    Object value = parser.value();
    if (parser.next() != '\0') throw parser.fault();
    return new Json(value);
  }

  static String write(Object value) {
    if (value instanceof Map) {
      return ((Map<?, ?>) value).entrySet().stream()
          .map(each -> write(each.getKey()) + ":" + write(each.getValue()))
          .collect(Collectors.joining(",", "{", "}"));
    }
    if (value instanceof List) {
      return ((List<?>) value).stream().map(Json::write).collect(
          Collectors.joining(",", "[", "]"));
    }
    if (!(value instanceof String)) return String.valueOf(value);
    var out = new StringBuilder("\"");
    for (char c : ((String) value).toCharArray()) {
      if (c == '"' || c == '\\') out.append('\\').append(c);
      else if (c < ' ') out.append(String.format("\\u%04x", (int) c));
      else out.append(c);
    }
    return out.append('"').toString();
  }

  private static class Parser {
    private static final String ESCAPES = "\"\\/bfnrt";
    private static final String ESCAPED = "\"\\/\b\f\n\r\t";
    private final String text;
    private int at = 0;

    Parser(String text) {
      this.text = text;
    }

    IllegalArgumentException fault() {
      return new IllegalArgumentException("not JSON at " + at);
    }

    /** The next character that is no space, without taking it; NUL at the end. */
    char next() {
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) ++at;
      return at < text.length() ? text.charAt(at) : '\0';
    }

    void take(char c) {
      if (next() != c) throw fault();
      ++at;
    }

    Object value() {
      char c = next();
      if (c == '{') return object();
      if (c == '[') return array();
      if (c == '"') return string();
      int begin = at;
      while (at < text.length() && ",]} \n\r\t".indexOf(text.charAt(at)) < 0) ++at;
      String word = text.substring(begin, at);
      if (word.equals("null")) return null;
      if (word.equals("true") || word.equals("false")) return word.equals("true");
      if (word.matches("-?[0-9]+")) return Long.valueOf(word);
      return Double.valueOf(word);  // A NumberFormatException is an IllegalArgumentException.
    }

    Map<String, Object> object() {
      var fields = new LinkedHashMap<String, Object>();
      take('{');
      while (next() != '}') {
        if (!fields.isEmpty()) take(',');
        next();
        String name = string();
        take(':');
        fields.put(name, value());
      }
      take('}');
      return fields;
    }

    List<Object> array() {
      var items = new ArrayList<Object>();
      take('[');
      while (next() != ']') {
        if (!items.isEmpty()) take(',');
        items.add(value());
      }
      take(']');
      return items;
    }

    String string() {
      take('"');
      var out = new StringBuilder();
      for (; at < text.length() && text.charAt(at) != '"'; ++at) {
        char c = text.charAt(at);
        if (c == '\\') {
          if (++at + 4 >= text.length()) throw fault();
          c = text.charAt(at);
          if (c == 'u') {
            c = (char) Integer.parseInt(text.substring(at + 1, at + 5), 16);
            at += 4;
          } else if (ESCAPES.indexOf(c) >= 0) {
            c = ESCAPED.charAt(ESCAPES.indexOf(c));
          } else {
            throw fault();
          }
        }
        out.append(c);
      }
      take('"');
      return out.toString();
    }
  }
}
