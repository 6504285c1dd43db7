package atalaya.kernel;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A champion in ONNX. Its artefact carries version, thresholds and the names of its inputs, so that they cannot drift apart. */
final class Model implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Model.class);
  private static final int TRIED_ROWS = 500;
  private static final long SEED = 7;
  private static final double LARGEST_GAP = 1e-6;

  final String version;
  private final Map<String, String> metadata;
  private final Map<String, Double> thresholds = new HashMap<>();
  private final int[] places;
  private final float[] row;
  private final Evaluator evaluator;

  /** Throws when the artefact is no model, lacks metadata, names an unknown feature or cannot score a row of nulls. */
  Model(byte[] artefact, List<String> features) throws Exception {
    this(artefact, features, true);
  }

  /** `trees` allows the evaluator in Java, where it knows the artefact and gives what ONNX Runtime gives. */
  Model(byte[] artefact, List<String> features, boolean trees) throws Exception {
    OnnxRuntime runtime = new OnnxRuntime(artefact);
    try {
      metadata = runtime.metadata;
      version = need("model_version");
      places = places(features);
      row = new float[places.length];
      fill(new Object[features.size()]);
      if (Float.isNaN(runtime.probability(row))) {
        throw new IllegalArgumentException("The model has no score for a row of nulls");
      }
      evaluator = trees ? fastest(artefact, runtime) : runtime;
    } catch (Exception | LinkageError refused) {
      runtime.close();
      throw refused;
    }
    if (evaluator != runtime) {
      runtime.close();
    }
  }

  /** The probability of fraud; NaN when the model gives no number. */
  double score(Object[] features) throws Exception {
    fill(features);
    return evaluator.probability(row);
  }

  /** A threshold by its name in the artefact; no score reaches one that is absent. */
  double threshold(String name) {
    return thresholds.computeIfAbsent(name, missed -> {
      String text = metadata.get(missed);
      return text == null ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
    });
  }

  /** Whether the trees are evaluated in Java. */
  boolean isTrees() {
    return evaluator instanceof Trees;
  }

  private Evaluator fastest(byte[] artefact, OnnxRuntime runtime) throws Exception {
    try {
      Trees trees = TreeArtefact.read(artefact, places.length);
      double gap = largestGap(trees, runtime);
      if (gap <= LARGEST_GAP) {
        return trees;
      }
      LOG.error("{} goes through ONNX Runtime: trees in Java differ from it by {}", version, gap);
    } catch (TreeArtefact.Unknown reason) {
      LOG.info("{} goes through ONNX Runtime: it has {}", version, reason.getMessage());
    }
    return runtime;
  }

  /** NaN when either gives no number. */
  private static double largestGap(Trees trees, OnnxRuntime runtime) throws Exception {
    SplittableRandom random = new SplittableRandom(SEED);
    double largest = 0;
    for (int tried = 0; tried < TRIED_ROWS; tried++) {
      float[] hard = trees.hardRow(random);
      largest = Math.max(largest, Math.abs((double) trees.probability(hard) - runtime.probability(hard)));
    }
    return largest;
  }

  private void fill(Object[] features) {
    for (int index = 0; index < places.length; index++) {
      row[index] = features[places[index]] instanceof Number number ? number.floatValue() : Float.NaN;
    }
  }

  private int[] places(List<String> features) throws Exception {
    JsonNode names = Contract.JSON.readTree(need("features"));
    int[] found = new int[names.size()];
    for (int index = 0; index < found.length; index++) {
      found[index] = features.indexOf(names.get(index).asText());
      if (found[index] < 0) {
        throw new IllegalArgumentException("The model wants " + names.get(index) + ", which no contract declares");
      }
    }
    return found;
  }

  private String need(String name) {
    String text = metadata.get(name);
    if (text == null) {
      throw new IllegalArgumentException("The model's metadata has no " + name);
    }
    return text;
  }

  @Override
  public void close() throws Exception {
    evaluator.close();
  }
}
