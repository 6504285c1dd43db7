package atalaya.kernel;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Arrays of String, Long, Double, Boolean or null as bytes; saved state has them too, so a new form needs a new format there. */
final class Values {
  private static final ThreadLocal<Packed> PACKED = ThreadLocal.withInitial(Packed::new);

  private Values() {}

  static void write(Object[] values, DataOutputView out) throws IOException {
    Packed packed = PACKED.get();
    packed.clear();
    packed.count(values.length);
    for (Object value : values) {
      packed.value(value);
    }
    packed.flush(out);
  }

  static Object[] read(DataInputView in) throws IOException {
    Packed packed = PACKED.get();
    packed.fill(in);
    Object[] values = new Object[packed.count()];
    for (int index = 0; index < values.length; index++) {
      values[index] = packed.value();
    }
    return values;
  }

  /** One text or null. */
  static void writeText(String text, DataOutputView out) throws IOException {
    Packed packed = PACKED.get();
    packed.clear();
    packed.value(text);
    packed.flush(out);
  }

  static String readText(DataInputView in) throws IOException {
    Packed packed = PACKED.get();
    packed.fill(in);
    return (String) packed.value();
  }
}
