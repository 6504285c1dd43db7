package atalaya.kernel;

import java.io.IOException;
import java.util.Arrays;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The values used last, at most a cap of them, the latest at the end. */
final class Recent implements Store {
  static final byte TAG = 3;

  private String[] values;

  Recent() {
    this(new String[0]);
  }

  private Recent(String[] values) {
    this.values = values;
  }

  /** Note a use; true when the value was not among the remembered ones. */
  boolean use(String value, int cap) {
    int place = values.length - 1;
    while (place >= 0 && !values[place].equals(value)) {
      place--;
    }
    if (place < 0 && values.length < cap) {
      values = Arrays.copyOf(values, values.length + 1);
    } else {
      int from = Math.max(place, 0);
      System.arraycopy(values, from + 1, values, from, values.length - 1 - from);
    }
    values[values.length - 1] = value;
    return place < 0;
  }

  @Override
  public Store copy() {
    return new Recent(values.clone());
  }

  @Override
  public byte tag() {
    return TAG;
  }

  @Override
  public void write(DataOutputView out) throws IOException {
    out.writeInt(values.length);
    for (String value : values) {
      out.writeUTF(value);
    }
  }

  static Recent read(DataInputView in) throws IOException {
    String[] values = new String[in.readInt()];
    for (int at = 0; at < values.length; at++) {
      values[at] = in.readUTF();
    }
    return new Recent(values);
  }
}
