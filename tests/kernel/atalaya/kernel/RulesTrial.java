package atalaya.kernel;

import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;

/**
 * Rules compiled, and interpreted by CEL's own runtime, over the same rows. Reads one JSON command a line and answers with one line:
 * {"fields": […], "features": […], "thresholds": {…}, "lists": {…}, "rules": [CEL, …], "rows": [[movement, features], …], "rounds": N}. The answer
 * has for each rule a text of one letter a row (T, F, or E where it fails), `compiled` and `interpreted`, or `refused`, the reason why it is
 * outside the subset; and nanoseconds of the processor a row over all rules that are not refused, for each round in turn.
 */
public final class RulesTrial {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final CelRuntime RUNTIME = CelRuntimeFactory.standardCelRuntimeBuilder().build();

  /** CEL's own, by source: the same rules are tried again and again. */
  private static final Map<String, CelRuntime.Program> PROGRAMS = new HashMap<>();

  private record Both(Expression compiled, CelRuntime.Program interpreted) {}

  private record Row(Object[] movement, Object[] features) {}

  private final NamedValues tx;
  private final NamedValues f;
  private final Seasons.Season season;
  private final Map<String, Object> constants = new HashMap<>();
  private final Expressions expressions;

  private RulesTrial(JsonNode command) {
    List<String> fields = texts(command.get("fields"));
    List<String> features = texts(command.get("features"));
    Seasons seasons = new Seasons(command.get("thresholds"), command.get("lists"));
    season = seasons.at(Long.MAX_VALUE);
    tx = new NamedValues(fields);
    f = new NamedValues(features);
    expressions = new Expressions(fields, features, seasons.thresholds, seasons.lists);
    Map<String, Object> thresholds = new HashMap<>();
    seasons.thresholds.forEach(name -> thresholds.put(name, season.thresholds()[thresholds.size()]));
    Map<String, Object> lists = new HashMap<>();
    seasons.lists.forEach(name -> lists.put(name, List.copyOf(season.lists().get(lists.size()))));
    constants.putAll(Map.of("tx", tx, "f", f, "threshold", thresholds, "listed", lists));
  }

  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    System.setOut(System.err); // for logs
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      JsonNode command = Contract.JSON.readTree(line);
      out.println(new RulesTrial(command).answer(command));
      out.flush();
    }
  }

  private String answer(JsonNode command) throws Exception {
    List<Row> rows = new ArrayList<>();
    command.get("rows").forEach(row -> rows.add(new Row(values(row.get(0)), values(row.get(1)))));
    List<Both> kept = new ArrayList<>();
    return Encoder.object(json -> {
      json.writeArrayFieldStart("rules");
      for (JsonNode source : command.get("rules")) {
        json.writeStartObject();
        try {
          Both both = new Both(expressions.compile(source.asText()), program(source.asText()));
          json.writeStringField("compiled", letters(rows, row -> compiled(both.compiled(), row)));
          json.writeStringField("interpreted", letters(rows, row -> interpreted(both.interpreted(), row)));
          kept.add(both);
        } catch (Exception refused) {
          json.writeStringField("refused", refused.getMessage());
        }
        json.writeEndObject();
      }
      json.writeEndArray();
      int rounds = command.get("rounds").asInt();
      long[][] took = new long[2][rounds];
      for (int round = 0; round < rounds; round++) {
        took[0][round] = nanoseconds(rows, row -> kept.forEach(both -> compiled(both.compiled(), row)));
        took[1][round] = nanoseconds(rows, row -> kept.forEach(both -> interpreted(both.interpreted(), row)));
      }
      json.writeFieldName("compiled_ns");
      json.writeArray(took[0], 0, rounds);
      json.writeFieldName("interpreted_ns");
      json.writeArray(took[1], 0, rounds);
    });
  }

  private static CelRuntime.Program program(String source) throws Exception {
    CelRuntime.Program known = PROGRAMS.get(source);
    if (known == null) {
      known = RUNTIME.createProgram(Expressions.checked(source));
      PROGRAMS.put(source, known);
    }
    return known;
  }

  private byte compiled(Expression rule, Row row) {
    return rule.truth(new Expression.Frame(row.movement(), row.features(), season.thresholds(), season.lists()));
  }

  private byte interpreted(CelRuntime.Program rule, Row row) {
    tx.filledWith(row.movement());
    f.filledWith(row.features());
    try {
      return Expression.of((Boolean) rule.eval(constants));
    } catch (CelEvaluationException | ClassCastException failed) {
      return Expression.FAILED;
    }
  }

  private interface Judge {
    byte judge(Row row);
  }

  private static String letters(List<Row> rows, Judge judge) {
    StringBuilder letters = new StringBuilder();
    rows.forEach(row -> letters.append("FTE".charAt(judge.judge(row))));
    return letters.toString();
  }

  private static long nanoseconds(List<Row> rows, Consumer<Row> work) {
    long began = THREADS.getCurrentThreadCpuTime();
    rows.forEach(work);
    return (THREADS.getCurrentThreadCpuTime() - began) / Math.max(1, rows.size());
  }

  private static Object[] values(JsonNode row) {
    Object[] values = new Object[row.size()];
    for (int index = 0; index < values.length; index++) {
      JsonNode value = row.get(index);
      values[index] = switch (value.getNodeType()) {
        case NULL -> null;
        case STRING -> value.textValue();
        case BOOLEAN -> value.booleanValue();
        default -> value.isIntegralNumber() ? (Object) value.longValue() : (Object) value.doubleValue();
      };
    }
    return values;
  }

  private static List<String> texts(JsonNode names) {
    List<String> texts = new ArrayList<>();
    names.forEach(name -> texts.add(name.asText()));
    return texts;
  }
}
