package atalaya.kernel;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputView;

/**
 * The saved form of a key's state. It says itself what it holds (format, store ids and kinds), so a newer kernel or another declaration reads
 * older savepoints, and any two versions of a serializer are compatible. Savepoints name each subclass and its snapshot: none may ever be renamed.
 */
abstract class StateBytes<T extends StateBytes.Saved<T>> extends Bytes<T> {
  private static final long serialVersionUID = 1L;

  private transient DataOutputSerializer buffer;

  /** State that can be copied for a checkpoint and written whole. */
  interface Saved<T> {
    T copy();

    void write(DataOutputView out) throws IOException;
  }

  /** Each thread has its own, for the sake of the buffer. */
  @Override
  public abstract TypeSerializer<T> duplicate();

  @Override
  public final T copy(T from) {
    return from.copy();
  }

  @Override
  public final void serialize(T state, DataOutputView out) throws IOException {
    // A checkpoint's stream is slow with small pieces: a key's state goes out as one.
    if (buffer == null) {
      buffer = new DataOutputSerializer(4096);
    }
    buffer.clear();
    state.write(buffer);
    out.write(buffer.getSharedBuffer(), 0, buffer.length());
  }

  /** Nothing but the serializer's name. */
  abstract static class OfName<T> implements TypeSerializerSnapshot<T> {
    @Override
    public final int getCurrentVersion() {
      return 1;
    }

    @Override
    public final void writeSnapshot(DataOutputView out) {}

    @Override
    public final void readSnapshot(int version, DataInputView in, ClassLoader loader) {}

    @Override
    public final TypeSerializerSchemaCompatibility<T> resolveSchemaCompatibility(TypeSerializerSnapshot<T> old) {
      return TypeSerializerSchemaCompatibility.compatibleAsIs();
    }
  }
}
