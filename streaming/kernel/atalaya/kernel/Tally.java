package atalaya.kernel;

import java.io.IOException;
import java.util.Arrays;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Count and sum over buckets of event time. */
final class Tally extends Buckets {
  static final byte TAG = 4;

  private long[] count = new long[bucket.length];
  private long[] sum = new long[bucket.length];
  private long runningCount;
  private long runningSum;

  // The window asked for last.
  long windowCount;
  long windowSum;

  // The streak asked for last; the oldest bucket that holds a movement of it, where there is one.
  long streakCount;
  long streakBegan;

  // What was asked for last beside the running window.
  long sinceCount;
  long sinceSum;

  void add(long at, long amount) {
    change(at, 1, amount);
  }

  /** Take one movement back out of its bucket, if that is still remembered. */
  void takeBack(long at, long amount) {
    int place = after(at) - 1;
    if (place >= head && bucket[place] == at) {
      change(at, -1, -amount);
    }
  }

  private void change(long at, long times, long amount) {
    int place = after(at) - 1;
    if (place < head || bucket[place] != at) {
      place = insert(place + 1, at);
      count[place] = times;
      sum[place] = amount;
      filled(place);
      return;
    }
    count[place] += times;
    sum[place] += amount;
    if (runs(place)) {
      runningCount += times;
      runningSum += amount;
    }
  }

  /** Look at the buckets in (from, to]. */
  void look(long from, long to) {
    if (slide(from, to)) {
      windowCount = runningCount;
      windowSum = runningSum;
      return;
    }
    windowCount = 0;
    windowSum = 0;
    for (int at = end - 1; at >= head && bucket[at] > from; at--) {
      if (bucket[at] <= to) {
        windowCount += count[at];
        windowSum += sum[at];
      }
    }
  }

  /** Look at the movements of the newest buckets in (from, to] back to the first that held one which was not known as fraud in bucket `asOf`. */
  void lookForStreak(Frauds frauds, long from, long to, long asOf) {
    streakCount = 0;
    for (int at = after(to) - 1; at >= head && bucket[at] > from; at--) {
      if (frauds.count(bucket[at] - 1, bucket[at], asOf) < count[at]) {
        break;
      }
      if (count[at] > 0) {
        streakCount += count[at];
        streakBegan = bucket[at];
      }
    }
  }

  /** Look at the buckets in [began, to] and leave the running window where it is. */
  void lookSince(long began, long to) {
    sinceCount = 0;
    sinceSum = 0;
    for (int at = after(to) - 1; at >= head && bucket[at] >= began; at--) {
      sinceCount += count[at];
      sinceSum += sum[at];
    }
  }

  @Override
  void enter(int place) {
    runningCount += count[place];
    runningSum += sum[place];
  }

  @Override
  void leave(int place) {
    runningCount -= count[place];
    runningSum -= sum[place];
  }

  @Override
  void shift(int place, int moved) {
    System.arraycopy(count, place, count, place + 1, moved);
    System.arraycopy(sum, place, sum, place + 1, moved);
  }

  @Override
  void resize(int from, int capacity) {
    count = Arrays.copyOfRange(count, from, from + capacity);
    sum = Arrays.copyOfRange(sum, from, from + capacity);
  }

  @Override
  public Store copy() {
    Tally copy = copied(new Tally());
    copy.count = Arrays.copyOfRange(count, head, head + copy.bucket.length);
    copy.sum = Arrays.copyOfRange(sum, head, head + copy.bucket.length);
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
    }
  }

  static Tally read(DataInputView in) throws IOException {
    Tally tally = new Tally();
    for (int left = in.readInt(); left > 0; left--) {
      long at = in.readLong();
      int place = tally.insert(tally.end, at);
      tally.count[place] = in.readLong();
      tally.sum[place] = in.readLong();
    }
    return tally;
  }
}
