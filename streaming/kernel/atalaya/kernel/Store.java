package atalaya.kernel;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * What an account keeps for one or more features. A store says nothing of the declaration it serves: the plan knows,
 * and finds it by id, so that declarations come and go without touching the format of what was saved.
 */
interface Store {
  Store copy();

  /** The tag that `read` tells stores apart by; a published tag never changes its meaning. */
  byte tag();

  void write(DataOutputView out) throws IOException;

  static Store read(DataInputView in) throws IOException {
    byte tag = in.readByte();
    return switch (tag) {
      case Tally.TAG -> Tally.read(in);
      case Distinct.TAG -> Distinct.read(in);
      case Recent.TAG -> Recent.read(in);
      default -> throw new IOException("Saved state has a store of an unknown kind: " + tag);
    };
  }
}
