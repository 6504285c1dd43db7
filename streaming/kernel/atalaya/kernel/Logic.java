package atalaya.kernel;

/** And, or, not, either: with CEL's three values, where one side that decides makes up for another that fails. */
final class Logic {
  private Logic() {}

  /** True when both are, or with `decisive` TRUE when either is: the value of one side that settles the whole. */
  static final class Both extends Expression.Truth {
    private final Expression left;
    private final Expression right;
    private final byte decisive;

    Both(Expression left, Expression right, boolean either) {
      this.left = left;
      this.right = right;
      this.decisive = of(either);
    }

    @Override
    byte truth(Frame frame) {
      byte first = left.truth(frame);
      if (first == decisive) {
        return decisive;
      }
      byte second = right.truth(frame);
      return second == decisive || first != FAILED ? second : FAILED;
    }
  }

  static final class Not extends Expression.Truth {
    private final Expression denied;

    Not(Expression denied) {
      this.denied = denied;
    }

    @Override
    byte truth(Frame frame) {
      byte truth = denied.truth(frame);
      return truth == FAILED ? FAILED : of(truth == FALSE);
    }
  }

  static final class Conditional extends Expression {
    private final Expression condition;
    private final Expression then;
    private final Expression otherwise;

    Conditional(Expression condition, Expression then, Expression otherwise) {
      this.condition = condition;
      this.then = then;
      this.otherwise = otherwise;
    }

    @Override
    Kind kind() {
      return then.kind() == otherwise.kind() ? then.kind() : Kind.ANY;
    }

    @Override
    Object value(Frame frame) {
      byte truth = condition.truth(frame);
      return truth == FAILED ? null : (truth == TRUE ? then : otherwise).value(frame);
    }

    @Override
    double number(Frame frame) {
      byte truth = condition.truth(frame);
      if (truth == FAILED) {
        frame.failed = true;
        return 0;
      }
      return (truth == TRUE ? then : otherwise).number(frame);
    }

    @Override
    byte truth(Frame frame) {
      byte truth = condition.truth(frame);
      return truth == FAILED ? FAILED : (truth == TRUE ? then : otherwise).truth(frame);
    }
  }
}
