package atalaya.kernel;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/** Arrays of String, Long, Double, Boolean or null as bytes. */
final class Values {
  private Values() {}

  static void write(Object[] values, DataOutputView out) throws IOException {
    out.writeInt(values.length);
    for (Object value : values) {
      switch (value) {
        case null -> out.writeByte(0);
        case String text -> {
          out.writeByte(1);
          StringValue.writeString(text, out);
        }
        case Long whole -> {
          out.writeByte(2);
          out.writeLong(whole);
        }
        case Double real -> {
          out.writeByte(3);
          out.writeDouble(real);
        }
        default -> {
          out.writeByte(4);
          out.writeBoolean((Boolean) value);
        }
      }
    }
  }

  static Object[] read(DataInputView in) throws IOException {
    Object[] values = new Object[in.readInt()];
    for (int index = 0; index < values.length; index++) {
      values[index] = switch (in.readByte()) {
        case 0 -> null;
        case 1 -> StringValue.readString(in);
        case 2 -> in.readLong();
        case 3 -> in.readDouble();
        default -> in.readBoolean();
      };
    }
    return values;
  }
}
