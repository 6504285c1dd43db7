package atalaya.kernel;

import java.util.Arrays;

/** What a stage does to the entity that a passage meets there. */
final class Entities {
  private final View view;
  private final long[] unread;

  Entities(View view) {
    this.view = view;
    unread = new long[view.storeIds.length];
  }

  /** Count a movement, or note a label; whether it comes to a bucket that somebody has read as closed. */
  boolean take(Passage passage, Entity entity) {
    entity.latest = Math.max(entity.latest, passage.at);
    if (passage.label != null) {
      Passage.Label label = passage.label;
      view.tell(entity.kept, label.movement(), passage.values, passage.at, label.toldAt(), label.fraud());
      return entity.readAt != Long.MIN_VALUE && view.isLate(label.toldAt(), entity.readAt);
    }
    view.take(entity.kept, readable(passage), passage.at, unread);
    return entity.readAt != Long.MIN_VALUE && view.isLate(passage.at, entity.readAt);
  }

  /** The movement's values, and behind them what its account's view, which is the first, said of it: where a store sums one of these. */
  private Object[] readable(Passage passage) {
    int own = passage.values.length;
    if (view.reads <= own) {
      return passage.values;
    }
    Object[] values = Arrays.copyOf(passage.values, view.reads);
    System.arraycopy(passage.features, 0, values, own, view.reads - own);
    return values;
  }

  /** Write the features that the entity has for a movement. */
  void tell(Passage passage, Entity entity) {
    view.fill(entity.kept, passage.values, passage.at, null, -1, passage.features);
    entity.readAt = Math.max(entity.readAt, passage.at);
  }

  /** Forget what no movement asks for any more. */
  void forget(Entity entity) {
    view.forget(entity.kept, entity.latest);
  }
}
