package atalaya.kernel;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * What a key keeps for one or more features. A store says nothing of the declaration it serves: the view knows,
 * and finds it by id, so that declarations come and go without touching the format of what was saved.
 */
interface Store {
  Store copy();

  /** The tag that `read` tells stores apart by; a published tag never changes its meaning (1 was a tally with its largest). */
  byte tag();

  void write(DataOutputView out) throws IOException;

  static Store read(DataInputView in) throws IOException {
    byte tag = in.readByte();
    return switch (tag) {
      case Tally.TAG -> Tally.read(in);
      case Extreme.LARGEST_TAG -> Extreme.read(true, in);
      case Extreme.SMALLEST_TAG -> Extreme.read(false, in);
      case Squares.TAG -> Squares.read(in);
      case Distinct.TAG -> Distinct.read(in);
      case Recent.TAG -> Recent.read(in);
      case Elsewhere.TAG -> Elsewhere.read(in);
      case Frauds.TAG -> Frauds.read(in);
      default -> throw new IOException("Saved state has a store of an unknown kind: " + tag);
    };
  }
}
