package atalaya.kernel;

import java.io.IOException;
import java.io.Serializable;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;

/**
 * Reads an ordinary event without building a tree. Whatever is broken, and whatever is merely unusual (numbers with a point, nested objects,
 * names that the envelope does not list), it leaves alone: the tree decides then, and finds the words for it.
 */
final class OnePass implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final JsonFactory JSON = new JsonFactory();
  /** Stands where no value has been read yet, to tell a field that is not there from a null, and from one that comes twice. */
  private static final Object ABSENT = new Object();

  private record Place(int index, FieldSpec spec) implements Serializable {}

  private final FieldSpec[] around;
  private final FieldSpec[] fields;
  private final Map<String, Place> placesAround = new HashMap<>();
  private final Map<String, Place> places = new HashMap<>();
  private final Map<String, Map<String, String>> fixedByType;
  private final int id;
  private final int type;
  private final int time;
  private final int replyTo;
  private final int data;

  OnePass(List<FieldSpec> envelope, List<FieldSpec> fields, Map<String, Map<String, String>> fixedByType) {
    around = envelope.toArray(FieldSpec[]::new);
    this.fields = fields.toArray(FieldSpec[]::new);
    this.fixedByType = fixedByType;
    List<String> names = envelope.stream().map(spec -> spec.name).toList();
    envelope.forEach(spec -> placesAround.put(spec.name, new Place(placesAround.size(), spec)));
    fields.forEach(spec -> places.put(spec.name, new Place(places.size(), spec)));
    id = names.indexOf("id");
    type = names.indexOf("type");
    time = names.indexOf("time");
    replyTo = names.indexOf("replyto");
    data = names.indexOf("data");
  }

  /** The movement, or null where the tree has to decide. */
  Movement read(String origin, Set<String> types, byte[] message) {
    try (JsonParser json = JSON.createParser(message)) {
      return event(json, origin, types);
    } catch (IOException | BrokenContract | RuntimeException unusual) {
      return null;
    }
  }

  private Movement event(JsonParser json, String origin, Set<String> types) throws IOException, BrokenContract {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      return null;
    }
    Object[] told = absent(around.length);
    for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
      Place place = free(placesAround.get(name), told);
      JsonToken token = json.nextToken();
      boolean inside = place.index() == data && token == JsonToken.START_OBJECT;
      told[place.index()] = inside ? values(json) : place.spec().read(json, token);
    }
    if (json.nextToken() != null || !complete(told, around)) {
      return null;
    }
    Object[] values = (Object[]) told[data];
    Map<String, String> fixed = fixedByType.get((String) told[type]);
    long toldAt = Instants.micros((String) told[time]);
    if (fixed == null || !types.contains(told[type]) || !agrees(values, fixed) || liesAhead(values, toldAt)) {
      return null;
    }
    Object waiting = replyTo < 0 ? null : told[replyTo];
    String event = (String) told[id];
    return new Movement(origin, event, waiting == null ? -1 : ((Long) waiting).intValue(), values, WrittenAt.micros(event, toldAt));
  }

  private Object[] values(JsonParser json) throws IOException, BrokenContract {
    Object[] values = absent(fields.length);
    for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
      Place place = free(places.get(name), values);
      values[place.index()] = place.spec().read(json, json.nextToken());
    }
    if (!complete(values, fields)) {
      throw new BrokenContract("data", "is left to the tree");
    }
    return values;
  }

  private static Object[] absent(int count) {
    Object[] values = new Object[count];
    Arrays.fill(values, ABSENT);
    return values;
  }

  private static Place free(Place place, Object[] values) throws BrokenContract {
    if (place == null || values[place.index()] != ABSENT) {
      throw new BrokenContract("", "is left to the tree");
    }
    return place;
  }

  /** Nulls for what is not there; false where that is required. */
  private static boolean complete(Object[] values, FieldSpec[] specs) {
    for (int index = 0; index < values.length; index++) {
      if (values[index] == ABSENT) {
        if (specs[index].required) {
          return false;
        }
        values[index] = null;
      }
    }
    return true;
  }

  private boolean agrees(Object[] values, Map<String, String> fixed) {
    for (Map.Entry<String, String> entry : fixed.entrySet()) {
      Place place = places.get(entry.getKey());
      if (place == null || !entry.getValue().equals(values[place.index()])) {
        return false;
      }
    }
    return true;
  }

  private boolean liesAhead(Object[] values, long told) {
    for (int index = 0; index < values.length; index++) {
      if (fields[index].ahead >= 0 && values[index] != null && Instants.micros((String) values[index]) - told > fields[index].ahead) {
        return true;
      }
    }
    return false;
  }
}
