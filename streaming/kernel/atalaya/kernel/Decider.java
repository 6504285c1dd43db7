package atalaya.kernel;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonGenerator;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.SerializableString;

/** One decision for each movement, when all its features are there: score, rules, outcome. Not thread-safe: each task has its own. */
final class Decider implements AutoCloseable {
  private static final String NO_PACK = "none";
  private static final List<String> CONTEXT = List.of("app", "tenant_id", "jurisdiction", "kind", "account_id", "customer_id",
      "counterparty_id", "device_id", "terminal_id", "amount_usd_minor", "occurred_at");
  private static final List<String> KEY = List.of("transaction_id", "leg", "attempt");
  private static final SerializableString[] COPIED = Encoder.names(CONTEXT);
  private static final SerializableString[] IDENTITY = Encoder.names(KEY);

  private final List<String> fields;
  private final Views views;
  private final int featuresVersion;
  private final LongSupplier clock;
  private final Identity identity;
  private final int jurisdiction;
  private final int party;
  private final Watched<Rules> rules;
  private final Watched<Model> model;
  private final Replies replies;
  private final String scores;
  private final String alerts;
  private final int[] copied;
  private final int[] named;
  private final SerializableString[] featureNames;

  /** What was decided, before it is written down. */
  private record Verdict(int outcome, Double score, String modelVersion, String packVersion, String policyVersion, List<Rules.Rule> held) {}

  Decider(Config config, List<String> fields, Replies replies, LongSupplier clock) throws Exception {
    this.fields = fields;
    this.replies = replies;
    this.clock = clock;
    views = config.views(fields);
    identity = new Identity(fields);
    jurisdiction = fields.indexOf("jurisdiction");
    party = fields.indexOf("customer_id");
    featuresVersion = config.get("features_version").asInt();
    scores = config.get("scores").asText();
    alerts = config.get("alerts").asText();
    copied = CONTEXT.stream().mapToInt(fields::indexOf).toArray();
    named = KEY.stream().mapToInt(fields::indexOf).toArray();
    featureNames = Encoder.names(views.names);
    rules = config.rules(fields, views.names);
    model = config.model(views.names);
  }

  /** Decide a movement whose party is `entity`. */
  void decide(Passage passage, Entity entity, Consumer<Output> out) throws Exception {
    Verdict verdict = judge(passage);
    String now = Instants.text(clock.getAsLong());
    String transaction = identity.transaction(passage.values);
    Encoder.Body decision = json -> decision(json, passage, verdict, now);
    out.accept(new Output(scores, -1, Encoder.bytes(transaction),
        Encoder.event("transaction.scored.v1", identity.text(passage.values), transaction, now, decision)));
    if (passage.replyTo >= 0) {
      out.accept(replies.decided(passage, transaction, decision));
    }
    if (!passage.isHistory()) {
      raise(passage, entity, verdict, now, out);
    }
  }

  private Verdict judge(Passage passage) throws Exception {
    Rules active = rules.current();
    Model champion = model.current();
    int outcome = 0;
    Double score = null;
    if (champion != null) {
      double probability = champion.score(passage.features);
      score = Double.isNaN(probability) ? null : probability;
      outcome = probability >= champion.threshold(active.declineAt) ? 2 : probability >= champion.threshold(active.reviewAt) ? 1 : 0;
    }
    List<Rules.Rule> held = List.of();
    Rules.Pack pack = active.pack((String) passage.values[jurisdiction]);
    if (pack != null) {
      held = pack.held(passage.values, passage.features, passage.at);
      for (Rules.Rule rule : held) {
        outcome = Math.max(outcome, active.outcome(rule));
      }
    }
    return new Verdict(outcome, score, champion == null ? null : champion.version, pack == null ? NO_PACK : pack.version(),
        active.policyVersion, held);
  }

  private void decision(JsonGenerator json, Passage passage, Verdict verdict, String now) throws IOException {
    Encoder.values(json, IDENTITY, named, passage.values);
    json.writeStringField("origin", passage.origin);
    json.writeStringField("mode", "job");
    Encoder.values(json, COPIED, copied, passage.values);
    json.writeStringField("decided_at", now);
    json.writeNumberField("sequence", passage.sequence);
    json.writeStringField("outcome", Rules.outcomeName(verdict.outcome()));
    Encoder.value(json, "score", verdict.score());
    Encoder.value(json, "model_version", verdict.modelVersion());
    json.writeStringField("pack_version", verdict.packVersion());
    json.writeStringField("policy_version", verdict.policyVersion());
    json.writeNumberField("features_version", featuresVersion);
    json.writeArrayFieldStart("rules");
    for (Rules.Rule rule : verdict.held()) {
      json.writeString(rule.id());
    }
    json.writeEndArray();
    json.writeObjectFieldStart("features");
    Encoder.values(json, featureNames, passage.features);
    json.writeEndObject();
  }

  private void raise(Passage passage, Entity entity, Verdict verdict, String now, Consumer<Output> out) {
    String about = (String) passage.values[party];
    for (Rules.Rule rule : verdict.held()) {
      if (!rule.action().equals("alert")) {
        continue;
      }
      long start = Math.floorDiv(passage.at, rule.alertWindowMicros()) * rule.alertWindowMicros();
      String alertId = rule.id() + ":" + about + ":" + start / 1_000_000;
      if (entity.raise(alertId)) {
        byte[] event = Encoder.event("alert.raised.v1", alertId, about, now, json -> alert(json, passage, rule, alertId, start, verdict, now));
        out.accept(new Output(alerts, -1, Encoder.bytes(about), event));
      }
    }
  }

  private void alert(JsonGenerator json, Passage passage, Rules.Rule rule, String alertId, long start, Verdict verdict, String now)
      throws IOException {
    json.writeStringField("alert_id", alertId);
    json.writeStringField("rule_id", rule.id());
    json.writeStringField("typology", rule.typology());
    json.writeStringField("severity", rule.severity());
    copy(json, passage.values, "jurisdiction", "app");
    json.writeStringField("party_id", (String) passage.values[party]);
    copy(json, passage.values, "account_id");
    json.writeStringField("window_started_at", Instants.text(start));
    copy(json, passage.values, "transaction_id", "leg", "amount_usd_minor", "occurred_at");
    json.writeStringField("raised_at", now);
    json.writeStringField("pack_version", verdict.packVersion());
    members(json, passage, rule);
    json.writeObjectFieldStart("features");
    for (int index = 0; index < passage.features.length; index++) {
      if (rule.features().contains(views.names.get(index))) {
        Encoder.value(json, views.names.get(index), passage.features[index]);
      }
    }
    json.writeEndObject();
  }

  private static void members(JsonGenerator json, Passage passage, Rules.Rule rule) throws IOException {
    for (Passage.Members members : passage.members) {
      if (members.rule().equals(rule.id())) {
        json.writeArrayFieldStart("members");
        for (int index = 0; index < members.transactions().length; index++) {
          json.writeStartObject();
          json.writeStringField("transaction_id", members.transactions()[index]);
          json.writeStringField("leg", members.legs()[index]);
          json.writeEndObject();
        }
        json.writeEndArray();
        return;
      }
    }
  }

  private void copy(JsonGenerator json, Object[] values, String... names) throws IOException {
    for (String name : names) {
      Encoder.value(json, name, values[fields.indexOf(name)]);
    }
  }

  @Override
  public void close() {
    rules.close();
    model.close();
  }
}
