package atalaya.kernel;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;

/** A champion in ONNX. Its artefact carries version, thresholds and the names of its inputs, so that they cannot drift apart. */
final class Model implements AutoCloseable {
  private static final Set<String> OUTPUT = Set.of("probabilities");

  final String version;
  private final Map<String, String> metadata;
  private final int[] places;
  private final OrtSession session;
  private final FloatBuffer buffer;
  private final OnnxTensor tensor;
  private final Map<String, OnnxTensor> input;

  /** Throws when the artefact is no model, lacks metadata, names an unknown feature or cannot score a row of nulls. */
  Model(byte[] artefact, List<String> features) throws Exception {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      session = environment.createSession(artefact, options);
    }
    metadata = session.getMetadata().getCustomMetadata();
    version = need("model_version");
    JsonNode names = Contract.JSON.readTree(need("features"));
    places = new int[names.size()];
    for (int index = 0; index < places.length; index++) {
      places[index] = features.indexOf(names.get(index).asText());
      if (places[index] < 0) {
        session.close();
        throw new IllegalArgumentException("The model wants " + names.get(index) + ", which no contract declares");
      }
    }
    buffer = ByteBuffer.allocateDirect(places.length * Float.BYTES).order(ByteOrder.nativeOrder()).asFloatBuffer();
    tensor = OnnxTensor.createTensor(environment, buffer, new long[] {1, places.length});
    input = Map.of("input", tensor);
    if (Double.isNaN(score(new Object[features.size()]))) {
      throw new IllegalArgumentException("The model has no score for a row of nulls");
    }
  }

  /** The probability of fraud; NaN when the model gives no number. */
  double score(Object[] features) throws OrtException {
    for (int index = 0; index < places.length; index++) {
      buffer.put(index, features[places[index]] instanceof Number number ? number.floatValue() : Float.NaN);
    }
    try (OrtSession.Result result = session.run(input, OUTPUT)) {
      return ((float[][]) result.get(0).getValue())[0][1];
    }
  }

  /** A threshold by its name in the artefact; no score reaches one that is absent. */
  double threshold(String name) {
    String text = metadata.get(name);
    return text == null ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
  }

  private String need(String name) {
    String text = metadata.get(name);
    if (text == null) {
      throw new IllegalArgumentException("The model's metadata has no " + name);
    }
    return text;
  }

  @Override
  public void close() throws OrtException {
    tensor.close();
    session.close();
  }
}
