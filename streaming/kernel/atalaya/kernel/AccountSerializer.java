package atalaya.kernel;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;

/** The saved form of an account. */
public final class AccountSerializer extends StateBytes<Account> {
  private static final long serialVersionUID = 1L;

  @Override
  public TypeSerializer<Account> duplicate() {
    return new AccountSerializer();
  }

  @Override
  public Account deserialize(DataInputView in) throws IOException {
    return Account.read(in);
  }

  @Override
  public TypeSerializerSnapshot<Account> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Named by savepoints. */
  public static final class Snapshot extends OfName<Account> {
    @Override
    public TypeSerializer<Account> restoreSerializer() {
      return new AccountSerializer();
    }
  }
}
