package atalaya.kernel;

import java.io.IOException;
import java.util.LinkedHashSet;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Everything the kernel keeps for one key that is not the account. */
final class Entity implements StateBytes.Saved<Entity> {
  static final byte FORMAT = 1;
  private static final int KEPT_ALERTS = 64;

  /** Business time of the latest movement or label in microseconds. */
  long latest = Long.MIN_VALUE;
  /** Business time of the latest movement that was told the key's features. */
  long readAt = Long.MIN_VALUE;
  /** When the key is looked at, to see whether it has anything left to say, by the clock of writing. */
  long expiresAt = Long.MIN_VALUE;
  Kept kept = new Kept();
  private final LinkedHashSet<String> alerts = new LinkedHashSet<>();

  /** Note an alert about this party; false when it was raised before. */
  boolean raise(String alertId) {
    if (!alerts.add(alertId)) {
      return false;
    }
    if (alerts.size() > KEPT_ALERTS) {
      alerts.remove(alerts.iterator().next());
    }
    return true;
  }

  @Override
  public Entity copy() {
    Entity copy = new Entity();
    copy.latest = latest;
    copy.readAt = readAt;
    copy.expiresAt = expiresAt;
    copy.kept = kept.copy();
    copy.alerts.addAll(alerts);
    return copy;
  }

  @Override
  public void write(DataOutputView out) throws IOException {
    out.writeByte(FORMAT);
    out.writeLong(latest);
    out.writeLong(readAt);
    out.writeLong(expiresAt);
    kept.write(out);
    out.writeInt(alerts.size());
    for (String alert : alerts) {
      out.writeUTF(alert);
    }
  }

  static Entity read(DataInputView in) throws IOException {
    Formats.check(in.readByte(), FORMAT);
    Entity entity = new Entity();
    entity.latest = in.readLong();
    entity.readAt = in.readLong();
    entity.expiresAt = in.readLong();
    entity.kept = Kept.read(in);
    for (int left = in.readInt(); left > 0; left--) {
      entity.alerts.add(in.readUTF());
    }
    return entity;
  }
}
