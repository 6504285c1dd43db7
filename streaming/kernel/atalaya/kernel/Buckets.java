package atalaya.kernel;

import java.util.Arrays;

/**
 * Entries sorted by the bucket of event time that they fall into, and a window that slides over them. As long as windows are asked for
 * in order, each entry enters and leaves the running window once, so that an event costs the same however long the history is. A
 * window asked for out of order is read over its own entries instead.
 */
abstract class Buckets implements Store {
  private static final int SMALLEST = 4;

  long[] bucket = new long[SMALLEST];
  int head;
  int end;

  // The running window is (low, high]; its entries stand in [tail, top).
  private long low = Long.MIN_VALUE;
  private long high = Long.MIN_VALUE;
  int tail;
  int top;

  /** An entry comes into the running window. */
  abstract void enter(int place);

  /** An entry leaves the running window. */
  abstract void leave(int place);

  /** Move what stands in [place, place + count) one place up. */
  abstract void shift(int place, int count);

  /** Give the columns room for `capacity` entries; what stands at `from` and after comes first. */
  abstract void resize(int from, int capacity);

  /** Make (from, to] the running window; false where it lies before the running one, and its entries have to be read. */
  final boolean slide(long from, long to) {
    if (from < low || to < high) {
      return false;
    }
    low = from;
    high = to;
    while (top < end && bucket[top] <= to) {
      enter(top++);
    }
    while (tail < top && bucket[tail] <= from) {
      leave(tail++);
    }
    return true;
  }

  final boolean runs(int place) {
    return place >= tail && place < top;
  }

  /**
   * Where an entry of that bucket belongs: after all that are not later. What comes in order belongs at the end; the place of anything
   * else is found by halves, since a streak asks bucket by bucket, and later ones can be a thousand.
   */
  final int after(long at) {
    if (head == end || bucket[end - 1] <= at) {
      return end;
    }
    int place = head;
    int later = end - 1;
    while (place < later) {
      int middle = (place + later) >>> 1;
      if (bucket[middle] <= at) {
        place = middle + 1;
      } else {
        later = middle;
      }
    }
    return place;
  }

  /** Make an entry at a place that `after` gave; its place, which may have moved. The caller fills it and then calls `filled`. */
  final int insert(int place, long at) {
    if (end == bucket.length) {
      int size = end - head;
      int capacity = Math.max(SMALLEST, size * 2);
      bucket = Arrays.copyOfRange(bucket, head, head + capacity);
      resize(head, capacity);
      place -= head;
      tail -= head;
      top -= head;
      head = 0;
      end = size;
    }
    System.arraycopy(bucket, place, bucket, place + 1, end - place);
    shift(place, end - place);
    bucket[place] = at;
    end++;
    if (at <= low) {
      tail++;
      top++;
    } else if (at <= high) {
      top++;
    }
    return place;
  }

  /** An inserted entry has its values: it counts if it lies in the running window. */
  final void filled(int place) {
    if (runs(place)) {
      enter(place);
    }
  }

  /** Forget buckets up to and including `last`. */
  final void forget(long last) {
    while (head < end && bucket[head] <= last) {
      if (runs(head)) {
        leave(head);
      }
      drop(head++);
      tail = Math.max(tail, head);
      top = Math.max(top, head);
    }
    if (head == end) {
      head = end = tail = top = 0;
    }
  }

  /** An entry is forgotten. */
  void drop(int place) {}

  /** What `copy` of a subclass starts from: the same entries, and no running window yet. */
  final <T extends Buckets> T copied(T copy) {
    int size = end - head;
    int capacity = Math.max(SMALLEST, size + size / 2);
    copy.bucket = Arrays.copyOfRange(bucket, head, head + capacity);
    copy.end = size;
    return copy;
  }
}
