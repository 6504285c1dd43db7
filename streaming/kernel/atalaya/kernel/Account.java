package atalaya.kernel;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Everything the kernel keeps for one account. */
final class Account implements StateBytes.Saved<Account> {
  static final byte FORMAT = 3;

  /** Movements taken so far; the number of the last one. */
  long sequence;
  /** Business time of the latest movement in microseconds, meaningful once `sequence` is above 0. */
  long latest = Long.MIN_VALUE;
  Taken taken = new Taken();
  Lately lately = new Lately();
  Kept kept = new Kept();

  @Override
  public Account copy() {
    Account copy = new Account();
    copy.sequence = sequence;
    copy.latest = latest;
    copy.taken = taken.copy();
    copy.lately = lately.copy();
    copy.kept = kept.copy();
    return copy;
  }

  @Override
  public void write(DataOutputView out) throws IOException {
    out.writeByte(FORMAT);
    out.writeLong(sequence);
    out.writeLong(latest);
    taken.write(out);
    lately.write(out);
    kept.write(out);
  }

  static Account read(DataInputView in) throws IOException {
    Formats.check(in.readByte(), FORMAT);
    Account account = new Account();
    account.sequence = in.readLong();
    account.latest = in.readLong();
    account.taken = Taken.read(in);
    account.lately = Lately.read(in);
    account.kept = Kept.read(in);
    return account;
  }
}
