package atalaya.kernel;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.DeserializationFeature;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;

/** The event contract as Python compiled it: turns a message into a movement, or says which field breaks it. */
final class Contract implements Serializable {
  private static final long serialVersionUID = 1L;
  static final ObjectMapper JSON = new ObjectMapper()
      .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  private record Route(String origin, Set<String> types) implements Serializable {}

  private final List<FieldSpec> envelope = new ArrayList<>();
  private final List<FieldSpec> fields = new ArrayList<>();
  private final Set<String> names = new HashSet<>();
  private final Map<String, Map<String, String>> fixedByType = new HashMap<>();
  private final Map<String, Route> routes = new HashMap<>();
  private final OnePass onePass;

  Contract(JsonNode config) {
    config.get("envelope").forEach(spec -> envelope.add(new FieldSpec(spec)));
    config.get("fields").forEach(spec -> fields.add(new FieldSpec(spec)));
    fields.forEach(field -> names.add(field.name));
    config.get("types").properties().forEach(type -> {
      Map<String, String> fixed = new HashMap<>();
      type.getValue().properties().forEach(entry -> fixed.put(entry.getKey(), entry.getValue().asText()));
      fixedByType.put(type.getKey(), fixed);
    });
    config.get("topics").properties().forEach(topic -> {
      Set<String> types = new HashSet<>();
      topic.getValue().get("types").forEach(type -> types.add(type.asText()));
      routes.put(topic.getKey(), new Route(topic.getValue().get("origin").asText(), types));
    });
    onePass = new OnePass(envelope, fields, fixedByType);
  }

  /** The names of a movement's values, in the order of `Movement.values`. */
  List<String> fieldNames() {
    return fields.stream().map(field -> field.name).toList();
  }

  boolean reads(String topic) {
    return routes.containsKey(topic);
  }

  Movement read(String topic, byte[] message) throws BrokenContract {
    Movement ordinary = ordinary(topic, message);
    return ordinary == null ? judged(topic, message) : ordinary;
  }

  /** What almost every message is, read fast; null where the message has to be judged. */
  Movement ordinary(String topic, byte[] message) {
    Route route = routes.get(topic);
    return route == null || message == null ? null : onePass.read(route.origin(), route.types(), message);
  }

  /** The whole contract, rule by rule. */
  Movement judged(String topic, byte[] message) throws BrokenContract {
    JsonNode event = parse(message);
    Route route = routes.get(topic);
    for (FieldSpec spec : envelope) {
      spec.read(event.get(spec.name), spec.name);
    }
    String type = event.get("type").textValue();
    Map<String, String> fixed = fixedByType.get(type);
    if (fixed == null || !route.types().contains(type)) {
      throw new BrokenContract("type", "is not carried by " + topic);
    }
    JsonNode data = event.get("data");
    Object[] values = values(data);
    long time = Instants.micros(event.get("time").textValue());
    refuseFuture(values, time);
    for (Map.Entry<String, String> entry : fixed.entrySet()) {
      if (!entry.getValue().equals(data.path(entry.getKey()).textValue())) {
        throw new BrokenContract("data." + entry.getKey(), "differs from what " + type + " implies");
      }
    }
    JsonNode waiting = event.get("replyto");
    String id = event.get("id").textValue();
    return new Movement(route.origin(), id, waiting == null ? -1 : waiting.intValue(), values, WrittenAt.micros(id, time));
  }

  private static JsonNode parse(byte[] message) throws BrokenContract {
    try {
      JsonNode event = message == null ? null : JSON.readTree(message);
      if (event != null && event.isObject()) {
        return event;
      }
    } catch (IOException | RuntimeException noJson) {
      throw new BrokenContract("", "is no JSON");
    }
    throw new BrokenContract("", "is no JSON object");
  }

  /** A movement from the future would push the account's real ones out of every window. */
  private void refuseFuture(Object[] values, long time) throws BrokenContract {
    for (int index = 0; index < values.length; index++) {
      FieldSpec spec = fields.get(index);
      if (spec.ahead >= 0 && values[index] != null && Instants.micros((String) values[index]) - time > spec.ahead) {
        throw new BrokenContract("data." + spec.name, "lies more than " + spec.ahead / 1_000_000 + " s after the event's own time");
      }
    }
  }

  private Object[] values(JsonNode data) throws BrokenContract {
    Object[] values = new Object[fields.size()];
    for (int index = 0; index < values.length; index++) {
      FieldSpec spec = fields.get(index);
      values[index] = spec.read(data.get(spec.name), "data." + spec.name);
    }
    for (Iterator<String> present = data.fieldNames(); present.hasNext();) {
      String name = present.next();
      if (!names.contains(name)) {
        throw new BrokenContract("data." + name, "is not in the contract");
      }
    }
    return values;
  }
}
