package atalaya.kernel;

import java.io.Serializable;

/**
 * Values of one field that were found good, so that a text seen again is neither judged nor made again. Two places for each hash, the
 * latest comes first: what is rare falls out. Threads may share one: at worst a text is judged twice.
 */
final class Known implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final int PLACES = 512;

  private final String[] values = new String[PLACES];

  /** The string of these characters, or null when it is not known. */
  String find(char[] characters, int offset, int length) {
    int hash = 0;
    for (int at = offset; at < offset + length; at++) {
      hash = 31 * hash + characters[at];
    }
    int place = place(hash);
    String first = values[place];
    if (first != null && same(first, characters, offset, length)) {
      return first;
    }
    String second = values[place + 1];
    return second != null && same(second, characters, offset, length) ? second : null;
  }

  void keep(String value) {
    int place = place(value.hashCode());
    values[place + 1] = values[place];
    values[place] = value;
  }

  private static int place(int hash) {
    return ((hash ^ hash >>> 9 ^ hash >>> 18) << 1) & (PLACES - 2);
  }

  private static boolean same(String value, char[] characters, int offset, int length) {
    if (value.length() != length) {
      return false;
    }
    for (int at = 0; at < length; at++) {
      if (value.charAt(at) != characters[offset + at]) {
        return false;
      }
    }
    return true;
  }
}
