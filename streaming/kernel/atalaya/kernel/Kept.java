package atalaya.kernel;

import java.io.IOException;
import java.util.Arrays;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The stores of one key of a view, each under the id of what it holds. */
final class Kept {
  private long[] ids = new long[0];
  Store[] stores = new Store[0];

  /** Bring the stores into the view's order: what it still declares is carried over, what is new starts empty, the rest goes. */
  void align(View view) {
    if (ids == view.storeIds) {
      return;
    }
    Store[] aligned = new Store[view.storeIds.length];
    for (int index = 0; index < aligned.length; index++) {
      for (int old = 0; old < stores.length && aligned[index] == null; old++) {
        aligned[index] = ids[old] == view.storeIds[index] ? stores[old] : null;
      }
      if (aligned[index] == null) {
        aligned[index] = view.newStore(index);
      }
    }
    ids = view.storeIds;
    stores = aligned;
  }

  Kept copy() {
    Kept copy = new Kept();
    copy.ids = ids;
    copy.stores = Arrays.stream(stores).map(Store::copy).toArray(Store[]::new);
    return copy;
  }

  void write(DataOutputView out) throws IOException {
    out.writeInt(stores.length);
    for (int index = 0; index < stores.length; index++) {
      out.writeLong(ids[index]);
      out.writeByte(stores[index].tag());
      stores[index].write(out);
    }
  }

  static Kept read(DataInputView in) throws IOException {
    Kept kept = new Kept();
    int count = in.readInt();
    kept.ids = new long[count];
    kept.stores = new Store[count];
    for (int index = 0; index < count; index++) {
      kept.ids[index] = in.readLong();
      kept.stores[index] = Store.read(in);
    }
    return kept;
  }
}
