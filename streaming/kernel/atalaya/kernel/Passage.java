package atalaya.kernel;

/** A movement on its way from key to key: what the account made of it, and the features so far. Or what was told of one: a label. */
public final class Passage {
  /** What was told of a movement, and when, in microseconds. */
  record Label(Digest movement, long toldAt, boolean fraud) {}

  /** The account's movements that belong to what a rule may find. */
  record Members(String rule, String[] transactions, String[] legs) {}

  private static final Members[] NOBODY = new Members[0];

  String origin;
  String eventId;
  int replyTo = -1;
  /** In the order of the contract's fields. */
  Object[] values;
  /** Business time in microseconds. */
  long at;
  /** When its event was written, in microseconds. */
  long writtenAt;
  long sequence;
  Object[] features;
  Members[] members = NOBODY;
  Label label;

  boolean isHistory() {
    return "history".equals(origin);
  }

  /** History and labels can wait until all that was written before has arrived; people cannot. */
  boolean canWait() {
    return label != null || isHistory();
  }
}
