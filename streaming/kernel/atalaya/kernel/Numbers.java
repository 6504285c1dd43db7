package atalaya.kernel;

/** Arithmetic on doubles, comparisons and equality. */
final class Numbers {
  /** The operators that need two numbers. */
  enum Arithmetic { ADD, SUBTRACT, MULTIPLY, DIVIDE }

  enum Order { LESS, AT_MOST, MORE, AT_LEAST }

  private Numbers() {}

  static final class Computed extends Expression.Amount {
    private final Arithmetic operator;
    private final Expression left;
    private final Expression right;

    Computed(Arithmetic operator, Expression left, Expression right) {
      this.operator = operator;
      this.left = left;
      this.right = right;
    }

    @Override
    double number(Frame frame) {
      double first = left.number(frame);
      if (frame.failed) {
        return 0;
      }
      double second = right.number(frame);
      return switch (operator) {
        case ADD -> first + second;
        case SUBTRACT -> first - second;
        case MULTIPLY -> first * second;
        case DIVIDE -> first / second;
      };
    }
  }

  static final class Negated extends Expression.Amount {
    private final Expression operand;

    Negated(Expression operand) {
      this.operand = operand;
    }

    @Override
    double number(Frame frame) {
      return -operand.number(frame);
    }
  }

  /** The order of two values of which one at least is a number. */
  static final class Compared extends Expression.Truth {
    private final Order order;
    private final Expression left;
    private final Expression right;

    Compared(Order order, Expression left, Expression right) {
      this.order = order;
      this.left = left;
      this.right = right;
    }

    @Override
    byte truth(Frame frame) {
      double first = left.number(frame);
      double second = frame.failed ? 0 : right.number(frame);
      if (frame.failed) {
        frame.failed = false;
        return FAILED;
      }
      return of(switch (order) {
        case LESS -> first < second;
        case AT_MOST -> first <= second;
        case MORE -> first > second;
        case AT_LEAST -> first >= second;
      });
    }
  }

  /** Whether two numbers are one. */
  static final class SameNumber extends Expression.Truth {
    private final Expression left;
    private final Expression right;

    SameNumber(Expression left, Expression right) {
      this.left = left;
      this.right = right;
    }

    @Override
    byte truth(Frame frame) {
      double first = left.number(frame);
      double second = frame.failed ? 0 : right.number(frame);
      if (frame.failed) {
        frame.failed = false;
        return FAILED;
      }
      return of(first == second);
    }
  }

  /** Whether two values are one, whatever their types are. */
  static final class Same extends Expression.Truth {
    private final Expression left;
    private final Expression right;

    Same(Expression left, Expression right) {
      this.left = left;
      this.right = right;
    }

    @Override
    byte truth(Frame frame) {
      Object first = left.value(frame);
      Object second = right.value(frame);
      if (first == null || second == null) {
        return FAILED;
      }
      return of(first instanceof Double one && second instanceof Double other ? one.doubleValue() == other.doubleValue() : first.equals(second));
    }
  }
}
