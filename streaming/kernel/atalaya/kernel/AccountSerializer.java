package atalaya.kernel;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputView;

/**
 * The saved form of an account. It says itself what it holds (format, store ids and kinds), so a newer kernel or another
 * declaration reads older savepoints. Savepoints name this class and its snapshot: neither may ever be renamed.
 */
public final class AccountSerializer extends Bytes<Account> {
  private static final long serialVersionUID = 1L;

  private transient DataOutputSerializer buffer;

  /** Each thread has its own, for the sake of the buffer. */
  @Override
  public TypeSerializer<Account> duplicate() {
    return new AccountSerializer();
  }

  @Override
  public Account copy(Account from) {
    return from.copy();
  }

  @Override
  public void serialize(Account account, DataOutputView out) throws IOException {
    // A checkpoint's stream is slow with small pieces: an account goes out as one.
    if (buffer == null) {
      buffer = new DataOutputSerializer(4096);
    }
    buffer.clear();
    account.write(buffer);
    out.write(buffer.getSharedBuffer(), 0, buffer.length());
  }

  @Override
  public Account deserialize(DataInputView in) throws IOException {
    return Account.read(in);
  }

  @Override
  public TypeSerializerSnapshot<Account> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Any two versions are compatible: the bytes are self-describing. */
  public static final class Snapshot implements TypeSerializerSnapshot<Account> {
    @Override
    public int getCurrentVersion() {
      return 1;
    }

    @Override
    public void writeSnapshot(DataOutputView out) {}

    @Override
    public void readSnapshot(int version, DataInputView in, ClassLoader loader) {}

    @Override
    public TypeSerializer<Account> restoreSerializer() {
      return new AccountSerializer();
    }

    @Override
    public TypeSerializerSchemaCompatibility<Account> resolveSchemaCompatibility(
        TypeSerializerSnapshot<Account> old) {
      return TypeSerializerSchemaCompatibility.compatibleAsIs();
    }
  }
}
