package atalaya.kernel;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;

/** The declared features of one key, compiled: which stores it keeps, what each movement does to them, what they say then. */
final class View implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final long SECOND = 1_000_000L;
  private static final long HOUR = 3600 * SECOND;
  private static final long DAY = 24 * HOUR;
  private static final long MICROS_PER_MILLI = 1000;
  private static final double HUNDREDTHS = 100;
  /** What a store says of a movement that it does not count. */
  private static final long NOT_TAKEN = Long.MIN_VALUE + 1;

  /**
   * `frauds` is the store of what was told, for a share of it in what `store` counts, and `summed` that of what a streak's mean is of, which
   * not every movement has; -1 for other aggregates.
   */
  private record Declared(String aggregate, int store, int frauds, int summed, int field, Filter filter) implements Serializable {}

  final String name;
  /** Index of the key among a movement's values. */
  final int key;
  /** How long before an event its buckets have to have ended, in microseconds; -1 where the event itself counts. */
  final long lag;
  /** Where the view's features begin among those of all views. */
  final int offset;
  final boolean wantsLabels;
  /** How many of a movement's values, and behind them its account's features, the stores need to see. */
  final int reads;
  final long[] storeIds;
  final List<String> names = new ArrayList<>();
  private final List<Declared> features = new ArrayList<>();
  private final List<StoreSpec> specs = new ArrayList<>();
  private final int status;
  private final long finest;
  private final long longest;

  View(JsonNode declared, List<String> fields, int offset) {
    name = declared.get("view").asText();
    key = fields.indexOf(declared.get("key").asText());
    lag = declared.has("lag_ms") ? declared.get("lag_ms").asLong() * MICROS_PER_MILLI : -1;
    this.offset = offset;
    status = fields.indexOf("status");
    for (JsonNode feature : declared.get("features")) {
      names.add(feature.get("name").asText());
      features.add(declare(feature, fields));
    }
    storeIds = specs.stream().mapToLong(spec -> spec.id).toArray();
    reads = specs.stream().mapToInt(spec -> spec.field + 1).max().orElse(0);
    wantsLabels = specs.stream().anyMatch(spec -> spec.kind == StoreSpec.Kind.FRAUDS);
    StoreSpec[] windowed = specs.stream().filter(StoreSpec::isWindowed).toArray(StoreSpec[]::new);
    finest = Arrays.stream(windowed).mapToLong(StoreSpec::resolution).min().orElse(SECOND);
    longest = Arrays.stream(windowed).mapToLong(spec -> spec.span() * 2).max().orElse(0);
  }

  private Declared declare(JsonNode feature, List<String> fields) {
    String aggregate = feature.get("aggregate").asText();
    StoreSpec.Kind kind = switch (aggregate) {
      case "count", "sum", "mean", "ratio_to_mean", "fraud_share", "fraud_streak", "fraud_streak_seconds", "fraud_streak_mean" ->
          StoreSpec.Kind.TALLY;
      case "max" -> StoreSpec.Kind.LARGEST;
      case "min" -> StoreSpec.Kind.SMALLEST;
      case "stddev" -> StoreSpec.Kind.SQUARES;
      case "distinct" -> StoreSpec.Kind.DISTINCT;
      case "first_seen" -> StoreSpec.Kind.RECENT;
      case "seconds_since_other" -> StoreSpec.Kind.ELSEWHERE;
      case "seconds_since_last", "value", "hour_of_day", "day_of_week", "matches" -> null;
      default -> throw new IllegalArgumentException("The kernel knows no aggregate " + aggregate);
    };
    String of = feature.path("of").asText();
    boolean ofFrauds = aggregate.startsWith("fraud_");
    int frauds = ofFrauds ? store(StoreSpec.Kind.FRAUDS, "", feature, fields) : -1;
    int store = kind == null ? -1 : store(kind, ofFrauds ? "" : of, feature, fields);
    int summed = ofFrauds && !of.isEmpty() ? store(kind, of, feature, fields) : -1;
    return new Declared(aggregate, store, frauds, summed, of.isEmpty() ? -1 : fields.indexOf(of), new Filter(feature.path("filter"), fields));
  }

  private int store(StoreSpec.Kind kind, String of, JsonNode feature, List<String> fields) {
    StoreSpec wanted = new StoreSpec(kind, of, feature, fields, lag);
    for (int index = 0; index < specs.size(); index++) {
      if (specs.get(index).id == wanted.id) {
        return index;
      }
    }
    specs.add(wanted);
    return specs.size() - 1;
  }

  Store newStore(int index) {
    return specs.get(index).newStore();
  }

  /** How long after its latest movement a key has nothing to say any more, in microseconds. */
  long longest() {
    return longest;
  }

  /** Whether a movement of time `at` falls into a bucket that a reader at `readAt` has looked at already. */
  boolean isLate(long at, long readAt) {
    return lag >= 0 && Math.floorDiv(at, finest) < Math.floorDiv(readAt - lag, finest);
  }

  /**
   * Let a key take a movement of time `at` when it is first seen. `answers` gets what stores that look back say (first seen, since
   * another value); `fill` turns them into features.
   */
  void take(Kept kept, Object[] values, long at, long[] answers) {
    kept.align(this);
    boolean reversed = "reversed".equals(values[status]);
    for (int index = 0; index < storeIds.length; index++) {
      StoreSpec spec = specs.get(index);
      boolean counts = spec.transition == null ? !reversed : spec.transition.equals(values[status]);
      if (counts && spec.kind != StoreSpec.Kind.FRAUDS && spec.takes(values)) {
        answers[index] = add(kept.stores[index], spec, values, at);
      } else {
        answers[index] = NOT_TAKEN;
      }
    }
  }

  private static long add(Store store, StoreSpec spec, Object[] values, long at) {
    switch (store) {
      case Tally tally -> tally.add(spec.bucket(at), amount(spec, values));
      case Extreme extreme -> extreme.add(spec.bucket(at), amount(spec, values));
      case Squares squares -> squares.add(spec.bucket(at), amount(spec, values));
      case Distinct distinct -> distinct.add(spec.bucket(at), values[spec.field].toString(), spec.cap);
      case Recent recent -> {
        return recent.use(values[spec.field].toString(), spec.cap) ? 1 : 0;
      }
      case Elsewhere elsewhere -> {
        return elsewhere.use(values[spec.field].toString(), at);
      }
      default -> throw new IllegalStateException("unknown store");
    }
    return 0;
  }

  /** What is summed: whole numbers as they are; of others the whole hundredths, whose sum is the same in every order. */
  private static long amount(StoreSpec spec, Object[] values) {
    if (spec.field < 0) {
      return 0;
    }
    Number value = (Number) values[spec.field];
    return value instanceof Double ? (long) Math.floor(value.doubleValue() * HUNDREDTHS) : value.longValue();
  }

  /** A movement that was taken has reached another status: what fails counts where failures do, what is reversed is taken back. */
  void transit(Kept kept, Object[] values, long at) {
    kept.align(this);
    boolean reversed = "reversed".equals(values[status]);
    for (int index = 0; index < storeIds.length; index++) {
      StoreSpec spec = specs.get(index);
      if (spec.transition != null) {
        if (spec.transition.equals(values[status]) && spec.takes(values)) {
          add(kept.stores[index], spec, values, at);
        }
      } else if (reversed && spec.takes(values)) {
        switch (kept.stores[index]) {
          case Tally tally -> tally.takeBack(spec.bucket(at), amount(spec, values));
          case Squares squares -> squares.takeBack(spec.bucket(at), amount(spec, values));
          default -> { }
        }
      }
    }
  }

  /** Note what was told of a movement of this key, told at an instant of its own. */
  void tell(Kept kept, Digest movement, Object[] values, long at, long toldAt, boolean fraud) {
    kept.align(this);
    for (int index = 0; index < storeIds.length; index++) {
      StoreSpec spec = specs.get(index);
      if (kept.stores[index] instanceof Frauds frauds && spec.takes(values)) {
        frauds.tell(movement, spec.bucket(at), spec.bucket(toldAt), fraud);
      }
    }
  }

  /** Forget what no movement may ask for any more, `latest` being the key's latest or what is known to be complete, if earlier. */
  void forget(Kept kept, long latest) {
    for (int index = 0; index < storeIds.length; index++) {
      if (kept.stores[index] instanceof Buckets buckets) {
        buckets.forget(specs.get(index).forgotten(latest));
      }
    }
  }

  /** Write each feature's value (Long, Double or null) at a movement into its place among those of all views. */
  void fill(Kept kept, Object[] values, long at, long[] answers, long sinceLast, Object[] out) {
    kept.align(this);
    for (int index = 0; index < storeIds.length; index++) {
      look(kept.stores[index], specs.get(index), at);
    }
    for (int index = 0; index < features.size(); index++) {
      Declared feature = features.get(index);
      out[offset + index] = feature.store() >= 0 ? fromStore(feature, kept, values, at, answers) : fromMovement(feature, values, at, sinceLast);
    }
  }

  private static void look(Store store, StoreSpec spec, long at) {
    switch (store) {
      case Tally tally -> tally.look(spec.from(at), spec.to(at));
      case Extreme extreme -> extreme.look(spec.from(at), spec.to(at));
      case Squares squares -> squares.look(spec.from(at), spec.to(at));
      default -> { }
    }
  }

  private Object fromStore(Declared feature, Kept kept, Object[] values, long at, long[] answers) {
    StoreSpec spec = specs.get(feature.store());
    long answer = answers == null ? NOT_TAKEN : answers[feature.store()];
    return switch (kept.stores[feature.store()]) {
      case Tally tally -> fromTally(feature, spec, tally, kept, values, at);
      case Extreme extreme -> extreme.windowEmpty ? null : (Object) extreme.windowValue;
      case Squares squares -> Double.isNaN(squares.deviation()) ? null : (Object) squares.deviation();
      case Distinct distinct -> (long) distinct.look(spec.from(at), spec.to(at), spec.cap);
      case Recent recent -> answer == NOT_TAKEN ? null : (Object) answer;
      default -> answer == NOT_TAKEN || answer == Elsewhere.NEVER ? null : (Object) (Math.max(0, at - answer) / (double) SECOND);
    };
  }

  private Object fromTally(Declared feature, StoreSpec spec, Tally tally, Kept kept, Object[] values, long at) {
    boolean none = tally.windowCount <= 0;
    return switch (feature.aggregate()) {
      case "count" -> tally.windowCount;
      case "sum" -> tally.windowSum;
      case "mean" -> none ? null : (Object) ((double) tally.windowSum / tally.windowCount);
      case "fraud_share" -> {
        long frauds = ((Frauds) kept.stores[feature.frauds()]).count(spec.from(at), spec.to(at), spec.closed(at));
        yield none ? null : (Object) ((double) frauds / tally.windowCount);
      }
      case "fraud_streak", "fraud_streak_seconds", "fraud_streak_mean" -> none ? null : streak(feature, spec, tally, kept, at);
      default -> {
        boolean silent = none || tally.windowSum == 0 || !spec.takes(values);
        yield silent ? null : (Object) (((Number) values[feature.field()]).doubleValue() / ((double) tally.windowSum / tally.windowCount));
      }
    };
  }

  /** How many frauds in a row, the mean of what is known of them, or how long ago the bucket of the first of them began: 0 where there is none. */
  private static Object streak(Declared feature, StoreSpec spec, Tally tally, Kept kept, long at) {
    tally.lookForStreak((Frauds) kept.stores[feature.frauds()], spec.from(at), spec.to(at), spec.closed(at));
    boolean none = tally.streakCount == 0;
    return switch (feature.aggregate()) {
      case "fraud_streak" -> tally.streakCount;
      case "fraud_streak_mean" -> none ? (Object) 0.0 : mean((Tally) kept.stores[feature.summed()], tally.streakBegan, spec.to(at));
      default -> none ? 0.0 : (at - spec.begin(tally.streakBegan)) / (double) SECOND;
    };
  }

  private static Object mean(Tally summed, long began, long to) {
    summed.lookSince(began, to);
    return summed.sinceCount == 0 ? null : (Object) (summed.sinceSum / HUNDREDTHS / summed.sinceCount);
  }

  private static Object fromMovement(Declared feature, Object[] values, long at, long sinceLast) {
    return switch (feature.aggregate()) {
      case "seconds_since_last" -> sinceLast < 0 ? null : (Object) (sinceLast / (double) SECOND);
      case "value" -> values[feature.field()];
      case "hour_of_day" -> Math.floorMod(at, DAY) / HOUR;
      case "day_of_week" -> Math.floorMod(Math.floorDiv(at, DAY) + 3, 7L);
      default -> feature.filter().matches(values) ? 1L : 0L;
    };
  }
}
