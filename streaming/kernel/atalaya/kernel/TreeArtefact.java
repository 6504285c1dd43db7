package atalaya.kernel;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the one graph that ml/fraud/graph.py writes: TreeEnsembleRegressor, Sigmoid of its margin, and the fraud's probability as the
 * second column of `probabilities`. Whatever else an artefact holds is refused by name, never guessed at.
 */
final class TreeArtefact {
  private static final String ML = "ai.onnx.ml";
  private static final Set<String> KNOWN = Set.of("nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_modes", "nodes_values",
      "nodes_truenodeids", "nodes_falsenodeids", "nodes_missing_value_tracks_true", "nodes_hitrates", "target_treeids", "target_nodeids",
      "target_ids", "target_weights", "n_targets", "aggregate_function", "post_transform", "base_values");

  /** Why an artefact is none of ours. */
  static final class Unknown extends Exception {
    private static final long serialVersionUID = 1L;

    Unknown(String what) {
      super(what);
    }
  }

  private record Place(long tree, long node) {}

  private final OnnxNode ensemble;
  private final int inputs;
  private final Map<Place, Integer> rows = new HashMap<>();
  private final Map<Place, Float> weights = new HashMap<>();
  private final List<Trees.Split> splits = new ArrayList<>();
  private final List<float[]> leaves = new ArrayList<>();
  private final long[] trees;
  private final long[] nodes;

  private TreeArtefact(OnnxNode ensemble, int inputs) throws Unknown {
    this.ensemble = ensemble;
    this.inputs = inputs;
    trees = ensemble.integers("nodes_treeids");
    nodes = ensemble.integers("nodes_nodeids");
    for (int row = 0; row < trees.length; row++) {
      need(rows.put(new Place(trees[row], nodes[row]), row) == null, "a node told twice");
    }
    long[] leafTrees = ensemble.integers("target_treeids");
    long[] leafNodes = ensemble.integers("target_nodeids");
    float[] values = ensemble.floats("target_weights");
    for (int row = 0; row < values.length; row++) {
      need(weights.put(new Place(leafTrees[row], leafNodes[row]), values[row]) == null, "a leaf with two weights");
    }
  }

  /** The artefact's trees over rows of so many inputs. */
  static Trees read(byte[] artefact, int inputs) throws Unknown {
    try {
      UnknownFieldSet graph = UnknownFieldSet.parseFrom(OnnxNode.only(UnknownFieldSet.parseFrom(artefact), OnnxNode.MODEL_GRAPH));
      OnnxNode output = producer(graph, "probabilities", "", "Concat");
      need(output.inputs.size() == 2 && output.integer("axis", 0) == 1, "probabilities that are no two columns");
      OnnxNode sigmoid = producer(graph, output.inputs.get(1), "", "Sigmoid");
      OnnxNode ensemble = producer(graph, sigmoid.inputs.get(0), ML, "TreeEnsembleRegressor");
      need(ensemble.inputs.equals(List.of("input")), "trees over something else than the input");
      return new TreeArtefact(checked(ensemble), inputs).trees();
    } catch (InvalidProtocolBufferException | IndexOutOfBoundsException broken) {
      throw new Unknown("a graph that cannot be read: " + broken.getMessage());
    }
  }

  private static OnnxNode producer(UnknownFieldSet graph, String output, String domain, String operator)
      throws Unknown, InvalidProtocolBufferException {
    for (OnnxNode node : OnnxNode.all(graph)) {
      if (node.outputs.contains(output)) {
        need(node.operator.equals(operator) && node.domain.equals(domain), node.domain + " " + node.operator + " for " + operator);
        return node;
      }
    }
    throw new Unknown("no " + output);
  }

  private static OnnxNode checked(OnnxNode ensemble) throws Unknown {
    for (String name : ensemble.attributeNames()) {
      need(KNOWN.contains(name), "trees with " + name);
    }
    need(ensemble.integer("n_targets", 1) == 1, "more than one target");
    need(ensemble.text("aggregate_function", "SUM").equals("SUM"), "trees that are not added");
    need(ensemble.text("post_transform", "NONE").equals("NONE"), "trees with a transform");
    need(ensemble.floats("base_values").length <= 1, "more than one base value");
    for (long target : ensemble.integers("target_ids")) {
      need(target == 0, "more than one target");
    }
    return ensemble;
  }

  /** Trees count in the order in which their first node is told, which is their root. */
  private Trees trees() throws Unknown {
    for (int row = 0; row < trees.length; row++) {
      if (row == 0 || trees[row] != trees[row - 1]) {
        List<Float> found = new ArrayList<>();
        add(row, found);
        need(found.size() <= Trees.MOST_LEAVES, "a tree of " + found.size() + " leaves");
        float[] values = new float[found.size()];
        for (int leaf = 0; leaf < values.length; leaf++) {
          values[leaf] = found.get(leaf);
        }
        leaves.add(values);
      }
    }
    need(rows.isEmpty(), "nodes that no root leads to");
    float[] base = ensemble.floats("base_values");
    return new Trees(inputs, splits, leaves.toArray(new float[0][]), base.length == 0 ? 0 : base[0]);
  }

  /** Adds a node and all below it; the leaves come from left to right. A node is taken once, so that no way leads in a circle. */
  private void add(int row, List<Float> found) throws Unknown {
    need(rows.remove(new Place(trees[row], nodes[row])) != null, "a node with two parents");
    String mode = ensemble.texts("nodes_modes").get(row);
    if (mode.equals("LEAF")) {
      Float weight = weights.get(new Place(trees[row], nodes[row]));
      need(weight != null, "a leaf without a weight");
      found.add(weight);
      return;
    }
    need(mode.equals("BRANCH_LEQ"), mode);
    float threshold = ensemble.floats("nodes_values")[row];
    long input = ensemble.integers("nodes_featureids")[row];
    need(input >= 0 && input < inputs && !Float.isNaN(threshold), "a split of no input, or at no number");
    long[] missing = ensemble.integers("nodes_missing_value_tracks_true");
    int first = found.size();
    add(child("nodes_truenodeids", row), found);
    int after = found.size();
    add(child("nodes_falsenodeids", row), found);
    long below = bits(after) & ~bits(first);
    splits.add(new Trees.Split((int) input, threshold, missing.length > 0 && missing[row] == 1, leaves.size(), ~below));
  }

  private static long bits(int leaves) {
    return leaves >= Long.SIZE ? -1 : (1L << leaves) - 1;
  }

  private int child(String attribute, int row) throws Unknown {
    Integer child = rows.get(new Place(trees[row], ensemble.integers(attribute)[row]));
    need(child != null, "a split that leads nowhere, or to a node with two parents");
    return child;
  }

  private static void need(boolean holds, String what) throws Unknown {
    if (!holds) {
      throw new Unknown(what);
    }
  }
}
