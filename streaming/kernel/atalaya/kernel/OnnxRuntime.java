package atalaya.kernel;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.Set;

/** Any artefact, row by row through native code: what every other evaluator is measured against. */
final class OnnxRuntime implements Evaluator {
  private static final Set<String> OUTPUT = Set.of("probabilities");

  final Map<String, String> metadata;
  private final OrtSession session;
  private FloatBuffer buffer;
  private OnnxTensor tensor;
  private Map<String, OnnxTensor> input;

  /** Throws when the artefact is no model. */
  OnnxRuntime(byte[] artefact) throws OrtException {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      session = OrtEnvironment.getEnvironment().createSession(artefact, options);
    }
    metadata = session.getMetadata().getCustomMetadata();
  }

  @Override
  public float probability(float[] row) throws OrtException {
    if (tensor == null) {
      buffer = ByteBuffer.allocateDirect(row.length * Float.BYTES).order(ByteOrder.nativeOrder()).asFloatBuffer();
      tensor = OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), buffer, new long[] {1, row.length});
      input = Map.of("input", tensor);
    }
    buffer.put(0, row);
    try (OrtSession.Result result = session.run(input, OUTPUT)) {
      return ((float[][]) result.get(0).getValue())[0][1];
    }
  }

  @Override
  public void close() throws OrtException {
    if (tensor != null) {
      tensor.close();
    }
    session.close();
  }
}
