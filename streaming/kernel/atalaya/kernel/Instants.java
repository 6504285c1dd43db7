package atalaya.kernel;

import java.nio.charset.StandardCharsets;
import java.time.LocalDate;

/** RFC 3339 instants as microseconds since the epoch, without objects on the way in. */
final class Instants {
  static final long INVALID = Long.MIN_VALUE;
  private static final long SECOND = 1_000_000L;
  private static final long DAY_SECONDS = 86_400L;
  /** From the first of March of year 0 to the first of January 1970. */
  private static final long DAYS_TO_EPOCH = 719_468L;
  private static final byte[] TEMPLATE = "0000-00-00T00:00:00.000000Z".getBytes(StandardCharsets.ISO_8859_1);

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
    LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(seconds, DAY_SECONDS));
    if (date.getYear() < 0 || date.getYear() > 9999) {
      return date + text(Math.floorMod(micros, DAY_SECONDS * SECOND)).substring(10);
    }
    int inDay = (int) Math.floorMod(seconds, DAY_SECONDS);
    byte[] out = TEMPLATE.clone();
    put(out, 0, 4, date.getYear());
    put(out, 5, 2, date.getMonthValue());
    put(out, 8, 2, date.getDayOfMonth());
    put(out, 11, 2, inDay / 3600);
    put(out, 14, 2, inDay / 60 % 60);
    put(out, 17, 2, inDay % 60);
    put(out, 20, 6, (int) Math.floorMod(micros, SECOND));
    return new String(out, StandardCharsets.ISO_8859_1);
  }

  /** Days since the epoch in the Gregorian calendar, counted in years that begin with March, as leap days then end them. */
  private static long day(int year, int month, int day) {
    if (year < 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) {
      return INVALID;
    }
    int shifted = month > 2 ? month - 3 : month + 9;
    long years = year - (month > 2 ? 0L : 1L);
    return 365 * years + Math.floorDiv(years, 4L) - Math.floorDiv(years, 100L) + Math.floorDiv(years, 400L)
        + (153 * shifted + 2) / 5 + day - 1 - DAYS_TO_EPOCH;
  }

  private static int daysIn(int year, int month) {
    if (month == 2) {
      return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
    }
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
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

  private static void put(byte[] out, int start, int width, int value) {
    int left = value;
    for (int at = start + width - 1; at >= start; at--) {
      out[at] = (byte) ('0' + left % 10);
      left /= 10;
    }
  }
}
