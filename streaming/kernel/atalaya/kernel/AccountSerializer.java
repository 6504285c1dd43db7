package atalaya.kernel;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * The saved form of an account. It says itself what it holds (format, store ids and kinds), so a newer kernel or another
 * declaration reads older savepoints. Savepoints name this class and its snapshot: neither may ever be renamed.
 */
public final class AccountSerializer extends Bytes<Account> {
  private static final long serialVersionUID = 1L;

  @Override
  public Account copy(Account from) {
    return from.copy();
  }

  @Override
  public void serialize(Account account, DataOutputView out) throws IOException {
    account.write(out);
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
