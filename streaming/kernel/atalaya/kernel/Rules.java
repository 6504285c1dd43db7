package atalaya.kernel;

import dev.cel.common.CelValidationException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;

/** The active rules file: packs by jurisdiction with dated thresholds, and the decision policy. Immutable once it is read. */
final class Rules implements AutoCloseable {
  /** Which of the account's recent movements an alert is about. */
  record Members(Filter filter, long windowMicros) {}

  /** `members` is null for a rule about the movement alone; `features` are the names of those that the rule reads. */
  record Rule(String id, String action, String severity, String typology, long alertWindowMicros, Members members, Set<String> features,
      Expression when) {}

  /** The rules of one jurisdiction. */
  record Pack(String version, List<Rule> rules, List<Rule> withMembers, Seasons seasons) {
    /** The rules that hold at an instant, in the order of the pack. One that asks for a value that is absent does not. */
    List<Rule> held(Object[] movement, Object[] features, long atMicros) {
      return held(rules, movement, features, atMicros);
    }

    /** Those of them that name their members. */
    List<Rule> heldWithMembers(Object[] movement, Object[] features, long atMicros) {
      return withMembers.isEmpty() ? withMembers : held(withMembers, movement, features, atMicros);
    }

    private List<Rule> held(List<Rule> asked, Object[] movement, Object[] features, long atMicros) {
      Seasons.Season season = seasons.at(atMicros);
      Expression.Frame frame = new Expression.Frame(movement, features, season.thresholds(), season.lists());
      List<Rule> held = List.of();
      for (Rule rule : asked) {
        if (rule.when().truth(frame) == Expression.TRUE) {
          held = held.isEmpty() ? new ArrayList<>(2) : held;
          held.add(rule);
        }
      }
      return held;
    }
  }

  private static final List<String> OUTCOMES = List.of("allow", "review", "decline");

  final String digest;
  final String policyVersion;
  final String reviewAt;
  final String declineAt;
  private final List<String> fields;
  private final List<String> features;
  private final Map<String, Integer> outcomeOfAction = new HashMap<>();
  private final Map<String, Pack> packs = new HashMap<>();

  private static byte[] lastFile = new byte[0];
  private static Rules last;

  /** The rules of a file; tasks of one process share them, since CEL takes a second to read them. */
  static synchronized Rules of(byte[] file, List<String> fields, List<String> features) throws Exception {
    if (last == null || !Arrays.equals(file, lastFile) || !fields.equals(last.fields) || !features.equals(last.features)) {
      last = new Rules(file, fields, features);
      lastFile = file;
    }
    return last;
  }

  /** Throws for a file that is no JSON, lacks a part, or has an expression that does not compile: nothing of it counts. */
  private Rules(byte[] file, List<String> fields, List<String> features) throws Exception {
    this.fields = List.copyOf(fields);
    this.features = List.copyOf(features);
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

  private Pack pack(JsonNode declared) {
    Seasons seasons = new Seasons(part(declared, "thresholds"), declared.path("lists"));
    List<Rule> rules = new ArrayList<>();
    for (JsonNode rule : part(declared, "rules")) {
      rules.add(rule(rule, seasons));
    }
    return new Pack(text(declared, "version"), List.copyOf(rules), rules.stream().filter(rule -> rule.members() != null).toList(), seasons);
  }

  private Rule rule(JsonNode declared, Seasons seasons) {
    String id = text(declared, "id");
    String action = text(declared, "action");
    if (!outcomeOfAction.containsKey(action)) {
      throw new IllegalArgumentException(id + ": the policy says nothing of the action " + action);
    }
    Expressions expressions = new Expressions(fields, features, seasons.thresholds, seasons.lists);
    try {
      Expression when = expressions.compile(text(declared, "when"));
      return new Rule(id, action, text(declared, "severity"), text(declared, "typology"), part(declared, "alert_window_ms").asLong() * 1000,
          members(declared.path("members")), Set.copyOf(expressions.read), when);
    } catch (CelValidationException | IllegalArgumentException refused) {
      throw new IllegalArgumentException(id + ": " + refused.getMessage(), refused);
    }
  }

  private Members members(JsonNode declared) {
    if (!declared.isObject()) {
      return null;
    }
    part(declared, "filter").fieldNames().forEachRemaining(name -> {
      if (!Lately.FIELDS.contains(name)) {
        throw new IllegalArgumentException("members cannot be told by " + name);
      }
    });
    return new Members(new Filter(part(declared, "filter"), fields), part(declared, "window_ms").asLong() * 1000);
  }

  private static int severity(String outcome) {
    int severity = OUTCOMES.indexOf(outcome);
    if (severity < 0) {
      throw new IllegalArgumentException("There is no outcome " + outcome);
    }
    return severity;
  }

  static JsonNode part(JsonNode node, String name) {
    JsonNode found = node.get(name);
    if (found == null) {
      throw new IllegalArgumentException("The rules file lacks " + name);
    }
    return found;
  }

  static String text(JsonNode node, String name) {
    return part(node, name).asText();
  }

  /** Nothing to release: a model, which is watched the same way, has native memory. */
  @Override
  public void close() {}
}
