package atalaya.kernel;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.LinkedHashSet;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Everything the kernel keeps for one account. */
final class Account {
  private static final byte FORMAT = 2;
  private static final byte WITHOUT_CONTENT = 1;
  private static final int KEPT_ANSWERS = 4;
  private static final int KEPT_ALERTS = 64;

  private record Answer(Digest movement, byte[] decision) {}

  /** Movements taken so far; the number of the last one. */
  long sequence;
  /** Business time of the latest movement in microseconds, meaningful once `sequence` is above 0. */
  long latest = Long.MIN_VALUE;
  Taken taken = new Taken();
  long[] storeIds = new long[0];
  Store[] stores = new Store[0];
  private final ArrayDeque<Answer> answers = new ArrayDeque<>();
  private final LinkedHashSet<String> alerts = new LinkedHashSet<>();

  /** Bring the stores into the plan's order: what it still declares is carried over, what is new starts empty. */
  void align(Plan plan) {
    if (storeIds == plan.storeIds) {
      return;
    }
    Store[] aligned = new Store[plan.storeIds.length];
    for (int index = 0; index < aligned.length; index++) {
      for (int old = 0; old < stores.length && aligned[index] == null; old++) {
        aligned[index] = storeIds[old] == plan.storeIds[index] ? stores[old] : null;
      }
      if (aligned[index] == null) {
        aligned[index] = plan.newStore(index);
      }
    }
    storeIds = plan.storeIds;
    stores = aligned;
  }

  /** Keep what a caller was told, so that the same question soon after gets the same answer. */
  void keepAnswer(Digest movement, byte[] decision) {
    answers.addLast(new Answer(movement, decision));
    if (answers.size() > KEPT_ANSWERS) {
      answers.removeFirst();
    }
  }

  /** What was told for a movement; null when it was long ago or told on another way. */
  byte[] answer(Digest movement) {
    for (Answer answer : answers) {
      if (answer.movement().equals(movement)) {
        return answer.decision();
      }
    }
    return null;
  }

  /** Note an alert; false when it was raised before. */
  boolean raise(String alertId) {
    if (!alerts.add(alertId)) {
      return false;
    }
    if (alerts.size() > KEPT_ALERTS) {
      alerts.remove(alerts.iterator().next());
    }
    return true;
  }

  Account copy() {
    Account copy = new Account();
    copy.sequence = sequence;
    copy.latest = latest;
    copy.taken = taken.copy();
    copy.storeIds = storeIds;
    copy.stores = Arrays.stream(stores).map(Store::copy).toArray(Store[]::new);
    copy.answers.addAll(answers);
    copy.alerts.addAll(alerts);
    return copy;
  }

  void write(DataOutputView out) throws IOException {
    out.writeByte(FORMAT);
    out.writeLong(sequence);
    out.writeLong(latest);
    taken.write(out);
    out.writeInt(stores.length);
    for (int index = 0; index < stores.length; index++) {
      out.writeLong(storeIds[index]);
      out.writeByte(stores[index].tag());
      stores[index].write(out);
    }
    out.writeInt(answers.size());
    for (Answer answer : answers) {
      out.writeLong(answer.movement().high());
      out.writeLong(answer.movement().low());
      out.writeInt(answer.decision().length);
      out.write(answer.decision());
    }
    out.writeInt(alerts.size());
    for (String alert : alerts) {
      out.writeUTF(alert);
    }
  }

  static Account read(DataInputView in) throws IOException {
    byte format = in.readByte();
    if (format != FORMAT && format != WITHOUT_CONTENT) {
      throw new IOException("Saved state has the unknown format " + format);
    }
    Account account = new Account();
    account.sequence = in.readLong();
    account.latest = in.readLong();
    account.taken = Taken.read(in, format != WITHOUT_CONTENT);
    int stores = in.readInt();
    account.storeIds = new long[stores];
    account.stores = new Store[stores];
    for (int index = 0; index < stores; index++) {
      account.storeIds[index] = in.readLong();
      account.stores[index] = Store.read(in);
    }
    for (int left = in.readInt(); left > 0; left--) {
      Digest movement = new Digest(in.readLong(), in.readLong());
      byte[] decision = new byte[in.readInt()];
      in.readFully(decision);
      account.answers.addLast(new Answer(movement, decision));
    }
    for (int left = in.readInt(); left > 0; left--) {
      account.alerts.add(in.readUTF());
    }
    return account;
  }
}
