package atalaya.kernel;

import java.io.IOException;
import java.util.Arrays;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * The movements that an account has taken, in the order taken, as 128-bit digests with what they moved: what makes a second
 * sighting known, and one that moves something else, and the statuses it reached. Always the last AT_LEAST, up to AT_MOST while they lie within SPAN of
 * the account's latest movement.
 */
final class Taken {
  static final int AT_LEAST = 256;
  static final int AT_MOST = 4096;
  static final long SPAN_MICROS = 48L * 3600 * 1_000_000;

  private long[] high = new long[4];
  private long[] low = new long[4];
  private long[] occurred = new long[4];
  private long[] amount = new long[4];
  private long[] counterparty = new long[4];
  private byte[] reached = new byte[4];
  private int head;
  private int end;

  /** Statuses that a movement reached, as far as they are counted. */
  static final byte FAILED = 1;
  static final byte REVERSED = 2;

  /** What a movement moves, and to whom: digests, of which 0 stands for what is not known and differs from nothing. */
  record Content(long amount, long counterparty) {
    private boolean differs(long otherAmount, long otherCounterparty) {
      return differ(amount, otherAmount) || differ(counterparty, otherCounterparty);
    }

    private static boolean differ(long one, long other) {
      return one != 0 && other != 0 && one != other;
    }
  }

  /** Where a movement stands among the taken; negative for one that is not known. */
  int find(Digest movement) {
    for (int at = end - 1; at >= head; at--) {
      if (high[at] == movement.high() && low[at] == movement.low()) {
        return at;
      }
    }
    return -1;
  }

  boolean differs(int place, Content content) {
    return content.differs(amount[place], counterparty[place]);
  }

  /** Note that a movement reached a status; false when it had before. */
  boolean reach(int place, byte status) {
    boolean fresh = (reached[place] & status) == 0;
    reached[place] |= status;
    return fresh;
  }

  void add(Digest movement, Content content, byte status, long at, long latest) {
    if (end == high.length) {
      int size = end - head;
      int capacity = Math.max(4, size + size / 2);
      high = Arrays.copyOfRange(high, head, head + capacity);
      low = Arrays.copyOfRange(low, head, head + capacity);
      occurred = Arrays.copyOfRange(occurred, head, head + capacity);
      amount = Arrays.copyOfRange(amount, head, head + capacity);
      counterparty = Arrays.copyOfRange(counterparty, head, head + capacity);
      reached = Arrays.copyOfRange(reached, head, head + capacity);
      head = 0;
      end = size;
    }
    high[end] = movement.high();
    low[end] = movement.low();
    amount[end] = content.amount();
    counterparty[end] = content.counterparty();
    reached[end] = status;
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
    copy.amount = Arrays.copyOfRange(amount, head, head + copy.high.length);
    copy.counterparty = Arrays.copyOfRange(counterparty, head, head + copy.high.length);
    copy.reached = Arrays.copyOfRange(reached, head, head + copy.high.length);
    copy.end = size;
    return copy;
  }

  void write(DataOutputView out) throws IOException {
    out.writeInt(end - head);
    for (int at = head; at < end; at++) {
      out.writeLong(high[at]);
      out.writeLong(low[at]);
      out.writeLong(occurred[at]);
      out.writeLong(amount[at]);
      out.writeLong(counterparty[at]);
      out.writeByte(reached[at]);
    }
  }

  static Taken read(DataInputView in) throws IOException {
    Taken taken = new Taken();
    int size = in.readInt();
    taken.high = new long[Math.max(4, size)];
    taken.low = new long[taken.high.length];
    taken.occurred = new long[taken.high.length];
    taken.amount = new long[taken.high.length];
    taken.counterparty = new long[taken.high.length];
    taken.reached = new byte[taken.high.length];
    for (int at = 0; at < size; at++) {
      taken.high[at] = in.readLong();
      taken.low[at] = in.readLong();
      taken.occurred[at] = in.readLong();
      taken.amount[at] = in.readLong();
      taken.counterparty[at] = in.readLong();
      taken.reached[at] = in.readByte();
    }
    taken.end = size;
    return taken;
  }
}
