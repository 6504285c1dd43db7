package atalaya.kernel;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;

/**
 * Both evaluators of one artefact over the same rows. Arguments: MODEL, its feature names as JSON, ROWS (float32, little endian, row by row,
 * NaN for missing), SCORES to write (two float64, big endian, for each row: as the job scores, and through ONNX Runtime), ROUNDS to measure.
 * Prints {"trees": whether Java evaluates the trees, "job_ns": […], "onnxruntime_ns": […]}, CPU nanoseconds of this
 * thread for a row in each round, in turn.
 */
public final class ModelTrial {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private ModelTrial() {}

  public static void main(String[] arguments) throws Exception {
    PrintStream out = System.out;
    System.setOut(System.err); // for logs
    byte[] artefact = Files.readAllBytes(Path.of(arguments[0]));
    JsonNode named = Contract.JSON.readTree(arguments[1]);
    List<String> names = IntStream.range(0, named.size()).mapToObj(index -> named.get(index).asText()).toList();
    Object[][] rows = rows(Files.readAllBytes(Path.of(arguments[2])), names.size());
    int rounds = Integer.parseInt(arguments[4]);
    long[] job = new long[rounds];
    long[] runtime = new long[rounds];
    try (Model chosen = new Model(artefact, names); Model other = new Model(artefact, names, false)) {
      write(Path.of(arguments[3]), rows, chosen, other);
      for (int round = 0; round < rounds; round++) {
        job[round] = nanoseconds(chosen, rows);
        runtime[round] = nanoseconds(other, rows);
      }
      out.println(Encoder.object(json -> {
        json.writeBooleanField("trees", chosen.isTrees());
        json.writeFieldName("job_ns");
        json.writeArray(job, 0, rounds);
        json.writeFieldName("onnxruntime_ns");
        json.writeArray(runtime, 0, rounds);
      }));
    }
  }

  private static Object[][] rows(byte[] content, int width) {
    ByteBuffer values = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    Object[][] rows = new Object[content.length / Float.BYTES / width][width];
    for (Object[] row : rows) {
      for (int index = 0; index < width; index++) {
        float value = values.getFloat();
        row[index] = Float.isNaN(value) ? null : (Object) (double) value;
      }
    }
    return rows;
  }

  private static void write(Path scores, Object[][] rows, Model chosen, Model other) throws Exception {
    try (DataOutputStream file = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(scores)))) {
      for (Object[] row : rows) {
        file.writeDouble(chosen.score(row));
        file.writeDouble(other.score(row));
      }
    }
  }

  private static long nanoseconds(Model model, Object[][] rows) throws Exception {
    double sum = 0;
    long began = THREADS.getCurrentThreadCpuTime();
    for (Object[] row : rows) {
      sum += model.score(row);
    }
    long took = THREADS.getCurrentThreadCpuTime() - began;
    if (Double.isNaN(sum)) {
      throw new IllegalStateException("A row has no score");
    }
    return took / rows.length;
  }
}
