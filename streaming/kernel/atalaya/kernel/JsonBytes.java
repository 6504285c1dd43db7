package atalaya.kernel;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonFactoryBuilder;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonGenerator;

/** One JSON object after the other straight to UTF-8: generator and buffer are made once for each thread. */
final class JsonBytes {
  private static final JsonFactory JSON = new JsonFactoryBuilder().rootValueSeparator((String) null).build();
  private static final ThreadLocal<JsonBytes> SPARE = new ThreadLocal<>();
  /** A buffer that one huge object needed is not kept for the small ones. */
  private static final int LARGEST_KEPT = 1 << 20;
  /** How the generator writes half of a character beyond the basic plane. */
  private static final String SURROGATE = "\\uD";

  private final ByteArrayOutputStream buffer = new ByteArrayOutputStream(4096);
  private final JsonGenerator json;

  private JsonBytes() throws IOException {
    json = JSON.createGenerator(buffer);
  }

  /** The object as UTF-8. `body` may be asked twice, and may itself write other objects. */
  static byte[] of(Encoder.Body body) throws IOException {
    JsonBytes own = SPARE.get();
    if (own == null) {
      own = new JsonBytes();
    } else {
      SPARE.remove();
    }
    byte[] written = own.write(body);
    if (written.length <= LARGEST_KEPT) {
      SPARE.set(own);
    }
    return mayHaveSurrogates(written) ? Encoder.bytes(Encoder.object(body)) : written;
  }

  private byte[] write(Encoder.Body body) throws IOException {
    buffer.reset();
    json.writeStartObject();
    body.write(json);
    json.writeEndObject();
    json.flush();
    return buffer.toByteArray();
  }

  /** Text has those in four bytes, and replaces one that lacks its other half, which not every reader could store. */
  private static boolean mayHaveSurrogates(byte[] written) {
    return new String(written, StandardCharsets.ISO_8859_1).contains(SURROGATE);
  }
}
