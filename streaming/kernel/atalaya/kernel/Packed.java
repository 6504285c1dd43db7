package atalaya.kernel;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** A block of values, gathered in one array: Flink's views take and give it whole, which is what makes it cheap. */
final class Packed {
  private static final byte NULL = 0;
  private static final byte LATIN = 1;
  private static final byte WIDE = 2;
  private static final byte SHORT_WHOLE = 3;
  private static final byte WHOLE = 4;
  private static final byte REAL = 5;
  private static final byte FALSE = 6;
  private static final byte TRUE = 7;
  private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  /** An array that one huge block needed is not kept for the small ones. */
  private static final int LARGEST_KEPT = 1 << 20;
  /** What a value takes at most, a text's characters aside: its kind and eight bytes. */
  private static final int ROOM = 9;

  private byte[] bytes = new byte[1024];
  private int at;
  private int end;

  void clear() {
    if (bytes.length > LARGEST_KEPT) {
      bytes = new byte[1024];
    }
    at = 0;
    end = 0;
  }

  void flush(DataOutputView out) throws IOException {
    out.writeInt(at);
    out.write(bytes, 0, at);
  }

  void fill(DataInputView in) throws IOException {
    clear();
    end = in.readInt();
    reserve(end);
    in.readFully(bytes, 0, end);
  }

  /** How many values or characters follow: one byte for fewer than 128, four for more. */
  void count(int number) {
    reserve(ROOM);
    if (number < 0x80) {
      bytes[at++] = (byte) number;
    } else {
      INTS.set(bytes, at, number | 1 << 31);
      at += Integer.BYTES;
    }
  }

  int count() throws IOException {
    need(1);
    int first = bytes[at];
    if (first >= 0) {
      at++;
      return first;
    }
    need(Integer.BYTES);
    at += Integer.BYTES;
    return (int) INTS.get(bytes, at - Integer.BYTES) & Integer.MAX_VALUE;
  }

  /** By instanceof: a switch over types costs several times as much in Java 21. */
  void value(Object value) {
    reserve(ROOM);
    if (value == null) {
      bytes[at++] = NULL;
    } else if (value instanceof String text) {
      text(text);
    } else if (value instanceof Long whole) {
      whole(whole);
    } else if (value instanceof Double real) {
      bytes[at] = REAL;
      LONGS.set(bytes, at + 1, Double.doubleToRawLongBits(real));
      at += 1 + Double.BYTES;
    } else {
      bytes[at++] = (Boolean) value ? TRUE : FALSE;
    }
  }

  Object value() throws IOException {
    need(1);
    byte kind = bytes[at++];
    return switch (kind) {
      case NULL -> null;
      case LATIN -> latin();
      case WIDE -> wide();
      case SHORT_WHOLE -> {
        need(Integer.BYTES);
        at += Integer.BYTES;
        yield (long) (int) INTS.get(bytes, at - Integer.BYTES);
      }
      case WHOLE -> eight();
      case REAL -> Double.longBitsToDouble(eight());
      case FALSE -> Boolean.FALSE;
      case TRUE -> Boolean.TRUE;
      default -> throw new IOException("There is no kind of value " + kind);
    };
  }

  private void whole(long whole) {
    if (whole == (int) whole) {
      bytes[at] = SHORT_WHOLE;
      INTS.set(bytes, at + 1, (int) whole);
      at += 1 + Integer.BYTES;
    } else {
      bytes[at] = WHOLE;
      LONGS.set(bytes, at + 1, whole);
      at += 1 + Long.BYTES;
    }
  }

  private void text(String text) {
    int length = text.length();
    int start = at;
    bytes[at++] = LATIN;
    count(length);
    reserve(length);
    byte[] into = bytes;
    int from = at;
    int all = 0;
    for (int index = 0; index < length; index++) {
      char character = text.charAt(index);
      all |= character;
      into[from + index] = (byte) character;
    }
    at += length;
    if (all > 0xFF) {
      at = start;
      wide(text);
    }
  }

  /** Two bytes for each char: UTF-8 would lose half a surrogate pair, which JSON can carry. */
  private void wide(String text) {
    int length = text.length();
    bytes[at++] = WIDE;
    count(length);
    reserve(2 * length);
    for (int index = 0; index < length; index++) {
      char character = text.charAt(index);
      bytes[at++] = (byte) (character >>> 8);
      bytes[at++] = (byte) character;
    }
  }

  private String latin() throws IOException {
    int length = count();
    need(length);
    at += length;
    return new String(bytes, at - length, length, StandardCharsets.ISO_8859_1);
  }

  private String wide() throws IOException {
    int length = count();
    need(2 * length);
    char[] characters = new char[length];
    for (int index = 0; index < length; index++) {
      characters[index] = (char) (bytes[at++] << 8 | bytes[at++] & 0xFF);
    }
    return new String(characters);
  }

  private long eight() throws IOException {
    need(Long.BYTES);
    at += Long.BYTES;
    return (long) LONGS.get(bytes, at - Long.BYTES);
  }

  private void need(int more) throws IOException {
    if (end - at < more) {
      throw new IOException("The block of values ends early");
    }
  }

  private void reserve(int more) {
    if (bytes.length - at < more) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, at + more));
    }
  }
}
