package atalaya.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What happens where a movement meets its account: one that is new is numbered, counted and sent on to be decided; one that is known changes
 * at most its status. It knows declarations and the identity of a movement, and nothing of fraud. Not thread-safe: each task has its own.
 */
final class Admission implements AutoCloseable {
  private final List<String> fields;
  private final Views views;
  private final Identity identity;
  private final int jurisdiction;
  private final int[] fewPlaces;
  private final long[] answers;
  private final Kept nothing = new Kept();
  private final Watched<Rules> rules;
  private final Replies replies;

  Admission(Config config, List<String> fields, Replies replies) throws Exception {
    this.fields = fields;
    this.replies = replies;
    views = config.views(fields);
    identity = new Identity(fields);
    jurisdiction = fields.indexOf("jurisdiction");
    fewPlaces = Lately.places(fields);
    answers = new long[views.account.storeIds.length];
    rules = config.rules(fields, views.names);
  }

  void take(Message message, Account account, Consumer<Passage> on, Consumer<Output> out) {
    Movement movement = message.movement;
    Object[] values = movement.values();
    Taken.Content content = identity.content(values);
    Digest digest = identity.digest(values);
    int known = account.taken.find(digest);
    // Approval of one amount to one party is none for another: what differs is a new attempt, and is decided (DESIGN).
    while (known >= 0 && account.taken.differs(known, content)) {
      values = identity.nextAttempt(values);
      digest = identity.digest(values);
      known = account.taken.find(digest);
    }
    if (known >= 0) {
      byte status = identity.status(values);
      if (status != 0 && account.taken.reach(known, status)) {
        views.account.transit(account.kept, values, identity.at(values));
      }
      if (movement.replyTo() >= 0) {
        out.accept(replies.duplicate(movement, values));
      }
      return;
    }
    on.accept(admit(movement, values, digest, content, account));
  }

  private Passage admit(Movement movement, Object[] values, Digest digest, Taken.Content content, Account account) {
    long at = identity.at(values);
    boolean first = account.sequence == 0;
    Passage passage = new Passage();
    passage.origin = movement.origin();
    passage.eventId = movement.eventId();
    passage.replyTo = movement.replyTo();
    passage.values = values;
    passage.writtenAt = movement.writtenAt();
    passage.at = at;
    passage.features = new Object[views.names.size()];
    views.account.take(account.kept, values, at, answers);
    views.account.fill(account.kept, values, at, answers, first ? -1 : Math.max(0, at - account.latest), passage.features);
    for (View own : views.own) {
      own.fill(nothing, values, at, null, -1, passage.features);
    }
    passage.sequence = ++account.sequence;
    account.latest = first ? at : Math.max(account.latest, at);
    views.account.forget(account.kept, account.latest);
    account.taken.add(digest, content, identity.status(values), at, account.latest);
    account.lately.add(values, fewPlaces, at, account.latest);
    if (!passage.isHistory()) {
      passage.members = members(passage, account);
    }
    return passage;
  }

  /** Evidence for what a rule finds in the account's own features; the decision asks the rules again when all features are there. */
  private Passage.Members[] members(Passage passage, Account account) {
    Rules.Pack pack = rules.current().pack((String) passage.values[jurisdiction]);
    List<Passage.Members> found = new ArrayList<>(0);
    if (pack != null) {
      for (Rules.Rule rule : pack.heldWithMembers(passage.values, passage.features, passage.at)) {
        long after = passage.at - rule.members().windowMicros();
        found.add(account.lately.members(rule.id(), rule.members().filter(), fewPlaces, fields.size(), after, passage.at));
      }
    }
    return found.isEmpty() ? passage.members : found.toArray(Passage.Members[]::new);
  }

  @Override
  public void close() {
    rules.close();
  }
}
