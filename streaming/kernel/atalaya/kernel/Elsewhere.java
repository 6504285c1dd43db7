package atalaya.kernel;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** When a value other than the present one was used last, in the order taken: two values are enough to know. */
final class Elsewhere implements Store {
  static final byte TAG = 8;
  static final long NEVER = Long.MIN_VALUE;

  private String last = "";
  private long lastAt = NEVER;
  private long otherAt = NEVER;

  /** Note a use; the instant of the latest earlier use of another value, or NEVER. */
  long use(String value, long at) {
    boolean same = value.equals(last);
    if (!same) {
      otherAt = lastAt;
      last = value;
    }
    lastAt = at;
    return otherAt;
  }

  @Override
  public Store copy() {
    Elsewhere copy = new Elsewhere();
    copy.last = last;
    copy.lastAt = lastAt;
    copy.otherAt = otherAt;
    return copy;
  }

  @Override
  public byte tag() {
    return TAG;
  }

  @Override
  public void write(DataOutputView out) throws IOException {
    out.writeUTF(last);
    out.writeLong(lastAt);
    out.writeLong(otherAt);
  }

  static Elsewhere read(DataInputView in) throws IOException {
    Elsewhere read = new Elsewhere();
    read.last = in.readUTF();
    read.lastAt = in.readLong();
    read.otherAt = in.readLong();
    return read;
  }
}
