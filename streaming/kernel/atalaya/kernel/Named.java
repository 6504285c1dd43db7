package atalaya.kernel;

import java.util.Set;

/** The leaves of an expression: constants, and values by the place that their name has. */
final class Named {
  private Named() {}

  static final class Number extends Expression.Amount {
    private final double number;

    Number(double number) {
      this.number = number;
    }

    @Override
    double number(Frame frame) {
      return number;
    }
  }

  static final class Text extends Expression {
    final String text;

    Text(String text) {
      this.text = text;
    }

    @Override
    Kind kind() {
      return Kind.TEXT;
    }

    @Override
    Object value(Frame frame) {
      return text;
    }
  }

  static final class Constant extends Expression.Truth {
    private final byte truth;

    Constant(boolean truth) {
      this.truth = of(truth);
    }

    @Override
    byte truth(Frame frame) {
      return truth;
    }
  }

  /** A field of the movement, whatever its type is; whole numbers are read as doubles, as every number of a rule. */
  static final class Field extends Expression {
    final int place;

    Field(int place) {
      this.place = place;
    }

    @Override
    Object value(Frame frame) {
      Object value = frame.movement[place];
      return value instanceof Long whole ? (Object) whole.doubleValue() : value;
    }

    @Override
    double number(Frame frame) {
      return read(frame.movement[place], frame);
    }
  }

  static final class Feature extends Expression.Amount {
    final int place;

    Feature(int place) {
      this.place = place;
    }

    @Override
    double number(Frame frame) {
      return read(frame.features[place], frame);
    }
  }

  static final class Threshold extends Expression.Amount {
    final int place;

    Threshold(int place) {
      this.place = place;
    }

    @Override
    double number(Frame frame) {
      double number = frame.thresholds[place];
      frame.failed |= Double.isNaN(number);
      return number;
    }
  }

  /** Whether what a name stands for is there. */
  static final class Present extends Expression.Truth {
    private final Expression named;

    Present(Expression named) {
      this.named = named;
    }

    @Override
    byte truth(Frame frame) {
      return of(switch (named) {
        case Field field -> frame.movement[field.place] != null;
        case Feature feature -> frame.features[feature.place] != null;
        case Threshold threshold -> !Double.isNaN(frame.thresholds[threshold.place]);
        default -> throw new IllegalStateException("has() was compiled for what has no name");
      });
    }
  }

  /** Whether a value is among constants. */
  static final class Among extends Expression.Truth {
    private final Expression sought;
    private final Set<Object> constants;

    Among(Expression sought, Set<Object> constants) {
      this.sought = sought;
      this.constants = constants;
    }

    @Override
    byte truth(Frame frame) {
      Object value = sought.value(frame);
      return value == null ? FAILED : of(constants.contains(value));
    }
  }

  /** Whether a value is in one of the pack's lists. */
  static final class Listed extends Expression.Truth {
    private final Expression sought;
    private final int place;

    Listed(Expression sought, int place) {
      this.sought = sought;
      this.place = place;
    }

    @Override
    byte truth(Frame frame) {
      Set<String> list = frame.lists.get(place);
      Object value = sought.value(frame);
      return list == null || value == null ? FAILED : of(value instanceof String text && list.contains(text));
    }
  }

  private static double read(Object value, Expression.Frame frame) {
    if (value instanceof Long whole) {
      return whole;
    }
    if (value instanceof Double real) {
      return real;
    }
    frame.failed = true;
    return 0;
  }
}
