package atalaya.kernel;

import java.time.DateTimeException;
import java.time.LocalDate;

/** RFC 3339 instants as microseconds since the epoch, without objects on the way in. */
final class Instants {
  static final long INVALID = Long.MIN_VALUE;
  private static final long SECOND = 1_000_000L;

  private Instants() {}

  /** Microseconds since the epoch (finer digits are cut), or INVALID for text that RFC 3339 does not allow. */
  static long micros(String text) {
    int length = text.length();
    if (length < 20 || text.charAt(4) != '-' || text.charAt(7) != '-' || text.charAt(13) != ':' || text.charAt(16) != ':'
        || (text.charAt(10) | 0x20) != 't') {
      return INVALID;
    }
    int hour = digits(text, 11, 2);
    int minute = digits(text, 14, 2);
    int second = digits(text, 17, 2);
    long day = day(digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2));
    if (day == INVALID || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) {
      return INVALID;
    }
    int at = 19;
    long fraction = 0;
    if (text.charAt(at) == '.') {
      int start = ++at;
      long unit = SECOND / 10;
      for (; at < length && isDigit(text.charAt(at)); at++, unit /= 10) {
        fraction += unit * (text.charAt(at) - '0');
      }
      if (at == start) {
        return INVALID;
      }
    }
    long offset = offsetSeconds(text, at);
    return offset == INVALID ? INVALID : ((day * 24 + hour) * 3600 + minute * 60L + second - offset) * SECOND + fraction;
  }

  /** The instant as text in UTC with microseconds. */
  static String text(long micros) {
    long seconds = Math.floorDiv(micros, SECOND);
    long inDay = Math.floorMod(seconds, 86400L);
    StringBuilder out = new StringBuilder(27).append(LocalDate.ofEpochDay(Math.floorDiv(seconds, 86400L))).append('T');
    pad(out, inDay / 3600, 2).append(':');
    pad(out, inDay / 60 % 60, 2).append(':');
    pad(out, inDay % 60, 2).append('.');
    return pad(out, Math.floorMod(micros, SECOND), 6).append('Z').toString();
  }

  private static long day(int year, int month, int day) {
    if (year < 0 || month < 1 || month > 12 || day < 1) {
      return INVALID;
    }
    try {
      return LocalDate.of(year, month, day).toEpochDay();
    } catch (DateTimeException noSuchDay) {
      return INVALID;
    }
  }

  private static long offsetSeconds(String text, int at) {
    int left = text.length() - at;
    if (left == 1 && (text.charAt(at) | 0x20) == 'z') {
      return 0;
    }
    if (left != 6 || text.charAt(at + 3) != ':' || (text.charAt(at) != '+' && text.charAt(at) != '-')) {
      return INVALID;
    }
    int hours = digits(text, at + 1, 2);
    int minutes = digits(text, at + 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) {
      return INVALID;
    }
    return (text.charAt(at) == '-' ? -1L : 1L) * (hours * 3600L + minutes * 60L);
  }

  private static int digits(String text, int start, int count) {
    int value = 0;
    for (int at = start; at < start + count; at++) {
      if (!isDigit(text.charAt(at))) {
        return -1;
      }
      value = value * 10 + text.charAt(at) - '0';
    }
    return value;
  }

  private static boolean isDigit(char character) {
    return character >= '0' && character <= '9';
  }

  private static StringBuilder pad(StringBuilder out, long value, int width) {
    String digits = Long.toString(value);
    return out.append("000000", 0, width - digits.length()).append(digits);
  }
}
