package atalaya.kernel;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonGenerator;

/** Writes the kernel's CloudEvents. */
final class Encoder {
  static final String SOURCE = "/streaming/decisions";

  /** Writes the fields of one JSON object. */
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
    return bytes(object(json -> {
      json.writeStringField("specversion", "1.0");
      json.writeStringField("id", id);
      json.writeStringField("source", SOURCE);
      json.writeStringField("type", type);
      json.writeStringField("subject", subject);
      json.writeStringField("time", time);
      json.writeStringField("datacontenttype", "application/json");
      json.writeObjectFieldStart("data");
      data.write(json);
      json.writeEndObject();
    }));
  }

  static void value(JsonGenerator json, String name, Object value) throws IOException {
    json.writeFieldName(name);
    switch (value) {
      case null -> json.writeNull();
      case Long whole -> json.writeNumber(whole);
      case Double real -> json.writeNumber(real);
      case Boolean flag -> json.writeBoolean(flag);
      default -> json.writeString(value.toString());
    }
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
