package atalaya.kernel;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;

/** The saved form of an entity. */
public final class EntitySerializer extends StateBytes<Entity> {
  private static final long serialVersionUID = 1L;

  @Override
  public TypeSerializer<Entity> duplicate() {
    return new EntitySerializer();
  }

  @Override
  public Entity deserialize(DataInputView in) throws IOException {
    return Entity.read(in);
  }

  @Override
  public TypeSerializerSnapshot<Entity> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Named by savepoints. */
  public static final class Snapshot extends OfName<Entity> {
    @Override
    public TypeSerializer<Entity> restoreSerializer() {
      return new EntitySerializer();
    }
  }
}
