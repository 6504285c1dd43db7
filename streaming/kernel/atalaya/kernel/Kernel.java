package atalaya.kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonGenerator;

/**
 * One decision for each movement, made at its first sighting: features, score, rules, outcome. It knows declarations and the
 * identity of a movement, and nothing of fraud. Not thread-safe: each task has its own.
 */
final class Kernel implements AutoCloseable {
  private static final int LONGEST_QUARANTINED = 100_000;
  private static final String NO_PACK = "none";
  // As contracts/events/transaction.schema.json bounds it.
  private static final long LAST_ATTEMPT = 99;

  private final List<String> fields;
  private final Plan plan;
  private final int featuresVersion;
  private final LongSupplier clock;
  private final Watched<Rules> rules;
  private final Watched<Model> model;
  private final NamedValues movementView;
  private final NamedValues featureView;
  private final Topics topics;

  private record Topics(String scores, String alerts, String replies, String quarantine) {}

  /** What was decided, before it is written down. */
  private record Verdict(int outcome, Double score, String modelVersion, String packVersion, String policyVersion, List<Rules.Rule> held) {}

  /** `clock` gives the microseconds since the epoch that decisions are stamped with. Throws when the configuration is broken. */
  Kernel(Config config, List<String> fields, LongSupplier clock) throws Exception {
    this.fields = fields;
    this.clock = clock;
    plan = config.plan(fields);
    featuresVersion = config.get("features_version").asInt();
    topics = new Topics(config.get("scores").asText(), config.get("alerts").asText(), config.get("replies").asText(),
        config.get("quarantine").asText());
    movementView = new NamedValues(fields);
    featureView = new NamedValues(plan.names);
    byte[] submitted = Encoder.bytes(config.get("rules").asText());
    rules = new Watched<>(Path.of(config.get("rules_file").asText()), () -> Rules.of(submitted), Rules::of);
    model = new Watched<>(Path.of(config.get("model_file").asText()), () -> null, content -> new Model(content, plan.names));
  }

  void take(Message message, Account account, Consumer<Output> out) throws Exception {
    Movement movement = message.movement;
    Taken.Content content = content(movement);
    Digest identity = identity(movement);
    Taken.Sighting sighting = account.taken.sighting(identity, content);
    // Approval of one amount to one party is none for another: what differs is a new attempt, and is decided (DESIGN).
    while (sighting == Taken.Sighting.OTHER_CONTENT) {
      movement = nextAttempt(movement);
      identity = identity(movement);
      sighting = account.taken.sighting(identity, content);
    }
    if (sighting == Taken.Sighting.AGAIN) {
      if (movement.replyTo() >= 0) {
        byte[] told = account.answer(identity);
        out.accept(reply(movement, told == null ? onlyDuplicate(movement) : new String(told, StandardCharsets.UTF_8)));
      }
      return;
    }
    long at = Instants.micros(text(movement, "occurred_at"));
    Object[] features = plan.take(account, movement.values(), at);
    account.taken.add(identity, content, at, account.latest);
    Verdict verdict = judge(movement, features, at);
    String now = Instants.text(clock.getAsLong());
    String decision = decision(movement, account.sequence, features, verdict, now);
    String id = text(movement, "transaction_id") + ":" + text(movement, "leg") + ":" + value(movement, "attempt");
    out.accept(new Output(topics.scores(), -1, Encoder.bytes(text(movement, "transaction_id")),
        Encoder.event("transaction.scored.v1", id, text(movement, "transaction_id"), now, decision)));
    if (movement.replyTo() >= 0) {
      account.keepAnswer(identity, Encoder.bytes(decision));
      out.accept(reply(movement, decision));
    }
    if (!movement.origin().equals("history")) {
      alerts(movement, account, features, verdict, at, now, out);
    }
  }

  /** Send a message that broke its contract where it can be looked at and replayed. */
  void quarantine(Message message, Consumer<Output> out) {
    String now = Instants.text(clock.getAsLong());
    String payload = message.payload;
    String kept = payload.length() > LONGEST_QUARANTINED ? payload.substring(0, LONGEST_QUARANTINED) : payload;
    String data = Encoder.object(json -> {
      json.writeStringField("topic", message.topic);
      json.writeNumberField("partition", message.partition);
      json.writeNumberField("offset", message.offset);
      Encoder.value(json, "key", message.key);
      json.writeStringField("field", message.field);
      json.writeStringField("error", message.error + (kept.length() < payload.length() ? " (payload cut)" : ""));
      json.writeStringField("payload", kept);
      json.writeStringField("quarantined_at", now);
    });
    String id = message.topic + ":" + message.partition + ":" + message.offset;
    out.accept(new Output(topics.quarantine(), -1, Encoder.bytes(message.topic),
        Encoder.event("event.quarantined.v1", id, message.topic, now, data)));
  }

  private Digest identity(Movement movement) {
    return Digest.of(text(movement, "transaction_id") + "|" + text(movement, "leg") + "|" + value(movement, "attempt"));
  }

