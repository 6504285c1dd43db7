package atalaya.kernel;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** An account's movements of the last days, few of them: the evidence of what a rule finds in their sums. */
final class Lately {
  static final int AT_MOST = 32;
  static final long SPAN_MICROS = 72L * 3600 * 1_000_000;
  /** What a rule's `members` may ask of a movement. */
  static final List<String> FIELDS = List.of("transaction_id", "leg", "kind", "channel", "amount_usd_minor");

  private record One(long at, Object[] values) {}

  private final ArrayList<One> movements = new ArrayList<>(0);

  /** `places` are those of FIELDS among the contract's fields. */
  void add(Object[] values, int[] places, long at, long latest) {
    Object[] few = new Object[places.length];
    for (int index = 0; index < places.length; index++) {
      few[index] = values[places[index]];
    }
    movements.add(new One(at, few));
    while (movements.size() > AT_MOST || !movements.isEmpty() && movements.get(0).at() <= latest - SPAN_MICROS) {
      movements.remove(0);
    }
  }

  /** Those of (after, until] that a filter lets through, which sees nothing but FIELDS. */
  Passage.Members members(String rule, Filter filter, int[] places, int fields, long after, long until) {
    List<String> transactions = new ArrayList<>();
    List<String> legs = new ArrayList<>();
    Object[] sparse = new Object[fields];
    for (One one : movements) {
      for (int index = 0; index < places.length; index++) {
        sparse[places[index]] = one.values()[index];
      }
      if (one.at() > after && one.at() <= until && filter.matches(sparse)) {
        transactions.add((String) one.values()[0]);
        legs.add((String) one.values()[1]);
      }
    }
    return new Passage.Members(rule, transactions.toArray(String[]::new), legs.toArray(String[]::new));
  }

  Lately copy() {
    Lately copy = new Lately();
    copy.movements.addAll(movements);
    return copy;
  }

  void write(DataOutputView out) throws IOException {
    out.writeByte(movements.size());
    for (One one : movements) {
      out.writeLong(one.at());
      Values.write(one.values(), out);
    }
  }

  static Lately read(DataInputView in) throws IOException {
    Lately lately = new Lately();
    for (int left = in.readByte(); left > 0; left--) {
      lately.movements.add(new One(in.readLong(), Values.read(in)));
    }
    return lately;
  }

  /** Where FIELDS stand among the contract's fields. */
  static int[] places(List<String> fields) {
    return FIELDS.stream().mapToInt(fields::indexOf).toArray();
  }
}
