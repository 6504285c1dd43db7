package atalaya.kernel;

import java.io.Serializable;
import java.math.BigDecimal;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;

/** What the contract says of one field of an event: kinds, enumeration, pattern, lengths and range. */
final class FieldSpec implements Serializable {
  private static final long serialVersionUID = 1L;

  final String name;
  final boolean required;
  final boolean instant;
  /** How far an instant may lie after the event's own time, in microseconds; -1 where that is not bounded. */
  final long ahead;
  private final Set<String> kinds = new HashSet<>();
  private final Set<String> oneOf;
  private final Pattern pattern;
  private final long shortest;
  private final long longest;
  private final long smallest;
  private final long largest;

  FieldSpec(JsonNode spec) {
    name = spec.get("name").asText();
    required = spec.path("required").asBoolean();
    instant = spec.path("instant").asBoolean();
    ahead = spec.has("seconds_ahead") ? spec.get("seconds_ahead").asLong() * 1_000_000 : -1;
    spec.get("kinds").forEach(kind -> kinds.add(kind.asText()));
    oneOf = spec.has("one_of") ? new HashSet<>() : null;
    spec.path("one_of").forEach(value -> oneOf.add(value.asText()));
    pattern = spec.has("pattern") ? Pattern.compile(spec.get("pattern").asText()) : null;
    shortest = spec.path("min_length").asLong(0);
    longest = spec.path("max_length").asLong(Long.MAX_VALUE);
    smallest = spec.path("minimum").asLong(Long.MIN_VALUE);
    largest = spec.path("maximum").asLong(Long.MAX_VALUE);
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
      return allow(kinds.contains("null"), null, path, "may not be null");
    }
    if (node.isTextual()) {
      return text(node.textValue(), path);
    }
    if (node.isNumber()) {
      return number(node, path);
    }
    if (node.isBoolean()) {
      return allow(kinds.contains("boolean"), node.booleanValue(), path, "may not be a boolean");
    }
    return allow(node.isObject() && kinds.contains("object"), null, path, "has a type that the contract does not allow");
  }

  private Object text(String value, String path) throws BrokenContract {
    allow(kinds.contains("string"), value, path, "may not be a string");
    int length = value.codePointCount(0, value.length());
    allow(length >= shortest && length <= longest, value, path, "has a length that the contract does not allow");
    allow(oneOf == null || oneOf.contains(value), value, path, "is none of the values that the contract lists");
    allow(pattern == null || pattern.matcher(value).find(), value, path, "does not match " + pattern);
    if (instant && Instants.micros(value) == Instants.INVALID) {
      throw new BrokenContract(path, "is no RFC 3339 instant");
    }
    return value;
  }

  private Object number(JsonNode node, String path) throws BrokenContract {
    BigDecimal exact = node.isFloatingPointNumber() ? node.decimalValue() : null;
    boolean whole = exact == null || exact.signum() == 0 || exact.stripTrailingZeros().scale() <= 0;
    allow(whole ? kinds.contains("integer") || kinds.contains("number") : kinds.contains("number"), null, path, "may not be such a number");
    if (!whole) {
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