  private Taken.Content content(Movement movement) {
    String counterparty = text(movement, "counterparty_id");
    return new Taken.Content(Digest.of(value(movement, "amount_minor") + text(movement, "currency")).high(),
        counterparty == null ? 0 : Digest.of(counterparty).high());
  }

  private Movement nextAttempt(Movement movement) {
    Object[] values = movement.values().clone();
    long next = (Long) value(movement, "attempt") + 1;
    if (next > LAST_ATTEMPT) {
      throw new IllegalStateException("there is no attempt after " + LAST_ATTEMPT);
    }
    values[fields.indexOf("attempt")] = next;
    return new Movement(movement.origin(), movement.eventId(), movement.replyTo(), values);
  }

  private Verdict judge(Movement movement, Object[] features, long at) throws Exception {
    Rules active = rules.current();
    Model champion = model.current();
    int outcome = 0;
    Double score = null;
    if (champion != null) {
      double probability = champion.score(features);
      score = Double.isNaN(probability) ? null : probability;
      outcome = probability >= champion.threshold(active.declineAt) ? 2 : probability >= champion.threshold(active.reviewAt) ? 1 : 0;
    }
    List<Rules.Rule> held = new ArrayList<>();
    Rules.Pack pack = active.pack(text(movement, "jurisdiction"));
    if (pack != null) {
      Map<String, ?> variables = Map.of("tx", movementView.filledWith(movement.values()), "f", featureView.filledWith(features),
          "threshold", Rules.thresholdsAt(pack, at));
      for (Rules.Rule rule : pack.rules()) {
        if (Rules.holds(rule, variables)) {
          held.add(rule);
          outcome = Math.max(outcome, active.outcome(rule));
        }
      }
    }
    return new Verdict(outcome, score, champion == null ? null : champion.version, pack == null ? NO_PACK : pack.version(),
        active.policyVersion, held);
  }

  private String decision(Movement movement, long sequence, Object[] features, Verdict verdict, String now) {
    return Encoder.object(json -> {
      copy(json, movement, "transaction_id", "leg", "attempt");
      json.writeStringField("origin", movement.origin());
      json.writeStringField("mode", "job");
      copy(json, movement, "app", "tenant_id", "jurisdiction", "kind", "account_id", "customer_id", "amount_usd_minor", "occurred_at");
      json.writeStringField("decided_at", now);
      json.writeNumberField("sequence", sequence);
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
      features(json, features);
    });
  }

  private void alerts(Movement movement, Account account, Object[] features, Verdict verdict, long at, String now, Consumer<Output> out) {
    String party = text(movement, "customer_id");
    for (Rules.Rule rule : verdict.held()) {
      if (!rule.action().equals("alert")) {
        continue;
      }
      long start = Math.floorDiv(at, rule.alertWindowMicros()) * rule.alertWindowMicros();
      String alertId = rule.id() + ":" + party + ":" + start / 1_000_000;
      if (account.raise(alertId)) {
        String data = alert(movement, rule, alertId, start, features, verdict.packVersion(), now);
        out.accept(new Output(topics.alerts(), -1, Encoder.bytes(party), Encoder.event("alert.raised.v1", alertId, party, now, data)));
      }
    }
  }

  private String alert(Movement movement, Rules.Rule rule, String alertId, long start, Object[] features, String packVersion, String now) {
    return Encoder.object(json -> {
      json.writeStringField("alert_id", alertId);
      json.writeStringField("rule_id", rule.id());
      json.writeStringField("typology", rule.typology());
      json.writeStringField("severity", rule.severity());
      copy(json, movement, "jurisdiction", "app");
      json.writeStringField("party_id", text(movement, "customer_id"));
      copy(json, movement, "account_id");
      json.writeStringField("window_started_at", Instants.text(start));
      copy(json, movement, "transaction_id", "leg", "amount_usd_minor", "occurred_at");
      json.writeStringField("raised_at", now);
      json.writeStringField("pack_version", packVersion);
      features(json, features);
    });
  }

  /** A reply has the id of its request, so that whoever waits knows it. */
  private Output reply(Movement movement, String data) {
    byte[] event = Encoder.event("transaction.scored.v1", movement.eventId(), text(movement, "transaction_id"),
        Instants.text(clock.getAsLong()), data);
    return new Output(topics.replies(), movement.replyTo(), Encoder.bytes(movement.eventId()), event);
  }

  private String onlyDuplicate(Movement movement) {
    return Encoder.object(json -> {
      copy(json, movement, "transaction_id", "leg", "attempt");
      json.writeBooleanField("duplicate", true);
    });
  }

  private void features(JsonGenerator json, Object[] features) throws IOException {
    json.writeObjectFieldStart("features");
    for (int index = 0; index < features.length; index++) {
      Encoder.value(json, plan.names.get(index), features[index]);
    }
    json.writeEndObject();
  }

  private void copy(JsonGenerator json, Movement movement, String... names) throws IOException {
    for (String name : names) {
      Encoder.value(json, name, value(movement, name));
    }
  }

  private Object value(Movement movement, String name) {
    return movement.values()[fields.indexOf(name)];
  }

  private String text(Movement movement, String name) {
    return (String) value(movement, name);
  }

  @Override
  public void close() {
    rules.close();
    model.close();
  }
}
