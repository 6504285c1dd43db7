package atalaya.kernel;

import java.io.IOException;
import java.util.Arrays;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The largest or the smallest value over buckets of event time. A value once seen is not taken back: others are not kept. */
final class Extreme extends Buckets {
  static final byte LARGEST_TAG = 5;
  static final byte SMALLEST_TAG = 6;

  private final boolean largest;
  private long[] extreme = new long[bucket.length];
  private long running;
  private boolean runningLeft;

  // The window asked for last; `windowValue` means nothing when it was empty.
  boolean windowEmpty;
  long windowValue;

  Extreme(boolean largest) {
    this.largest = largest;
  }

  void add(long at, long value) {
    int place = after(at) - 1;
    if (place < head || bucket[place] != at) {
      place = insert(place + 1, at);
      extreme[place] = value;
      filled(place);
      return;
    }
    extreme[place] = further(extreme[place], value);
    if (runs(place)) {
      running = further(running, value);
    }
  }

  /** Look at the buckets in (from, to]. */
  void look(long from, long to) {
    windowEmpty = true;
    if (!slide(from, to)) {
      for (int at = end - 1; at >= head && bucket[at] > from; at--) {
        if (bucket[at] <= to) {
          see(extreme[at]);
        }
      }
      return;
    }
    if (runningLeft) {
      for (int at = tail; at < top; at++) {
        see(extreme[at]);
      }
      running = windowValue;
      runningLeft = false;
    }
    windowEmpty = tail == top;
    windowValue = running;
  }

  private void see(long value) {
    windowValue = windowEmpty ? value : further(windowValue, value);
    windowEmpty = false;
  }

  private long further(long one, long other) {
    return largest ? Math.max(one, other) : Math.min(one, other);
  }

  @Override
  void enter(int place) {
    running = top - tail <= 1 && !runningLeft ? extreme[place] : further(running, extreme[place]);
  }

  @Override
  void leave(int place) {
    runningLeft |= extreme[place] == running;
  }

  @Override
  void shift(int place, int moved) {
    System.arraycopy(extreme, place, extreme, place + 1, moved);
  }

  @Override
  void resize(int from, int capacity) {
    extreme = Arrays.copyOfRange(extreme, from, from + capacity);
  }

  @Override
  public Store copy() {
    Extreme copy = copied(new Extreme(largest));
    copy.extreme = Arrays.copyOfRange(extreme, head, head + copy.bucket.length);
    return copy;
  }

  @Override
  public byte tag() {
    return largest ? LARGEST_TAG : SMALLEST_TAG;
  }

  @Override
  public void write(DataOutputView out) throws IOException {
    out.writeInt(end - head);
    for (int at = head; at < end; at++) {
      out.writeLong(bucket[at]);
      out.writeLong(extreme[at]);
    }
  }

  static Extreme read(boolean largest, DataInputView in) throws IOException {
    Extreme read = new Extreme(largest);
    for (int left = in.readInt(); left > 0; left--) {
      int place = read.insert(read.end, in.readLong());
      read.extreme[place] = in.readLong();
    }
    return read;
  }
}
