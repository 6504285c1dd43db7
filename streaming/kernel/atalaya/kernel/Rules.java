package atalaya.kernel;

import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The active rules file: packs by jurisdiction with dated thresholds, and the decision policy. */
final class Rules implements AutoCloseable {
  record Members(Filter filter, long windowMicros) {}

  record Rule(String id, String action, String severity, String typology, long alertWindowMicros, Members members,
      java.util.Set<String> features, CelRuntime.Program program) {}

  /** The rules of one jurisdiction. A threshold's values are sorted by the first moment they hold. */
  record Pack(String version, List<Rule> rules, Map<String, TreeMap<Long, Double>> thresholds, NamedValues tx, NamedValues f) {
    List<Rule> heldWithMembers(Object[] movement, Object[] features, long at) {
      return List.of();
    }

    List<Rule> held(Object[] movement, Object[] features, long at) {
      List<Rule> held = new ArrayList<>();
      Map<String, ?> variables = Map.of("tx", tx.filledWith(movement), "f", f.filledWith(features), "threshold", thresholdsAt(this, at));
      for (Rule rule : rules) {
        if (holds(rule, variables)) {
          held.add(rule);
        }
      }
      return held;
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(Rules.class);
  private static final MapType VALUES = MapType.create(SimpleType.STRING, SimpleType.DYN);
  private static final CelCompiler COMPILER = CelCompilerFactory.standardCelCompilerBuilder()
      .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
      .addVar("tx", VALUES).addVar("f", VALUES).addVar("threshold", VALUES)
      .setResultType(SimpleType.BOOL)
      .build();
  private static final CelRuntime RUNTIME = CelRuntimeFactory.standardCelRuntimeBuilder().build();
  private static final List<String> OUTCOMES = List.of("allow", "review", "decline");

  final String digest;
  final String policyVersion;
  final String reviewAt;
  final String declineAt;
  private final Map<String, Integer> outcomeOfAction = new HashMap<>();
  private final Map<String, Pack> packs = new HashMap<>();

  /** The rules of a file; tasks of one process share them, since compiling costs a second and programs are immutable. */
  static synchronized Rules of(byte[] file, List<String> fields, List<String> features) throws Exception {
    return new Rules(file, fields, features);
  }

  private final List<String> fields;
  private final List<String> features;

  /** Throws for a file that is no JSON, lacks a part, or has an expression that does not compile: nothing of it counts. */
  private Rules(byte[] file, List<String> fields, List<String> features) throws Exception {
    this.fields = fields;
    this.features = features;
    JsonNode document = Contract.JSON.readTree(new String(file, StandardCharsets.UTF_8));
    digest = text(document, "digest");
    JsonNode policy = part(document, "policy");
    policyVersion = text(policy, "version");
    reviewAt = text(part(policy, "score"), "review_at");
    declineAt = text(part(policy, "score"), "decline_at");
    for (Map.Entry<String, JsonNode> action : part(policy, "rules").properties()) {
      outcomeOfAction.put(action.getKey(), severity(action.getValue().asText()));
    }
    for (Map.Entry<String, JsonNode> pack : part(document, "packs").properties()) {
      packs.put(pack.getKey(), pack(pack.getValue()));
    }
  }

  /** The pack of a jurisdiction; null where none is declared. */
  Pack pack(String jurisdiction) {
    return packs.get(jurisdiction);
  }

  /** How strong the outcome is that a rule's action leads to. */
  int outcome(Rule rule) {
    return outcomeOfAction.get(rule.action());
  }

  static String outcomeName(int severity) {
    return OUTCOMES.get(severity);
  }

  /** Whether a rule holds; one that asks for a value that is absent does not. */
  static boolean holds(Rule rule, Map<String, ?> variables) {
    try {
      return Boolean.TRUE.equals(rule.program().eval(variables));
    } catch (CelEvaluationException absent) {
      LOG.debug("{} could not be evaluated", rule.id(), absent);
      return false;
    }
  }

  /** The thresholds that are valid at an instant. */
  static Map<String, Object> thresholdsAt(Pack pack, long micros) {
    Map<String, Object> valid = new HashMap<>();
    pack.thresholds().forEach((name, dated) -> {
      Map.Entry<Long, Double> entry = dated.floorEntry(micros);
      if (entry != null) {
        valid.put(name, entry.getValue());
      }
    });
    return valid;
  }

  private Pack pack(JsonNode declared) throws Exception {
    List<Rule> rules = new ArrayList<>();
    for (JsonNode rule : part(declared, "rules")) {
      String action = text(rule, "action");
      if (!outcomeOfAction.containsKey(action)) {
        throw new IllegalArgumentException("The policy says nothing of the action " + action);
      }
      rules.add(new Rule(text(rule, "id"), action, text(rule, "severity"), text(rule, "typology"),
          part(rule, "alert_window_ms").asLong() * 1000, null, java.util.Set.of(), RUNTIME.createProgram(COMPILER.compile(text(rule, "when")).getAst())));
    }
    Map<String, TreeMap<Long, Double>> thresholds = new HashMap<>();
    for (Map.Entry<String, JsonNode> threshold : part(declared, "thresholds").properties()) {
      TreeMap<Long, Double> dated = thresholds.computeIfAbsent(threshold.getKey(), name -> new TreeMap<>());
      for (JsonNode value : threshold.getValue()) {
        LocalDate from = LocalDate.parse(text(value, "valid_from"));
        dated.put(from.atStartOfDay().toEpochSecond(ZoneOffset.UTC) * 1_000_000, part(value, "value").asDouble());
      }
    }
    return new Pack(text(declared, "version"), rules, thresholds, new NamedValues(fields), new NamedValues(features));
  }

  private static int severity(String outcome) {
    int severity = OUTCOMES.indexOf(outcome);
    if (severity < 0) {
      throw new IllegalArgumentException("There is no outcome " + outcome);
    }
    return severity;
  }

  private static JsonNode part(JsonNode node, String name) {
    JsonNode found = node.get(name);
    if (found == null) {
      throw new IllegalArgumentException("The rules file lacks " + name);
    }
    return found;
  }

  private static String text(JsonNode node, String name) {
    return part(node, name).asText();
  }

  /** Nothing to release: a model, which is watched the same way, has native memory. */
  @Override
  public void close() {}
}
