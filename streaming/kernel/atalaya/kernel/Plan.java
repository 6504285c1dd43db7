package atalaya.kernel;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;

/** The declared features, compiled: which stores an account keeps, what each movement does to them, what they say then. */
final class Plan implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final long SECOND = 1_000_000L;
  private static final long HOUR = 3600 * SECOND;
  private static final long DAY = 24 * HOUR;

  private record Declared(String name, String aggregate, int store, int field, Filter filter) implements Serializable {}

  private final List<Declared> features = new ArrayList<>();
  private final List<StoreSpec> specs = new ArrayList<>();
  final long[] storeIds;
  final List<String> names;

  Plan(JsonNode declarations, List<String> fields) {
    declarations.forEach(feature -> {
      String aggregate = feature.get("aggregate").asText();
      int field = feature.has("of") ? fields.indexOf(feature.get("of").asText()) : -1;
      features.add(new Declared(feature.get("name").asText(), aggregate, storeFor(aggregate, feature, fields), field,
          new Filter(feature.path("filter"), fields)));
    });
    storeIds = specs.stream().mapToLong(spec -> spec.id).toArray();
    names = features.stream().map(Declared::name).toList();
  }

  private int storeFor(String aggregate, JsonNode feature, List<String> fields) {
    StoreSpec.Kind kind = switch (aggregate) {
      case "count", "sum", "mean", "max", "ratio_to_mean" -> StoreSpec.Kind.TALLY;
      case "distinct" -> StoreSpec.Kind.DISTINCT;
      case "first_seen" -> StoreSpec.Kind.RECENT;
      case "seconds_since_last", "value", "hour_of_day", "day_of_week", "matches" -> null;
      default -> throw new IllegalArgumentException("The kernel knows no aggregate " + aggregate);
    };
    if (kind == null) {
      return -1;
    }
    StoreSpec wanted = new StoreSpec(kind, feature, fields);
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

  /** Let the account take a movement of time `at`; what each feature says then (Long, Double or null), in declared order. */
  Object[] take(Account account, Object[] values, long at) {
    account.align(this);
    boolean first = account.sequence == 0;
    boolean inOrder = first || at >= account.latest;
    long[] answers = new long[specs.size()];
    for (int index = 0; index < answers.length; index++) {
      answers[index] = feed(account.stores[index], specs.get(index), values, at, inOrder);
    }
    Object[] out = new Object[features.size()];
    for (int index = 0; index < out.length; index++) {
      Declared feature = features.get(index);
      out[index] = feature.store() >= 0 ? fromStore(feature, account, answers, values) : fromMovement(feature, account, values, at, first);
    }
    account.sequence++;
    account.latest = first ? at : Math.max(account.latest, at);
    forget(account);
    return out;
  }

  private static long feed(Store store, StoreSpec spec, Object[] values, long at, boolean inOrder) {
    boolean takes = spec.takes(values);
    switch (store) {
      case Tally tally -> {
        if (takes) {
          tally.add(spec.bucket(at), spec.field < 0 ? 0 : ((Number) values[spec.field]).longValue());
        }
        tally.look(spec.before(at), spec.bucket(at), inOrder);
        return 0;
      }
      case Distinct distinct -> {
        if (takes) {
          distinct.add(spec.bucket(at), values[spec.field].toString(), spec.cap);
        }
        return distinct.look(spec.before(at), spec.bucket(at), spec.cap, inOrder);
      }
      case Recent recent -> {
        return takes && recent.use(values[spec.field].toString(), spec.cap) ? 1 : 0;
      }
      default -> throw new IllegalStateException("unknown store");
    }
  }

  private Object fromStore(Declared feature, Account account, long[] answers, Object[] values) {
    if (!(account.stores[feature.store()] instanceof Tally tally)) {
      boolean silent = feature.aggregate().equals("first_seen") && !specs.get(feature.store()).takes(values);
      return silent ? null : (Object) answers[feature.store()];
    }
    boolean none = tally.windowCount == 0;
    return switch (feature.aggregate()) {
      case "count" -> tally.windowCount;
      case "sum" -> tally.windowSum;
      case "max" -> none ? null : (Object) tally.windowLargest;
      case "mean" -> none ? null : (Object) ((double) tally.windowSum / tally.windowCount);
      default -> {
        boolean silent = none || tally.windowSum == 0 || !specs.get(feature.store()).takes(values);
        yield silent ? null
            : (Object) (((Number) values[feature.field()]).doubleValue() / ((double) tally.windowSum / tally.windowCount));
      }
    };
  }

  private static Object fromMovement(Declared feature, Account account, Object[] values, long at, boolean first) {
    return switch (feature.aggregate()) {
      case "seconds_since_last" -> first ? null : (Object) (Math.max(0, at - account.latest) / (double) SECOND);
      case "value" -> values[feature.field()];
      case "hour_of_day" -> Math.floorMod(at, DAY) / HOUR;
      case "day_of_week" -> Math.floorMod(Math.floorDiv(at, DAY) + 3, 7L);
      default -> feature.filter().matches(values) ? 1L : 0L;
    };
  }

  private void forget(Account account) {
    for (int index = 0; index < account.stores.length; index++) {
      StoreSpec spec = specs.get(index);
      switch (account.stores[index]) {
        case Tally tally -> tally.forget(spec.forgotten(account.latest));
        case Distinct distinct -> distinct.forget(spec.forgotten(account.latest));
        default -> { }
      }
    }
  }
}
