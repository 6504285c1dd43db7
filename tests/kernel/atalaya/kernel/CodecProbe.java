package atalaya.kernel;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonGenerator;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;

/**
 * What surrounds the kernel, by itself: commands as JSON lines on standard input, one JSON line in answer to each. {"configure": FILE};
 * {"topic", "message": BASE64} for both ways to read; {"values": [...]} through bytes and back; {"write": {...}} for both ways to write;
 * {"instant": TEXT} to microseconds; {"micros": NUMBER} to text; {"measure": {...}}, see CodecBench.
 */
public final class CodecProbe {
  private Contract movements;
  private Contract labels;

  private CodecProbe() {}

  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    CodecProbe probe = new CodecProbe();
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      JsonNode command = Contract.JSON.readTree(line);
      out.print(Encoder.object(json -> probe.answer(command, json)));
      out.print('\n');
      out.flush();
    }
  }

  private void answer(JsonNode command, JsonGenerator json) throws IOException {
    if (command.has("configure")) {
      Config config = new Config(Files.readString(Path.of(command.get("configure").asText())));
      movements = config.contract();
      labels = config.labels();
    } else if (command.has("message")) {
      read(command.get("topic").asText(), Base64.getDecoder().decode(command.get("message").asText()), json);
    } else if (command.has("values")) {
      returned(values(command.get("values")), json);
    } else if (command.has("write")) {
      written(command.get("write"), json);
    } else if (command.has("instant")) {
      long micros = Instants.micros(command.get("instant").textValue());
      Encoder.value(json, "micros", micros == Instants.INVALID ? null : (Object) micros);
    } else if (command.has("micros")) {
      json.writeStringField("text", Instants.text(command.get("micros").longValue()));
    } else {
      JsonNode what = command.get("measure");
      new CodecBench(movements, what.get("topic").asText(), what.get("messages")).measure(what.get("rounds").asInt(), json);
    }
  }

  private void read(String topic, byte[] message, JsonGenerator json) throws IOException {
    Contract contract = labels.reads(topic) ? labels : movements;
    Movement ordinary = contract.ordinary(topic, message);
    json.writeFieldName("ordinary");
    movement(ordinary, json);
    json.writeFieldName("judged");
    try {
      movement(contract.judged(topic, message), json);
    } catch (BrokenContract broken) {
      json.writeString(broken.field + " " + broken.getMessage());
    }
  }

  private static void movement(Movement movement, JsonGenerator json) throws IOException {
    if (movement == null) {
      json.writeNull();
      return;
    }
    json.writeStartArray();
    json.writeString(movement.origin());
    json.writeString(movement.eventId());
    json.writeNumber(movement.replyTo());
    for (Object value : movement.values()) {
      json.writeString(described(value));
    }
    json.writeEndArray();
  }

  private static void returned(Object[] values, JsonGenerator json) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(16);
    Values.write(values, out);
    out.writeInt(values.length);
    DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
    Object[] back = Values.read(in);
    json.writeBooleanField("ends", in.readInt() == values.length && in.available() == 0);
    json.writeArrayFieldStart("equal");
    for (int index = 0; index < back.length; index++) {
      json.writeBoolean(Objects.equals(values[index], back[index]));
    }
    json.writeEndArray();
    json.writeNumberField("bytes", out.length());
  }

  private static void written(JsonNode fields, JsonGenerator json) throws IOException {
    List<String> names = new ArrayList<>();
    fields.fieldNames().forEachRemaining(names::add);
    Object[] values = values(fields);
    Encoder.Body body = inner -> Encoder.values(inner, Encoder.names(names), values);
    byte[] fast = Encoder.event("transaction.scored.v1", "id", "subject", "2026-11-02T12:00:00Z", body);
    byte[] slow = Encoder.bytes(Encoder.object(Encoder.envelope("transaction.scored.v1", "id", "subject", "2026-11-02T12:00:00Z", body)));
    json.writeStringField("straight", Base64.getEncoder().encodeToString(fast));
    json.writeStringField("by_text", Base64.getEncoder().encodeToString(slow));
  }

  private static Object[] values(JsonNode nodes) {
    List<Object> values = new ArrayList<>();
    for (JsonNode node : nodes) {
      values.add(node.isNull() ? null : node.isTextual() ? node.textValue() : node.isBoolean() ? (Object) node.booleanValue()
          : node.isFloatingPointNumber() ? (Object) node.doubleValue() : (Object) node.longValue());
    }
    return values.toArray();
  }

  private static String described(Object value) {
    return value == null ? "null" : value.getClass().getSimpleName() + " " + value;
  }
}
