package atalaya.kernel;

import java.util.List;

/** Makes of a label what goes down the stages: the movement that it is about, as far as the label names it, and what was told. */
final class Labels {
  static final String ORIGIN = "label";
  private static final String FRAUD = "fraud";
  private static final String LEGITIMATE = "legitimate";

  private final int[] places;
  private final int fields;
  private final int label;
  private final int toldAt;
  private final int occurredAt;
  private final int transaction;
  private final int leg;

  Labels(List<String> labelFields, List<String> fields) {
    places = labelFields.stream().mapToInt(fields::indexOf).toArray();
    this.fields = fields.size();
    label = labelFields.indexOf("label");
    toldAt = labelFields.indexOf("known_at");
    occurredAt = labelFields.indexOf("occurred_at");
    transaction = labelFields.indexOf("transaction_id");
    leg = labelFields.indexOf("leg");
  }

  /** Null for a label that tells nothing of fraud, or not when its movement happened. */
  Passage passage(Movement told) {
    Object[] values = told.values();
    boolean fraud = FRAUD.equals(values[label]);
    if (!fraud && !LEGITIMATE.equals(values[label]) || values[occurredAt] == null) {
      return null;
    }
    Passage passage = new Passage();
    passage.values = new Object[fields];
    for (int index = 0; index < places.length; index++) {
      if (places[index] >= 0) {
        passage.values[places[index]] = values[index];
      }
    }
    passage.writtenAt = told.writtenAt();
    passage.at = Instants.micros((String) values[occurredAt]);
    passage.label = new Passage.Label(Digest.of(values[transaction] + "|" + values[leg]), Instants.micros((String) values[toldAt]), fraud);
    return passage;
  }
}
