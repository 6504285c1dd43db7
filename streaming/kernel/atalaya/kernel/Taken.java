package atalaya.kernel;

import java.io.IOException;
import java.util.Arrays;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * The movements that an account has taken, in the order taken, as 128-bit digests: what makes a second sighting known.
 * Always the last AT_LEAST, up to AT_MOST while they lie within SPAN of the account's latest movement.
 */
final class Taken {
  static final int AT_LEAST = 256;
  static final int AT_MOST = 4096;
  static final long SPAN_MICROS = 48L * 3600 * 1_000_000;

  private long[] high = new long[4];
  private long[] low = new long[4];
  private long[] occurred = new long[4];
  private int head;
  private int end;

  boolean has(Digest movement) {
    for (int at = end - 1; at >= head; at--) {
      if (high[at] == movement.high() && low[at] == movement.low()) {
        return true;
      }
    }
    return false;
  }

  void add(Digest movement, long at, long latest) {
    if (end == high.length) {
      int size = end - head;
      int capacity = Math.max(4, size + size / 2);
      high = Arrays.copyOfRange(high, head, head + capacity);
      low = Arrays.copyOfRange(low, head, head + capacity);
      occurred = Arrays.copyOfRange(occurred, head, head + capacity);
      head = 0;
      end = size;
    }
    high[end] = movement.high();
    low[end] = movement.low();
    occurred[end++] = at;
    while (end - head > AT_LEAST && (end - head > AT_MOST || occurred[head] <= latest - SPAN_MICROS)) {
      head++;
    }
  }

  Taken copy() {
    Taken copy = new Taken();
    int size = end - head;
    copy.high = Arrays.copyOfRange(high, head, head + Math.max(4, size + size / 4));
    copy.low = Arrays.copyOfRange(low, head, head + copy.high.length);
    copy.occurred = Arrays.copyOfRange(occurred, head, head + copy.high.length);
    copy.end = size;
    return copy;
  }

  void write(DataOutputView out) throws IOException {
    out.writeInt(end - head);
    for (int at = head; at < end; at++) {
      out.writeLong(high[at]);
      out.writeLong(low[at]);
      out.writeLong(occurred[at]);
    }
  }

  static Taken read(DataInputView in) throws IOException {
    Taken taken = new Taken();
    int size = in.readInt();
    taken.high = new long[Math.max(4, size)];
    taken.low = new long[taken.high.length];
    taken.occurred = new long[taken.high.length];
    for (int at = 0; at < size; at++) {
      taken.high[at] = in.readLong();
      taken.low[at] = in.readLong();
      taken.occurred[at] = in.readLong();
    }
    taken.end = size;
    return taken;
  }
}
