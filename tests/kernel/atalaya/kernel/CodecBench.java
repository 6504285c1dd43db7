package atalaya.kernel;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonGenerator;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.SerializableString;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.types.StringValue;

/** Nanoseconds of CPU for each event of what surrounds the kernel, beside the plain way to do the same: in turn, round by round. */
final class CodecBench {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final long ROUND_NANOS = 200_000_000L;
  private static final int WARM_UP_ROUNDS = 8;
  /** As many features as an account's movement is to have. */
  private static final int FEATURES = 45;

  /** Works through every event once; what it returns keeps the work from being optimised away. */
  private interface Pass {
    long run() throws Exception;
  }

  private final Contract contract;
  private final String topic;
  private final List<byte[]> messages = new ArrayList<>();
  private final List<Object[]> movements = new ArrayList<>();
  private final Object[] features = new Object[FEATURES];
  private final List<String> fieldNames;
  private final List<String> featureNames = new ArrayList<>();
  private final DataOutputSerializer out = new DataOutputSerializer(4096);
  private long sink;

  CodecBench(Contract contract, String topic, JsonNode events) throws IOException {
    this.contract = contract;
    this.topic = topic;
    fieldNames = contract.fieldNames();
    for (JsonNode event : events) {
      byte[] message = event.toString().getBytes(StandardCharsets.UTF_8);
      Movement movement = contract.ordinary(topic, message);
      if (movement == null) {
        throw new IOException("An event of the benchmark is not ordinary");
      }
      messages.add(message);
      movements.add(movement.values());
    }
    for (int index = 0; index < FEATURES; index++) {
      featureNames.add("feature_of_some_window_" + index);
      features[index] = index % 9 == 0 ? null : index % 4 == 0 ? (Object) (index / 7.0) : (Object) (1000L * index);
    }
  }

  /** Medians of `rounds` rounds, for each piece of work the quick way and the plain way. */
  void measure(int rounds, JsonGenerator json) throws IOException {
    Map<String, Pass> passes = passes();
    Map<String, double[]> nanos = new LinkedHashMap<>();
    passes.keySet().forEach(name -> nanos.put(name, new double[rounds]));
    try {
      for (int round = -Math.min(rounds, WARM_UP_ROUNDS); round < rounds; round++) {
        for (Map.Entry<String, Pass> pass : passes.entrySet()) {
          double took = round(pass.getValue());
          if (round >= 0) {
            nanos.get(pass.getKey())[round] = took;
          }
        }
      }
    } catch (Exception failed) {
      throw new IOException(failed);
    }
    for (Map.Entry<String, double[]> taken : nanos.entrySet()) {
      Arrays.sort(taken.getValue());
      json.writeNumberField(taken.getKey(), taken.getValue()[rounds / 2]);
    }
    json.writeNumberField("sink", sink);
  }

  private double round(Pass pass) throws Exception {
    long began = THREADS.getCurrentThreadCpuTime();
    long events = 0;
    long took = 0;
    while (took < ROUND_NANOS) {
      sink += pass.run();
      events += messages.size();
      took = THREADS.getCurrentThreadCpuTime() - began;
    }
    return took / (double) events;
  }

  private Map<String, Pass> passes() {
    SerializableString[] ready = Encoder.names(fieldNames);
    SerializableString[] readyFeatures = Encoder.names(featureNames);
    Map<String, Pass> passes = new LinkedHashMap<>();
    passes.put("read", () -> read(false));
    passes.put("read_plain", () -> read(true));
    passes.put("write", () -> write(values -> Encoder.event("t.v1", "id", "subject", "2026-11-02T12:00:00Z", json -> {
      Encoder.values(json, ready, values);
      Encoder.values(json, readyFeatures, features);
    })));
    passes.put("write_plain", () -> write(values -> Encoder.bytes(Encoder.object(json -> {
      json.writeFieldName("data");
      json.writeRawValue(Encoder.object(data -> {
        plain(data, fieldNames, values);
        plain(data, featureNames, features);
      }));
      plainEnvelope(json);
    }))));
    passes.put("values", () -> pass(true));
    passes.put("values_plain", () -> pass(false));
    return passes;
  }

  private long read(boolean byTree) throws BrokenContract {
    long length = 0;
    for (byte[] message : messages) {
      length += (byTree ? contract.judged(topic, message) : contract.read(topic, message)).values().length;
    }
    return length;
  }

  private interface Write {
    byte[] bytes(Object[] values);
  }

  private long write(Write write) {
    long length = 0;
    for (Object[] values : movements) {
      length += write.bytes(values).length;
    }
    return length;
  }

  private static void plain(JsonGenerator json, List<String> names, Object[] values) throws IOException {
    for (int index = 0; index < values.length; index++) {
      Encoder.value(json, names.get(index), values[index]);
    }
  }

  private static void plainEnvelope(JsonGenerator json) throws IOException {
    json.writeStringField("specversion", "1.0");
    json.writeStringField("id", "id");
    json.writeStringField("source", Encoder.SOURCE);
    json.writeStringField("type", "t.v1");
    json.writeStringField("subject", "subject");
    json.writeStringField("time", "2026-11-02T12:00:00Z");
    json.writeStringField("datacontenttype", "application/json");
  }

  /** A movement and its features from one task to the next. */
  private long pass(boolean packed) throws IOException {
    long length = 0;
    for (Object[] values : movements) {
      out.clear();
      DataInputDeserializer in = new DataInputDeserializer();
      if (packed) {
        Values.write(values, out);
        Values.write(features, out);
        in.setBuffer(out.getSharedBuffer(), 0, out.length());
        length += Values.read(in).length + Values.read(in).length;
      } else {
        writeOneByOne(values);
        writeOneByOne(features);
        in.setBuffer(out.getSharedBuffer(), 0, out.length());
        length += readOneByOne(in).length + readOneByOne(in).length;
      }
    }
    return length;
  }

  private void writeOneByOne(Object[] values) throws IOException {
    out.writeInt(values.length);
    for (Object value : values) {
      switch (value) {
        case null -> out.writeByte(0);
        case String text -> {
          out.writeByte(1);
          StringValue.writeString(text, out);
        }
        case Long whole -> {
          out.writeByte(2);
          out.writeLong(whole);
        }
        default -> {
          out.writeByte(3);
          out.writeDouble((Double) value);
        }
      }
    }
  }

  private static Object[] readOneByOne(DataInputDeserializer in) throws IOException {
    Object[] values = new Object[in.readInt()];
    for (int index = 0; index < values.length; index++) {
      values[index] = switch (in.readByte()) {
        case 0 -> null;
        case 1 -> StringValue.readString(in);
        case 2 -> in.readLong();
        default -> in.readDouble();
      };
    }
    return values;
  }
}
