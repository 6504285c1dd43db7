package atalaya.kernel;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * The different values of a window, exact up to a cap. A bucket keeps each value once and no more than `cap` of them,
 * which is all that an answer up to the cap can need.
 */
final class Distinct implements Store {
  static final byte TAG = 2;

  private long[] bucket = new long[4];
  private String[] value = new String[4];
  private int head;
  private int end;

  // The running window, built when first needed: buckets above `low`, which start at `tail`.
  private long low = Long.MIN_VALUE;
  private int tail;
  private Map<String, Integer> running;

  void add(long at, String text, int cap) {
    int place = end;
    while (place > head && bucket[place - 1] > at) {
      place--;
    }
    int inBucket = 0;
    for (int other = place - 1; other >= head && bucket[other] == at; other--, inBucket++) {
      if (value[other].equals(text)) {
        return;
      }
    }
    if (inBucket < cap) {
      insert(place, at, text);
    }
  }

  /** Different values in the buckets of (from, to], at most `cap`; `inOrder` as for a tally. */
  int look(long from, long to, int cap, boolean inOrder) {
    if (!inOrder) {
      return scan(from, to, cap);
    }
    if (from > low) {
      low = from;
      while (tail < end && bucket[tail] <= from) {
        leave(tail++);
      }
    }
    if (running == null) {
      running = new HashMap<>();
      for (int at = tail; at < end; at++) {
        running.merge(value[at], 1, Integer::sum);
      }
    }
    return Math.min(cap, running.size());
  }

  /** Forget buckets up to and including `last`. */
  void forget(long last) {
    while (head < end && bucket[head] <= last) {
      if (head >= tail) {
        leave(head);
        tail = head + 1;
      }
      value[head++] = null;
    }
    if (head == end) {
      head = end = tail = 0;
    }
  }

  private void leave(int place) {
    if (running != null) {
      running.computeIfPresent(value[place], (text, times) -> times == 1 ? null : times - 1);
    }
  }

  private int scan(long from, long to, int cap) {
    Set<String> seen = new HashSet<>();
    for (int at = end - 1; at >= head && bucket[at] > from && seen.size() < cap; at--) {
      if (bucket[at] <= to) {
        seen.add(value[at]);
      }
    }
    return seen.size();
  }

  private void insert(int place, long at, String text) {
    if (end == bucket.length) {
      place -= head;
      tail -= head;
      int size = end - head;
      bucket = Arrays.copyOfRange(bucket, head, head + Math.max(4, size * 2));
      value = Arrays.copyOfRange(value, head, head + bucket.length);
      head = 0;
      end = size;
    }
    System.arraycopy(bucket, place, bucket, place + 1, end - place);
    System.arraycopy(value, place, value, place + 1, end - place);
    bucket[place] = at;
    value[place] = text;
    end++;
    if (at <= low) {
      tail++;
    } else if (running != null) {
      running.merge(text, 1, Integer::sum);
    }
  }

  @Override
  public Store copy() {
    Distinct copy = new Distinct();
    int size = end - head;
    copy.bucket = Arrays.copyOfRange(bucket, head, head + Math.max(4, size + size / 2));
    copy.value = Arrays.copyOfRange(value, head, head + copy.bucket.length);
    copy.end = size;
    copy.tail = tail - head;
    copy.low = low;
    copy.running = running == null ? null : new HashMap<>(running);
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
      out.writeUTF(value[at]);
    }
  }

  static Distinct read(DataInputView in) throws IOException {
    Distinct distinct = new Distinct();
    int size = in.readInt();
    distinct.bucket = new long[Math.max(4, size)];
    distinct.value = new String[distinct.bucket.length];
    for (int at = 0; at < size; at++) {
      distinct.bucket[at] = in.readLong();
      distinct.value[at] = in.readUTF();
    }
    distinct.end = size;
    return distinct;
  }
}
