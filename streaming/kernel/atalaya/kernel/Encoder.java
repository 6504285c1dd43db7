package atalaya.kernel;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonGenerator;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.SerializableString;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.io.SerializedString;

/** Writes the kernel's CloudEvents. */
final class Encoder {
  static final String SOURCE = "/streaming/decisions";

  private static final SerializableString SPECVERSION = new SerializedString("specversion");
  private static final SerializableString ID = new SerializedString("id");
  private static final SerializableString SOURCE_NAME = new SerializedString("source");
  private static final SerializableString TYPE = new SerializedString("type");
  private static final SerializableString SUBJECT = new SerializedString("subject");
  private static final SerializableString TIME = new SerializedString("time");
  private static final SerializableString DATACONTENTTYPE = new SerializedString("datacontenttype");
  private static final SerializableString DATA = new SerializedString("data");
  private static final SerializableString ONE = new SerializedString("1.0");
  private static final SerializableString SPEAKER = new SerializedString(SOURCE);
  private static final SerializableString MEDIA_TYPE = new SerializedString("application/json");

  /** Writes the fields of one JSON object; the same ones whenever it is asked. */
  interface Body {
    void write(JsonGenerator json) throws IOException;
  }

  private Encoder() {}

  static String object(Body body) {
    StringWriter text = new StringWriter(1024);
    try (JsonGenerator json = Contract.JSON.createGenerator(text)) {
      json.writeStartObject();
      body.write(json);
      json.writeEndObject();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return text.toString();
  }

  static byte[] event(String type, String id, String subject, String time, Body data) {
    try {
      return JsonBytes.of(envelope(type, id, subject, time, data));
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  static Body envelope(String type, String id, String subject, String time, Body data) {
    return json -> {
      json.writeFieldName(SPECVERSION);
      json.writeString(ONE);
      json.writeFieldName(ID);
      json.writeString(id);
      json.writeFieldName(SOURCE_NAME);
      json.writeString(SPEAKER);
      json.writeFieldName(TYPE);
      json.writeString(type);
      json.writeFieldName(SUBJECT);
      json.writeString(subject);
      json.writeFieldName(TIME);
      json.writeString(time);
      json.writeFieldName(DATACONTENTTYPE);
      json.writeString(MEDIA_TYPE);
      json.writeFieldName(DATA);
      json.writeStartObject();
      data.write(json);
      json.writeEndObject();
    };
  }

  /** Field names, encoded once for all objects that have them. */
  static SerializableString[] names(List<String> names) {
    return names.stream().map(SerializedString::new).toArray(SerializableString[]::new);
  }

  /** Fields in the order of their names. */
  static void values(JsonGenerator json, SerializableString[] names, Object[] values) throws IOException {
    for (int index = 0; index < names.length; index++) {
      value(json, names[index], values[index]);
    }
  }

  /** The fields whose values stand at `places`. */
  static void values(JsonGenerator json, SerializableString[] names, int[] places, Object[] values) throws IOException {
    for (int index = 0; index < names.length; index++) {
      value(json, names[index], values[places[index]]);
    }
  }

  static void value(JsonGenerator json, SerializableString name, Object value) throws IOException {
    json.writeFieldName(name);
    value(json, value);
  }

  static void value(JsonGenerator json, String name, Object value) throws IOException {
    json.writeFieldName(name);
    value(json, value);
  }

  /** By instanceof: a switch over types costs several times as much in Java 21. */
  private static void value(JsonGenerator json, Object value) throws IOException {
    if (value == null) {
      json.writeNull();
    } else if (value instanceof String text) {
      json.writeString(text);
    } else if (value instanceof Long whole) {
      json.writeNumber(whole);
    } else if (value instanceof Double real) {
      json.writeNumber(real);
    } else if (value instanceof Boolean flag) {
      json.writeBoolean(flag);
    } else {
      json.writeString(value.toString());
    }
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
