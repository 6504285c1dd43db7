package atalaya.kernel;

import java.io.IOException;
import java.util.Arrays;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Count, sum and largest of a window over buckets of event time, sorted by bucket. Events in order cost amortised
 * constant time: totals run along. A late event reads the buckets of its own window instead.
 */
final class Tally implements Store {
  static final byte TAG = 1;

  private long[] bucket;
  private long[] count;
  private long[] sum;
  private long[] largest;
  private int head;
  private int end;

  // The running window: buckets above `low`, which start at `tail`.
  private long low = Long.MIN_VALUE;
  private int tail;
  private long runningCount;
  private long runningSum;
  private long runningLargest = Long.MIN_VALUE;
  private boolean largestLeft;

  // The window asked for last.
  long windowCount;
  long windowSum;
  long windowLargest;

  Tally() {
    this(4);
  }

  private Tally(int capacity) {
    bucket = new long[capacity];
    count = new long[capacity];
    sum = new long[capacity];
    largest = new long[capacity];
  }

  void add(long at, long amount) {
    int place = end;
    while (place > head && bucket[place - 1] > at) {
      place--;
    }
    if (place > head && bucket[place - 1] == at) {
      place--;
      count[place]++;
      sum[place] += amount;
      largest[place] = Math.max(largest[place], amount);
    } else {
      insert(place, at, amount);
    }
    if (at > low) {
      runningCount++;
      runningSum += amount;
      runningLargest = Math.max(runningLargest, amount);
    }
  }

  /** Look at the buckets in (from, to]; `inOrder` promises that no bucket lies above `to` and `from` never went back. */
  void look(long from, long to, boolean inOrder) {
    if (inOrder) {
      advance(from);
      windowCount = runningCount;
      windowSum = runningSum;
      windowLargest = runningLargest;
    } else {
      scan(from, to);
    }
  }

  /** Forget buckets up to and including `last`. */
  void forget(long last) {
    while (head < end && bucket[head] <= last) {
      if (head >= tail) {
        leave(head);
        tail = head + 1;
      }
      head++;
    }
    if (head == end) {
      head = end = tail = 0;
    }
  }

  private void advance(long from) {
    if (from > low) {
      low = from;
      while (tail < end && bucket[tail] <= from) {
        leave(tail++);
      }
    }
    if (largestLeft) {
      runningLargest = Long.MIN_VALUE;
      for (int at = tail; at < end; at++) {
        runningLargest = Math.max(runningLargest, largest[at]);
      }
      largestLeft = false;
    }
  }

  private void leave(int place) {
    runningCount -= count[place];
    runningSum -= sum[place];
    largestLeft |= largest[place] == runningLargest;
  }

  private void scan(long from, long to) {
    windowCount = 0;
    windowSum = 0;
    windowLargest = Long.MIN_VALUE;
    for (int at = end - 1; at >= head && bucket[at] > from; at--) {
      if (bucket[at] <= to) {
        windowCount += count[at];
        windowSum += sum[at];
        windowLargest = Math.max(windowLargest, largest[at]);
      }
    }
  }

  private void insert(int place, long at, long amount) {
    if (end == bucket.length) {
      place -= head;
      tail -= head;
      resize(Math.max(4, (end - head) * 2));
    }
    int moved = end - place;
    for (long[] array : new long[][] {bucket, count, sum, largest}) {
      System.arraycopy(array, place, array, place + 1, moved);
    }
    bucket[place] = at;
    count[place] = 1;
    sum[place] = amount;
    largest[place] = amount;
    end++;
    if (at <= low) {
      tail++;
    }
  }

  private void resize(int capacity) {
    int size = end - head;
    bucket = shifted(bucket, capacity);
    count = shifted(count, capacity);
    sum = shifted(sum, capacity);
    largest = shifted(largest, capacity);
    head = 0;
    end = size;
  }

  private long[] shifted(long[] array, int capacity) {
    long[] fresh = new long[capacity];
    System.arraycopy(array, head, fresh, 0, end - head);
    return fresh;
  }

  @Override
  public Store copy() {
    Tally copy = new Tally(0);
    int size = end - head;
    copy.bucket = Arrays.copyOfRange(bucket, head, head + Math.max(4, size + size / 2));
    copy.count = Arrays.copyOfRange(count, head, head + copy.bucket.length);
    copy.sum = Arrays.copyOfRange(sum, head, head + copy.bucket.length);
    copy.largest = Arrays.copyOfRange(largest, head, head + copy.bucket.length);
    copy.end = size;
    copy.tail = tail - head;
    copy.low = low;
    copy.runningCount = runningCount;
    copy.runningSum = runningSum;
    copy.runningLargest = runningLargest;
    copy.largestLeft = largestLeft;
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
      out.writeLong(largest[at]);
    }
  }

  static Tally read(DataInputView in) throws IOException {
    int size = in.readInt();
    Tally tally = new Tally(Math.max(4, size));
    for (int at = 0; at < size; at++) {
      tally.bucket[at] = in.readLong();
      tally.runningCount += tally.count[at] = in.readLong();
      tally.runningSum += tally.sum[at] = in.readLong();
      tally.largest[at] = in.readLong();
      tally.runningLargest = Math.max(tally.runningLargest, tally.largest[at]);
    }
    tally.end = size;
    return tally;
  }
}
