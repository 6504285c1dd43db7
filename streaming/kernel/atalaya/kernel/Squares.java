package atalaya.kernel;

import java.io.IOException;
import java.math.BigInteger;
import java.util.Arrays;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Count, sum and sum of squares over buckets of event time, for a standard deviation. Whole numbers throughout, squares in 128 bits:
 * amounts reach 10^14, and a sum that depends on the order of its parts could not be repeated.
 */
final class Squares extends Buckets {
  static final byte TAG = 7;

  private long[] count = new long[bucket.length];
  private long[] sum = new long[bucket.length];
  private long[] high = new long[bucket.length];
  private long[] low = new long[bucket.length];

  // The running window, and the one asked for last.
  private final long[] running = new long[4];
  private final long[] window = new long[4];

  void add(long at, long value) {
    change(at, 1, value, Math.multiplyHigh(value, value), value * value);
  }

  /** Take one movement back out of its bucket, if that is still remembered. */
  void takeBack(long at, long value) {
    int place = after(at) - 1;
    if (place >= head && bucket[place] == at) {
      long square = value * value;
      change(at, -1, -value, ~Math.multiplyHigh(value, value) + (square == 0 ? 1 : 0), -square);
    }
  }

  private void change(long at, long times, long amount, long squareHigh, long squareLow) {
    int place = after(at) - 1;
    boolean fresh = place < head || bucket[place] != at;
    if (fresh) {
      place = insert(place + 1, at);
      count[place] = sum[place] = high[place] = low[place] = 0;
    }
    count[place] += times;
    sum[place] += amount;
    long before = low[place];
    low[place] += squareLow;
    high[place] += squareHigh + (Long.compareUnsigned(low[place], before) < 0 ? 1 : 0);
    if (runs(place)) {
      put(running, times, amount, squareHigh, squareLow);
    }
  }

  private static void put(long[] total, long times, long amount, long squareHigh, long squareLow) {
    total[0] += times;
    total[1] += amount;
    long before = total[3];
    total[3] += squareLow;
    total[2] += squareHigh + (Long.compareUnsigned(total[3], before) < 0 ? 1 : 0);
  }

  /** Look at the buckets in (from, to]. */
  void look(long from, long to) {
    if (slide(from, to)) {
      System.arraycopy(running, 0, window, 0, window.length);
      return;
    }
    Arrays.fill(window, 0);
    for (int at = end - 1; at >= head && bucket[at] > from; at--) {
      if (bucket[at] <= to) {
        put(window, count[at], sum[at], high[at], low[at]);
      }
    }
  }

  /** The standard deviation of the population in the window asked for last; NaN when it was empty. */
  double deviation() {
    long times = window[0];
    if (times == 0) {
      return Double.NaN;
    }
    return Math.sqrt(spread(times)) / times;
  }

  /** count * sum of squares - square of sum, exact before it becomes a double. */
  private double spread(long times) {
    boolean small = window[2] == 0 && window[3] >= 0 && window[3] < Long.MAX_VALUE / times && Math.abs(window[1]) < 1L << 31;
    if (small) {
      return times * window[3] - window[1] * window[1];
    }
    BigInteger squares = BigInteger.valueOf(window[2]).shiftLeft(64).add(unsigned(window[3]));
    BigInteger sumOfAll = BigInteger.valueOf(window[1]);
    return BigInteger.valueOf(times).multiply(squares).subtract(sumOfAll.multiply(sumOfAll)).doubleValue();
  }

  private static BigInteger unsigned(long bits) {
    BigInteger value = BigInteger.valueOf(bits & Long.MAX_VALUE);
    return bits < 0 ? value.setBit(63) : value;
  }

  @Override
  void enter(int place) {
    put(running, count[place], sum[place], high[place], low[place]);
  }

  @Override
  void leave(int place) {
    put(running, -count[place], -sum[place], ~high[place] + (low[place] == 0 ? 1 : 0), -low[place]);
  }

  @Override
  void shift(int place, int moved) {
    for (long[] column : new long[][] {count, sum, high, low}) {
      System.arraycopy(column, place, column, place + 1, moved);
    }
  }

  @Override
  void resize(int from, int capacity) {
    count = Arrays.copyOfRange(count, from, from + capacity);
    sum = Arrays.copyOfRange(sum, from, from + capacity);
    high = Arrays.copyOfRange(high, from, from + capacity);
    low = Arrays.copyOfRange(low, from, from + capacity);
  }

  @Override
  public Store copy() {
    Squares copy = copied(new Squares());
    copy.count = Arrays.copyOfRange(count, head, head + copy.bucket.length);
    copy.sum = Arrays.copyOfRange(sum, head, head + copy.bucket.length);
    copy.high = Arrays.copyOfRange(high, head, head + copy.bucket.length);
    copy.low = Arrays.copyOfRange(low, head, head + copy.bucket.length);
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
      out.writeLong(count[at]);
      out.writeLong(sum[at]);
      out.writeLong(high[at]);
      out.writeLong(low[at]);
    }
  }

  static Squares read(DataInputView in) throws IOException {
    Squares squares = new Squares();
    for (int left = in.readInt(); left > 0; left--) {
      int place = squares.insert(squares.end, in.readLong());
      squares.count[place] = in.readLong();
      squares.sum[place] = in.readLong();
      squares.high[place] = in.readLong();
      squares.low[place] = in.readLong();
    }
    return squares;
  }
}
