package atalaya.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Boosted trees without walking them (QuickScorer: Lucchese and others, SIGIR 2015). The splits of an input lie in the order of their
 * thresholds; each split that a row does not pass strikes out the leaves on its left, and the leftmost leaf that is left of a tree is the
 * row's. Inputs, thresholds, leaves and their sum are float32 and the trees are added in their order, as in ONNX Runtime.
 */
final class Trees implements Evaluator {
  static final int MOST_LEAVES = Long.SIZE;

  /** `kept` has the bits of the leaves of `tree` that remain for a value above the threshold; a missing one may count as below. */
  record Split(int input, float threshold, boolean missingBelow, int tree, long kept) {}

  private final int inputs;
  private final int[] starts;
  private final float[] thresholds;
  private final int[] trees;
  private final long[] kept;
  private final float[][] leaves;
  private final float base;
  private final long[] left;

  /** `leaves` of each tree from left to right. */
  Trees(int inputs, List<Split> splits, float[][] leaves, float base) {
    this.inputs = inputs;
    this.leaves = leaves;
    this.base = base;
    left = new long[leaves.length];
    starts = new int[2 * inputs + 1];
    thresholds = new float[splits.size()];
    trees = new int[splits.size()];
    kept = new long[splits.size()];
    List<Split> sorted = new ArrayList<>(splits);
    sorted.sort(Comparator.<Split>comparingInt(split -> list(split)).thenComparingDouble(Split::threshold));
    for (int place = 0; place < sorted.size(); place++) {
      Split split = sorted.get(place);
      starts[list(split) + 1] = place + 1;
      thresholds[place] = split.threshold();
      trees[place] = split.tree();
      kept[place] = split.kept();
    }
    for (int list = 1; list < starts.length; list++) {
      starts[list] = Math.max(starts[list], starts[list - 1]);
    }
  }

  /** An input has two lists: of splits that a missing value does not pass, and of those that it does. */
  private int list(Split split) {
    return 2 * split.input() + (split.missingBelow() ? 1 : 0);
  }

  @Override
  public float probability(float[] row) {
    Arrays.fill(left, -1);
    for (int input = 0; input < inputs; input++) {
      float value = row[input];
      strike(2 * input, value);
      strike(2 * input + 1, value == value ? value : Float.NEGATIVE_INFINITY);
    }
    float sum = 0;
    for (int tree = 0; tree < leaves.length; tree++) {
      sum += leaves[tree][Long.numberOfTrailingZeros(left[tree])];
    }
    return (float) (1 / (1 + Math.exp(-(sum + base))));
  }

  private void strike(int list, float value) {
    int end = starts[list + 1];
    // Not `value > threshold`: a missing value passes no split of its list.
    for (int place = starts[list]; place < end && !(value <= thresholds[place]); place++) {
      left[trees[place]] &= kept[place];
    }
  }

  /** A row that makes splits hard: each input is missing, zero, at the threshold of one of its splits, right beside it, or at a multiple. */
  float[] hardRow(SplittableRandom random) {
    float[] row = new float[inputs];
    for (int input = 0; input < inputs; input++) {
      int first = starts[2 * input];
      int after = starts[2 * input + 2];
      if (random.nextInt(6) == 0) {
        row[input] = Float.NaN;
      } else if (after > first) {
        row[input] = near(thresholds[random.nextInt(first, after)], random);
      }
    }
    return row;
  }

  private static float near(float threshold, SplittableRandom random) {
    return switch (random.nextInt(4)) {
      case 0 -> threshold;
      case 1 -> Math.nextUp(threshold);
      case 2 -> Math.nextDown(threshold);
      default -> threshold * random.nextInt(-2, 3);
    };
  }

  @Override
  public void close() {}
}
