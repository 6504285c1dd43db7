package atalaya.kernel;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelValidationException;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compiles CEL, as its own library parsed and checked it, to expressions whose names are places. What is outside the subset is refused: a
 * rule that would have to be interpreted costs as much as all the others.
 */
final class Expressions {
  private static final MapType VALUES = MapType.create(SimpleType.STRING, SimpleType.DYN);
  private static final MapType LISTS = MapType.create(SimpleType.STRING, ListType.create(SimpleType.STRING));
  private static final Map<String, Numbers.Arithmetic> ARITHMETIC = Map.of("_+_", Numbers.Arithmetic.ADD, "_-_", Numbers.Arithmetic.SUBTRACT,
      "_*_", Numbers.Arithmetic.MULTIPLY, "_/_", Numbers.Arithmetic.DIVIDE);
  private static final Map<String, Numbers.Order> ORDER = Map.of("_<_", Numbers.Order.LESS, "_<=_", Numbers.Order.AT_MOST,
      "_>_", Numbers.Order.MORE, "_>=_", Numbers.Order.AT_LEAST);

  private final List<String> fields;
  private final List<String> features;
  private final List<String> thresholds;
  private final List<String> lists;
  /** The features that were named so far. */
  final Set<String> read = new HashSet<>();

  Expressions(List<String> fields, List<String> features, List<String> thresholds, List<String> lists) {
    this.fields = fields;
    this.features = features;
    this.thresholds = thresholds;
    this.lists = lists;
  }

  /** CEL's own tree of a rule, its types checked. */
  static CelAbstractSyntaxTree checked(String source) throws CelValidationException {
    return Compiler.CEL.compile(source).getAst();
  }

  /** Throws IllegalArgumentException for what the subset leaves out and for names that nobody declared. */
  Expression compile(String source) throws CelValidationException {
    Expression whole = compile(checked(source).getExpr());
    if (whole.kind() == Expression.Kind.NUMBER || whole.kind() == Expression.Kind.TEXT) {
      throw new IllegalArgumentException("a rule is true or false");
    }
    return whole;
  }

  private Expression compile(CelExpr node) {
    return switch (node.getKind()) {
      case CONSTANT -> constant(node.constant());
      case SELECT -> select(node.select());
      case CALL -> call(node.call().function(), node.call().args());
      case IDENT -> throw new IllegalArgumentException(node.ident().name() + " is read by name: " + node.ident().name() + ".<name>");
      default -> throw new IllegalArgumentException("a rule cannot have a " + node.getKind());
    };
  }

  private static Expression constant(CelConstant constant) {
    return switch (constant.getKind()) {
      case DOUBLE_VALUE -> new Named.Number(constant.doubleValue());
      case STRING_VALUE -> new Named.Text(constant.stringValue());
      case BOOLEAN_VALUE -> new Named.Constant(constant.booleanValue());
      case INT64_VALUE -> throw new IllegalArgumentException("numbers are doubles: write " + constant.int64Value() + ".0");
      default -> throw new IllegalArgumentException("a rule cannot have the constant " + constant);
    };
  }

  private Expression select(CelExpr.CelSelect select) {
    if (select.operand().getKind() != CelExpr.ExprKind.Kind.IDENT) {
      throw new IllegalArgumentException("there is nothing below tx, f and threshold: " + select.field());
    }
    Expression named = named(select.operand().ident().name(), select.field());
    return select.testOnly() ? new Named.Present(named) : named;
  }

  private Expression named(String root, String name) {
    return switch (root) {
      case "tx" -> new Named.Field(place(fields, root, name));
      case "threshold" -> new Named.Threshold(place(thresholds, root, name));
      case "f" -> {
        Expression feature = new Named.Feature(place(features, root, name));
        read.add(name);
        yield feature;
      }
      default -> throw new IllegalArgumentException(root + "." + name + " stands where a list cannot");
    };
  }

  private static int place(List<String> names, String root, String name) {
    int place = names.indexOf(name);
    if (place < 0) {
      throw new IllegalArgumentException("there is no " + root + "." + name);
    }
    return place;
  }

  private Expression call(String function, List<CelExpr> operands) {
    if (function.equals("@in")) {
      return in(compile(operands.get(0)), operands.get(1));
    }
    List<Expression> compiled = operands.stream().map(this::compile).toList();
    Expression left = compiled.get(0);
    Expression right = compiled.get(compiled.size() - 1);
    if (ARITHMETIC.containsKey(function)) {
      return new Numbers.Computed(ARITHMETIC.get(function), numeric(left, right, function), numeric(right, left, function));
    }
    if (ORDER.containsKey(function)) {
      return new Numbers.Compared(ORDER.get(function), numeric(left, right, function), numeric(right, left, function));
    }
    return switch (function) {
      case "_&&_" -> new Logic.Both(left, right, false);
      case "_||_" -> new Logic.Both(left, right, true);
      case "!_" -> new Logic.Not(left);
      case "-_" -> new Numbers.Negated(numeric(left, left, function));
      case "_?_:_" -> new Logic.Conditional(left, compiled.get(1), right);
      case "_==_" -> same(left, right);
      case "_!=_" -> new Logic.Not(same(left, right));
      default -> throw new IllegalArgumentException("a rule cannot call " + function);
    };
  }

  /** Text has an order and a sum in CEL as well: which one is meant must show before there are values. */
  private static Expression numeric(Expression operand, Expression other, String function) {
    boolean possible = operand.kind() == Expression.Kind.NUMBER
        || operand.kind() == Expression.Kind.ANY && (other.kind() == Expression.Kind.NUMBER || function.equals("-_"));
    if (!possible) {
      throw new IllegalArgumentException(function + " needs numbers, a feature, threshold or constant among them");
    }
    return operand;
  }

  private static Expression same(Expression left, Expression right) {
    boolean numbers = left.kind() == Expression.Kind.NUMBER && right.kind() == Expression.Kind.NUMBER;
    return numbers ? new Numbers.SameNumber(left, right) : new Numbers.Same(left, right);
  }

  private Expression in(Expression sought, CelExpr list) {
    if (list.getKind() == CelExpr.ExprKind.Kind.SELECT && list.select().operand().identOrDefault().name().equals("listed")) {
      return new Named.Listed(sought, place(lists, "listed", list.select().field()));
    }
    if (list.getKind() != CelExpr.ExprKind.Kind.LIST) {
      throw new IllegalArgumentException("'in' needs a list of constants or one that the pack declares");
    }
    Set<Object> constants = new HashSet<>();
    for (CelExpr element : list.list().elements()) {
      if (element.getKind() != CelExpr.ExprKind.Kind.CONSTANT || element.constant().getKind() != CelConstant.Kind.STRING_VALUE) {
        throw new IllegalArgumentException("'in' knows lists of text only");
      }
      constants.add(element.constant().stringValue());
    }
    return new Named.Among(sought, constants);
  }

  /** Made when a rule is first compiled: what only evaluates need not wait for it. */
  private static final class Compiler {
    static final CelCompiler CEL = CelCompilerFactory.standardCelCompilerBuilder()
        .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
        .addVar("tx", VALUES).addVar("f", VALUES).addVar("threshold", VALUES).addVar("listed", LISTS)
        .setResultType(SimpleType.BOOL)
        .build();
  }
}
