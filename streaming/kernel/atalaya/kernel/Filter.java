package atalaya.kernel;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;

/** A conjunction over a movement's values: each field is one of a list, or a number within inclusive bounds that a divisor divides. */
final class Filter implements Serializable {
  private static final long serialVersionUID = 1L;

  private record Condition(int field, Set<String> oneOf, double smallest, double largest, long divisor) implements Serializable {
    boolean holds(Object value) {
      if (value == null) {
        return false;
      }
      if (oneOf != null) {
        return oneOf.contains(value.toString());
      }
      return value instanceof Number number && number.doubleValue() >= smallest && number.doubleValue() <= largest
          && number.longValue() % divisor == 0;
    }
  }

  private final List<Condition> conditions = new ArrayList<>();

  Filter(JsonNode declared, List<String> fields) {
    declared.properties().forEach(entry -> {
      int field = fields.indexOf(entry.getKey());
      JsonNode wanted = entry.getValue();
      Set<String> oneOf = wanted.isArray() ? new HashSet<>() : null;
      if (wanted.isArray()) {
        wanted.forEach(value -> oneOf.add(value.asText()));
      }
      conditions.add(new Condition(field, oneOf,
          wanted.path("min").asDouble(Double.NEGATIVE_INFINITY), wanted.path("max").asDouble(Double.POSITIVE_INFINITY),
          wanted.path("multiple_of").asLong(1)));
    });
  }

  boolean matches(Object[] values) {
    for (Condition condition : conditions) {
      if (!condition.holds(values[condition.field()])) {
        return false;
      }
    }
    return true;
  }
}
