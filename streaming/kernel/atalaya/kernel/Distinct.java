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
final class Distinct extends Buckets {
  static final byte TAG = 2;

  private String[] value = new String[bucket.length];
  private final Map<String, Integer> running = new HashMap<>(4);

  void add(long at, String text, int cap) {
    int place = after(at);
    int inBucket = 0;
    for (int other = place - 1; other >= head && bucket[other] == at; other--, inBucket++) {
      if (value[other].equals(text)) {
        return;
      }
    }
    if (inBucket < cap) {
      place = insert(place, at);
      value[place] = text;
      filled(place);
    }
  }

  /** Different values in the buckets of (from, to], at most `cap`. */
  int look(long from, long to, int cap) {
    return slide(from, to) ? Math.min(cap, running.size()) : scan(from, to, cap);
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

  @Override
  void enter(int place) {
    running.merge(value[place], 1, Integer::sum);
  }

  @Override
  void leave(int place) {
    running.computeIfPresent(value[place], (text, times) -> times == 1 ? null : times - 1);
  }

  @Override
  void drop(int place) {
    value[place] = null;
  }

  @Override
  void shift(int place, int moved) {
    System.arraycopy(value, place, value, place + 1, moved);
  }

  @Override
  void resize(int from, int capacity) {
    value = Arrays.copyOfRange(value, from, from + capacity);
  }

  @Override
  public Store copy() {
    Distinct copy = copied(new Distinct());
    copy.value = Arrays.copyOfRange(value, head, head + copy.bucket.length);
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
    for (int left = in.readInt(); left > 0; left--) {
      int place = distinct.insert(distinct.end, in.readLong());
      distinct.value[place] = in.readUTF();
    }
    return distinct;
  }
}
