package atalaya.kernel;

import java.io.IOException;
import java.io.Serializable;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;

/** What the contract says of one field of an event: kinds, enumeration, pattern, lengths and range. */
final class FieldSpec implements Serializable {
  private static final long serialVersionUID = 1L;

  final String name;
  final boolean required;
  final boolean instant;
  /** How far an instant may lie after the event's own time, in microseconds; -1 where that is not bounded. */
  final long ahead;
  private final boolean string;
  private final boolean whole;
  private final boolean real;
  private final boolean truth;
  private final boolean none;
  private final boolean object;
  /** Each listed value by itself, so that equal values become one string. */
  private final Map<String, String> oneOf;
  private final Pattern pattern;
  private final long shortest;
  private final long longest;
  private final long smallest;
  private final long largest;
  /** Only for fields that have few values. */
  private final Known known;

  FieldSpec(JsonNode spec) {
    name = spec.get("name").asText();
    required = spec.path("required").asBoolean();
    instant = spec.path("instant").asBoolean();
    ahead = spec.has("seconds_ahead") ? spec.get("seconds_ahead").asLong() * 1_000_000 : -1;
    Set<String> kinds = new HashSet<>();
    spec.get("kinds").forEach(kind -> kinds.add(kind.asText()));
    string = kinds.contains("string");
    real = kinds.contains("number");
    whole = real || kinds.contains("integer");
    truth = kinds.contains("boolean");
    none = kinds.contains("null");
    object = kinds.contains("object");
    oneOf = spec.has("one_of") ? new HashMap<>() : null;
    spec.path("one_of").forEach(value -> oneOf.put(value.asText(), value.asText().intern()));
    pattern = spec.has("pattern") ? Pattern.compile(spec.get("pattern").asText()) : null;
    shortest = spec.path("min_length").asLong(0);
    longest = spec.path("max_length").asLong(Long.MAX_VALUE);
    smallest = spec.path("minimum").asLong(Long.MIN_VALUE);
    largest = spec.path("maximum").asLong(Long.MAX_VALUE);
    known = oneOf != null || pattern != null ? new Known() : null;
  }

  /** The value as String, Long, Double, Boolean or null; throws BrokenContract naming `path` when the contract forbids it. */
  Object read(JsonNode node, String path) throws BrokenContract {
    if (node == null || node.isMissingNode()) {
      if (required) {
        throw new BrokenContract(path, "is required");
      }
      return null;
    }
    if (node.isNull()) {
      return allow(none, null, path, "may not be null");
    }
    if (node.isTextual()) {
      return text(node.textValue(), path);
    }
    if (node.isNumber()) {
      return number(node, path);
    }
    if (node.isBoolean()) {
      return allow(truth, node.booleanValue(), path, "may not be a boolean");
    }
    return allow(node.isObject() && object, null, path, "has a type that the contract does not allow");
  }

  /** The same value of the parser's current token; throws BrokenContract as well for tokens that only the tree is trusted with. */
  Object read(JsonParser json, JsonToken token) throws IOException, BrokenContract {
    return switch (token) {
      case VALUE_STRING -> text(json);
      case VALUE_NUMBER_INT -> whole(json);
      case VALUE_NULL -> allow(none, null, name, "may not be null");
      case VALUE_TRUE, VALUE_FALSE -> allow(truth, token == JsonToken.VALUE_TRUE, name, "may not be a boolean");
      default -> throw new BrokenContract(name, "is left to the tree");
    };
  }

  private Object text(JsonParser json) throws IOException, BrokenContract {
    if (known == null) {
      return text(json.getText(), name);
    }
    String good = known.find(json.getTextCharacters(), json.getTextOffset(), json.getTextLength());
    if (good == null) {
      good = text(json.getText(), name);
      known.keep(good);
    }
    return good;
  }

  private Object whole(JsonParser json) throws IOException, BrokenContract {
    boolean small = json.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
    allow(small && whole, null, name, "may not be such a number");
    long value = json.getLongValue();
    return allow(value >= smallest && value <= largest, value, name, "is outside its range");
  }

  private String text(String value, String path) throws BrokenContract {
    allow(string, value, path, "may not be a string");
    int length = value.codePointCount(0, value.length());
    allow(length >= shortest && length <= longest, value, path, "has a length that the contract does not allow");
    String listed = oneOf == null ? value : oneOf.get(value);
    allow(listed != null, value, path, "is none of the values that the contract lists");
    if (pattern != null && !pattern.matcher(value).find()) {
      throw new BrokenContract(path, "does not match " + pattern);
    }
    if (instant && Instants.micros(value) == Instants.INVALID) {
      throw new BrokenContract(path, "is no RFC 3339 instant");
    }
    return listed;
  }

  private Object number(JsonNode node, String path) throws BrokenContract {
    BigDecimal exact = node.isFloatingPointNumber() ? node.decimalValue() : null;
    boolean integral = exact == null || exact.signum() == 0 || exact.stripTrailingZeros().scale() <= 0;
    allow(integral ? whole : real, null, path, "may not be such a number");
    if (!integral) {
      return node.doubleValue();
    }
    try {
      long value = exact == null ? node.bigIntegerValue().longValueExact() : exact.longValueExact();
      return allow(value >= smallest && value <= largest, value, path, "is outside its range");
    } catch (ArithmeticException tooLarge) {
      throw new BrokenContract(path, "is outside its range");
    }
  }

  private static Object allow(boolean allowed, Object value, String path, String complaint) throws BrokenContract {
    if (!allowed) {
      throw new BrokenContract(path, complaint);
    }
    return value;
  }
}
