package atalaya.kernel;

import java.util.List;

/** What makes a movement that movement, and what it moves: where those values stand among the contract's fields. */
final class Identity {
  // As contracts/events/transaction.schema.json bounds it.
  private static final long LAST_ATTEMPT = 99;

  private final int transaction;
  private final int leg;
  private final int attempt;
  private final int amount;
  private final int currency;
  private final int counterparty;
  private final int status;
  private final int occurredAt;

  Identity(List<String> fields) {
    transaction = fields.indexOf("transaction_id");
    leg = fields.indexOf("leg");
    attempt = fields.indexOf("attempt");
    amount = fields.indexOf("amount_minor");
    currency = fields.indexOf("currency");
    counterparty = fields.indexOf("counterparty_id");
    status = fields.indexOf("status");
    occurredAt = fields.indexOf("occurred_at");
  }

  /** Transaction, leg and attempt as one text: the id that outputs about the movement are known by. */
  String text(Object[] values) {
    return values[transaction] + ":" + values[leg] + ":" + values[attempt];
  }

  String transaction(Object[] values) {
    return (String) values[transaction];
  }

  Digest digest(Object[] values) {
    return Digest.of(values[transaction] + "|" + values[leg] + "|" + values[attempt]);
  }

  Taken.Content content(Object[] values) {
    Object other = values[counterparty];
    return new Taken.Content(Digest.of(values[amount].toString() + values[currency]).high(), other == null ? 0 : Digest.of((String) other).high());
  }

  /** The status as it is counted: FAILED, REVERSED, or 0 for any other. */
  byte status(Object[] values) {
    return switch ((String) values[status]) {
      case "failed" -> Taken.FAILED;
      case "reversed" -> Taken.REVERSED;
      default -> 0;
    };
  }

  /** Business time in microseconds. */
  long at(Object[] values) {
    return Instants.micros((String) values[occurredAt]);
  }

  Object[] nextAttempt(Object[] values) {
    long next = (Long) values[attempt] + 1;
    if (next > LAST_ATTEMPT) {
      throw new IllegalStateException("there is no attempt after " + LAST_ATTEMPT);
    }
    Object[] changed = values.clone();
    changed[attempt] = next;
    return changed;
  }
}
