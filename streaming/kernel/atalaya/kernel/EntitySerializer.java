package atalaya.kernel;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputView;

/**
 * The saved form of an entity. It says itself what it holds (format, store ids and kinds), so a newer kernel or another
 * declaration reads older savepoints. Savepoints name this class and its snapshot: neither may ever be renamed.
 */
public final class EntitySerializer extends Bytes<Entity> {
  private static final long serialVersionUID = 1L;

  private transient DataOutputSerializer buffer;

  /** Each thread has its own, for the sake of the buffer. */
  @Override
  public TypeSerializer<Entity> duplicate() {
    return new EntitySerializer();
  }

  @Override
  public Entity copy(Entity from) {
    return from.copy();
  }

  @Override
  public void serialize(Entity entity, DataOutputView out) throws IOException {
    // A checkpoint's stream is slow with small pieces: an entity goes out as one.
    if (buffer == null) {
      buffer = new DataOutputSerializer(4096);
    }
    buffer.clear();
    entity.write(buffer);
    out.write(buffer.getSharedBuffer(), 0, buffer.length());
  }

  @Override
  public Entity deserialize(DataInputView in) throws IOException {
    return Entity.read(in);
  }

  @Override
  public TypeSerializerSnapshot<Entity> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Any two versions are compatible: the bytes are self-describing. */
  public static final class Snapshot implements TypeSerializerSnapshot<Entity> {
    @Override
    public int getCurrentVersion() {
      return 1;
    }

    @Override
    public void writeSnapshot(DataOutputView out) {}

    @Override
    public void readSnapshot(int version, DataInputView in, ClassLoader loader) {}

    @Override
    public TypeSerializer<Entity> restoreSerializer() {
      return new EntitySerializer();
    }

    @Override
    public TypeSerializerSchemaCompatibility<Entity> resolveSchemaCompatibility(
        TypeSerializerSnapshot<Entity> old) {
      return TypeSerializerSchemaCompatibility.compatibleAsIs();
    }
  }
}
