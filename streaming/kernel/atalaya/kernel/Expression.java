package atalaya.kernel;

import java.util.List;
import java.util.Set;

/**
 * A rule's expression, compiled: it gives what CEL gives over the same values. It fails where CEL has an error, such as a value that is
 * absent, and what fails neither holds nor does its contrary.
 */
abstract class Expression {
  static final byte FALSE = 0;
  static final byte TRUE = 1;
  static final byte FAILED = 2;

  /** What is known of the type before there are values. */
  enum Kind { NUMBER, TEXT, TRUTH, ANY }

  /**
   * What expressions are evaluated over, one for each evaluation. Thresholds are NaN and lists null where none is valid yet. `failed` is how a
   * number fails without an object: it is false whenever an evaluation begins, and whoever asked for the number puts it back.
   */
  static final class Frame {
    final Object[] movement;
    final Object[] features;
    final double[] thresholds;
    final List<Set<String>> lists;
    boolean failed;

    Frame(Object[] movement, Object[] features, double[] thresholds, List<Set<String>> lists) {
      this.movement = movement;
      this.features = features;
      this.thresholds = thresholds;
      this.lists = lists;
    }
  }

  Kind kind() {
    return Kind.ANY;
  }

  /** String, Double or Boolean; null where it fails. */
  abstract Object value(Frame frame);

  /** The number; sets `frame.failed` where it fails or is none. */
  double number(Frame frame) {
    if (value(frame) instanceof Double number) {
      return number;
    }
    frame.failed = true;
    return 0;
  }

  /** TRUE, FALSE, or FAILED, also where it is no truth value. */
  byte truth(Frame frame) {
    return value(frame) instanceof Boolean truth ? of(truth) : FAILED;
  }

  static byte of(boolean truth) {
    return truth ? TRUE : FALSE;
  }

  /** What is a number whenever it is anything. */
  abstract static class Amount extends Expression {
    @Override
    Kind kind() {
      return Kind.NUMBER;
    }

    @Override
    abstract double number(Frame frame);

    @Override
    Object value(Frame frame) {
      double number = number(frame);
      if (frame.failed) {
        frame.failed = false;
        return null;
      }
      return number;
    }
  }

  /** What is true or false whenever it is anything. */
  abstract static class Truth extends Expression {
    @Override
    Kind kind() {
      return Kind.TRUTH;
    }

    @Override
    abstract byte truth(Frame frame);

    @Override
    Object value(Frame frame) {
      byte truth = truth(frame);
      return truth == FAILED ? null : (Object) (truth == TRUE);
    }
  }
}
