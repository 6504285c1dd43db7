package atalaya.kernel;

import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;

/** A pack's dated thresholds and lists, laid out by the times between which none of them changes. */
final class Seasons {
  /** What is valid from one change to the next: NaN and null for what is not yet. */
  record Season(double[] thresholds, List<Set<String>> lists) {}

  final List<String> thresholds = new ArrayList<>();
  final List<String> lists = new ArrayList<>();
  private final long[] changes;
  private final Season[] seasons;

  /** Days begin at midnight UTC. `listsDeclared` may be missing: a file of before there were lists has none. */
  Seasons(JsonNode thresholdsDeclared, JsonNode listsDeclared) {
    Map<String, TreeMap<Long, JsonNode>> values = dated(thresholdsDeclared, "value", thresholds);
    Map<String, TreeMap<Long, JsonNode>> members = dated(listsDeclared, "values", lists);
    TreeSet<Long> starts = new TreeSet<>();
    values.values().forEach(dates -> starts.addAll(dates.keySet()));
    members.values().forEach(dates -> starts.addAll(dates.keySet()));
    changes = starts.stream().mapToLong(Long::longValue).toArray();
    seasons = new Season[changes.length + 1];
    for (int index = 0; index < seasons.length; index++) {
      long start = index == 0 ? Long.MIN_VALUE : changes[index - 1];
      double[] numbers = thresholds.stream().map(name -> values.get(name).floorEntry(start))
          .mapToDouble(entry -> entry == null ? Double.NaN : entry.getValue().asDouble()).toArray();
      List<Set<String>> sets = new ArrayList<>();
      lists.forEach(name -> sets.add(texts(members.get(name).floorEntry(start))));
      seasons[index] = new Season(numbers, Collections.unmodifiableList(sets));
    }
  }

  /** What is valid at an instant in microseconds. */
  Season at(long micros) {
    int found = Arrays.binarySearch(changes, micros);
    return seasons[found >= 0 ? found + 1 : -found - 1];
  }

  private static Map<String, TreeMap<Long, JsonNode>> dated(JsonNode declared, String content, List<String> names) {
    Map<String, TreeMap<Long, JsonNode>> byName = new HashMap<>();
    for (Map.Entry<String, JsonNode> entry : declared.properties()) {
      names.add(entry.getKey());
      TreeMap<Long, JsonNode> dates = byName.computeIfAbsent(entry.getKey(), name -> new TreeMap<>());
      for (JsonNode value : entry.getValue()) {
        LocalDate from = LocalDate.parse(Rules.text(value, "valid_from"));
        dates.put(from.atStartOfDay().toEpochSecond(ZoneOffset.UTC) * 1_000_000, Rules.part(value, content));
      }
    }
    return byName;
  }

  private static Set<String> texts(Map.Entry<Long, JsonNode> valid) {
    if (valid == null) {
      return null;
    }
    Set<String> texts = new HashSet<>();
    valid.getValue().forEach(text -> texts.add(text.asText()));
    return texts;
  }
}
