package atalaya.kernel;

import java.io.Serializable;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;

/** What feeds one store: declarations that need the same filter, field, window and resolution share it. */
final class StoreSpec implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final long MICROS_PER_MILLI = 1000;

  enum Kind { TALLY, DISTINCT, RECENT }

  final Kind kind;
  final Filter filter;
  /** Index of the field that is summed, counted or remembered; -1 when only events are counted. */
  final int field;
  final long window;
  final long resolution;
  final int cap;
  /** Names the store in saved state; changes whenever what it holds would mean something else. */
  final long id;

  StoreSpec(Kind kind, JsonNode feature, List<String> fields) {
    this.kind = kind;
    filter = new Filter(feature.path("filter"), fields);
    field = feature.has("of") ? fields.indexOf(feature.get("of").asText()) : -1;
    window = feature.path("window_ms").asLong() * MICROS_PER_MILLI;
    resolution = feature.path("resolution_ms").asLong() * MICROS_PER_MILLI;
    cap = feature.path("cap").asInt();
    id = Digest.of(String.join("|", kind.name(), feature.path("filter").toString(), feature.path("of").asText(),
        String.valueOf(window), String.valueOf(resolution), String.valueOf(cap))).high();
  }

  boolean takes(Object[] values) {
    return filter.matches(values) && (field < 0 || values[field] != null);
  }

  Store newStore() {
    return switch (kind) {
      case TALLY -> new Tally();
      case DISTINCT -> new Distinct();
      case RECENT -> new Recent();
    };
  }

  /** The bucket of an instant. */
  long bucket(long micros) {
    return Math.floorDiv(micros, resolution);
  }

  /** The last bucket before the window that ends at an instant. */
  long before(long micros) {
    return Math.floorDiv(micros - window, resolution);
  }

  /** The last bucket that no movement may ask for: memory reaches back two windows from the account's latest movement. */
  long forgotten(long latest) {
    return Math.floorDiv(latest - 2 * window, resolution);
  }
}
