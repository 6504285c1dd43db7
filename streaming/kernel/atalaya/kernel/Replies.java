package atalaya.kernel;

import java.util.List;
import java.util.function.LongSupplier;

/** Answers to those who asked before they committed, and what is kept of messages that broke their contract. */
final class Replies {
  private static final int LONGEST_QUARANTINED = 100_000;

  private final String replies;
  private final String quarantine;
  private final LongSupplier clock;
  private final List<String> fields;

  /** `clock` gives the microseconds since the epoch that outputs are stamped with. */
  Replies(Config config, List<String> fields, LongSupplier clock) {
    this.fields = fields;
    this.clock = clock;
    replies = config.get("replies").asText();
    quarantine = config.get("quarantine").asText();
  }

  /** A reply has the id of its request, so that whoever waits knows it. */
  Output decided(Passage passage, String transaction, Encoder.Body decision) {
    return reply(passage.eventId, passage.replyTo, transaction, decision);
  }

  /** The movement was decided before: whoever asks finds what was told in the table of decisions. */
  Output duplicate(Movement movement, Object[] values) {
    String transaction = (String) values[fields.indexOf("transaction_id")];
    return reply(movement.eventId(), movement.replyTo(), transaction, json -> {
      for (String name : List.of("transaction_id", "leg", "attempt")) {
        Encoder.value(json, name, values[fields.indexOf(name)]);
      }
      json.writeBooleanField("duplicate", true);
    });
  }

  private Output reply(String eventId, int partition, String transaction, Encoder.Body data) {
    byte[] event = Encoder.event("transaction.scored.v1", eventId, transaction, Instants.text(clock.getAsLong()), data);
    return new Output(replies, partition, Encoder.bytes(eventId), event);
  }

  /** A message that broke its contract, sent where it can be looked at and replayed. */
  Output quarantined(Message message) {
    String now = Instants.text(clock.getAsLong());
    String payload = message.payload;
    String kept = payload.length() > LONGEST_QUARANTINED ? payload.substring(0, LONGEST_QUARANTINED) : payload;
    String id = message.topic + ":" + message.partition + ":" + message.offset;
    byte[] event = Encoder.event("event.quarantined.v1", id, message.topic, now, json -> {
      json.writeStringField("topic", message.topic);
      json.writeNumberField("partition", message.partition);
      json.writeNumberField("offset", message.offset);
      Encoder.value(json, "key", message.key);
      json.writeStringField("field", message.field);
      json.writeStringField("error", message.error + (kept.length() < payload.length() ? " (payload cut)" : ""));
      json.writeStringField("payload", kept);
      json.writeStringField("quarantined_at", now);
    });
    return new Output(quarantine, -1, Encoder.bytes(message.topic), event);
  }
}
