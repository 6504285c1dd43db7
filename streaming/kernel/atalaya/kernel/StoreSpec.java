package atalaya.kernel;

import java.io.Serializable;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;

/** What feeds one store: declarations that need the same kind, filter, field and window share it. */
final class StoreSpec implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final long MICROS_PER_MILLI = 1000;

  enum Kind { TALLY, LARGEST, SMALLEST, SQUARES, DISTINCT, FRAUDS, RECENT, ELSEWHERE }

  final Kind kind;
  final Filter filter;
  /** Index of the field that is summed, counted or remembered; -1 when only movements are counted. */
  final int field;
  /** The status that a movement must have reached to be counted; null for its first sighting. */
  final String transition;
  final int cap;
  /** Names the store in saved state; changes whenever what it holds would mean something else. */
  final long id;

  private final long window;
  private final long resolution;
  private final long delay;
  /** How long before the event the window's last bucket has to have ended; -1 where the event's own bucket is the last. */
  private final long lag;

  /** `of` names the field that is summed, counted or remembered; empty where only movements are counted. */
  StoreSpec(Kind kind, String of, JsonNode feature, List<String> fields, long lag) {
    this.kind = kind;
    this.lag = lag;
    filter = new Filter(feature.path("filter"), fields);
    field = of.isEmpty() ? -1 : fields.indexOf(of);
    transition = feature.has("transition") ? feature.get("transition").asText() : null;
    window = feature.path("window_ms").asLong() * MICROS_PER_MILLI;
    resolution = feature.path("resolution_ms").asLong() * MICROS_PER_MILLI;
    delay = feature.path("delay_ms").asLong() * MICROS_PER_MILLI;
    cap = feature.path("cap").asInt();
    id = Digest.of(String.join("|", kind.name(), feature.path("filter").toString(), of, String.valueOf(transition),
        String.valueOf(window), String.valueOf(resolution), String.valueOf(delay), String.valueOf(cap))).high();
  }

  boolean takes(Object[] values) {
    return filter.matches(values) && (field < 0 || values[field] != null);
  }

  Store newStore() {
    return switch (kind) {
      case TALLY -> new Tally();
      case LARGEST -> new Extreme(true);
      case SMALLEST -> new Extreme(false);
      case SQUARES -> new Squares();
      case DISTINCT -> new Distinct();
      case FRAUDS -> new Frauds();
      case RECENT -> new Recent();
      case ELSEWHERE -> new Elsewhere();
    };
  }

  long resolution() {
    return resolution;
  }

  boolean isWindowed() {
    return resolution > 0;
  }

  /** The bucket of an instant. */
  long bucket(long micros) {
    return Math.floorDiv(micros, resolution);
  }

  /** The instant at which a bucket begins. */
  long begin(long bucket) {
    return bucket * resolution;
  }

  /** The last bucket that may be looked at by an event of that time, whatever the delay of labels. */
  long closed(long micros) {
    return lag < 0 ? bucket(micros) : bucket(micros - lag) - 1;
  }

  /** The last bucket of the window of an event of that time. */
  long to(long micros) {
    return closed(micros) - delay / resolution;
  }

  /** The last bucket before the window of an event of that time. */
  long from(long micros) {
    return to(micros) - window / resolution;
  }

  /** How far before an event its window begins. */
  long span() {
    return window + delay + Math.max(0, lag) + resolution;
  }

  /** The last bucket that no movement may ask for: memory reaches back one window more than the latest movement needs. */
  long forgotten(long latest) {
    return bucket(latest - span() - window);
  }
}
