package atalaya.kernel;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** An output on its way between tasks; never in saved state. */
public final class OutputSerializer extends Bytes<Output> {
  private static final long serialVersionUID = 1L;

  @Override
  public Output copy(Output from) {
    return from;
  }

  @Override
  public void serialize(Output output, DataOutputView out) throws IOException {
    out.writeUTF(output.topic());
    out.writeInt(output.partition());
    writeBytes(output.key(), out);
    writeBytes(output.value(), out);
  }

  @Override
  public Output deserialize(DataInputView in) throws IOException {
    return new Output(in.readUTF(), in.readInt(), readBytes(in), readBytes(in));
  }

  private static void writeBytes(byte[] bytes, DataOutputView out) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static byte[] readBytes(DataInputView in) throws IOException {
    byte[] bytes = new byte[in.readInt()];
    in.readFully(bytes);
    return bytes;
  }

  @Override
  public TypeSerializerSnapshot<Output> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Flink asks every serializer for one. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<Output> {
    public Snapshot() {
      super(OutputSerializer::new);
    }
  }
}
