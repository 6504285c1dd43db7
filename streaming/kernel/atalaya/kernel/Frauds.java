package atalaya.kernel;

import java.io.IOException;
import java.util.Arrays;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Movements of a key that were told to be fraud: the bucket they happened in, and from which bucket to which one they were known as such.
 * One entry for each movement, however often its label comes; at most AT_MOST, the oldest give way.
 */
final class Frauds extends Buckets {
  static final byte TAG = 9;
  static final int AT_MOST = 1024;
  private static final long STILL = Long.MAX_VALUE;

  private long[] high = new long[bucket.length];
  private long[] low = new long[bucket.length];
  private long[] known = new long[bucket.length];
  private long[] withdrawn = new long[bucket.length];

  /** Note what was told of a movement of bucket `at`, in bucket `told`: a fraud, or that it is none after all. */
  void tell(Digest movement, long at, long told, boolean fraud) {
    int place = find(movement);
    if (place < 0 && fraud) {
      place = insert(after(at), at);
      high[place] = movement.high();
      low[place] = movement.low();
      known[place] = told;
      withdrawn[place] = STILL;
      if (end - head > AT_MOST) {
        forget(bucket[head]);
      }
    } else if (place >= 0 && fraud) {
      known[place] = Math.min(known[place], told);
    } else if (place >= 0) {
      withdrawn[place] = Math.min(withdrawn[place], told);
    }
  }

  /** Frauds in the buckets of (from, to] that were known as such in bucket `asOf`. */
  long count(long from, long to, long asOf) {
    long frauds = 0;
    for (int at = after(to) - 1; at >= head && bucket[at] > from; at--) {
      if (known[at] <= asOf && withdrawn[at] > asOf) {
        frauds++;
      }
    }
    return frauds;
  }

  private int find(Digest movement) {
    for (int at = head; at < end; at++) {
      if (high[at] == movement.high() && low[at] == movement.low()) {
        return at;
      }
    }
    return -1;
  }

  @Override
  void enter(int place) {}

  @Override
  void leave(int place) {}

  @Override
  void shift(int place, int moved) {
    for (long[] column : new long[][] {high, low, known, withdrawn}) {
      System.arraycopy(column, place, column, place + 1, moved);
    }
  }

  @Override
  void resize(int from, int capacity) {
    high = Arrays.copyOfRange(high, from, from + capacity);
    low = Arrays.copyOfRange(low, from, from + capacity);
    known = Arrays.copyOfRange(known, from, from + capacity);
    withdrawn = Arrays.copyOfRange(withdrawn, from, from + capacity);
  }

  @Override
  public Store copy() {
    Frauds copy = copied(new Frauds());
    copy.high = Arrays.copyOfRange(high, head, head + copy.bucket.length);
    copy.low = Arrays.copyOfRange(low, head, head + copy.bucket.length);
    copy.known = Arrays.copyOfRange(known, head, head + copy.bucket.length);
    copy.withdrawn = Arrays.copyOfRange(withdrawn, head, head + copy.bucket.length);
    return copy;
  }

  @Override
  public byte tag() {
    return TAG;
  }

  @Override
  public void write(DataOutputView out) throws IOException {
    out.writeInt(end - head);
    for (int at = head; at < end; at++) {
      out.writeLong(bucket[at]);
      out.writeLong(high[at]);
      out.writeLong(low[at]);
      out.writeLong(known[at]);
      out.writeLong(withdrawn[at]);
    }
  }

  static Frauds read(DataInputView in) throws IOException {
    Frauds frauds = new Frauds();
    for (int left = in.readInt(); left > 0; left--) {
      int place = frauds.insert(frauds.end, in.readLong());
      frauds.high[place] = in.readLong();
      frauds.low[place] = in.readLong();
      frauds.known[place] = in.readLong();
      frauds.withdrawn[place] = in.readLong();
    }
    return frauds;
  }
}
