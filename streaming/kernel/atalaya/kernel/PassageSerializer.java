package atalaya.kernel;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** A passage between tasks, and waiting at one within a job's life; a job is stopped with nothing waiting. */
public final class PassageSerializer extends Bytes<Passage> {
  private static final long serialVersionUID = 1L;

  @Override
  public Passage copy(Passage from) {
    return from;
  }

  @Override
  public void serialize(Passage passage, DataOutputView out) throws IOException {
    Values.write(passage.values, out);
    out.writeLong(passage.at);
    out.writeLong(passage.writtenAt);
    out.writeBoolean(passage.label != null);
    if (passage.label != null) {
      out.writeLong(passage.label.movement().high());
      out.writeLong(passage.label.movement().low());
      out.writeLong(passage.label.toldAt());
      out.writeBoolean(passage.label.fraud());
      return;
    }
    Values.writeText(passage.origin, out);
    Values.writeText(passage.eventId, out);
    out.writeInt(passage.replyTo);
    out.writeLong(passage.sequence);
    Values.write(passage.features, out);
    out.writeByte(passage.members.length);
    for (Passage.Members members : passage.members) {
      Values.writeText(members.rule(), out);
      Values.write(members.transactions(), out);
      Values.write(members.legs(), out);
    }
  }

  @Override
  public Passage deserialize(DataInputView in) throws IOException {
    Passage passage = new Passage();
    passage.values = Values.read(in);
    passage.at = in.readLong();
    passage.writtenAt = in.readLong();
    if (in.readBoolean()) {
      passage.label = new Passage.Label(new Digest(in.readLong(), in.readLong()), in.readLong(), in.readBoolean());
      return passage;
    }
    passage.origin = Values.readText(in);
    passage.eventId = Values.readText(in);
    passage.replyTo = in.readInt();
    passage.sequence = in.readLong();
    passage.features = Values.read(in);
    int members = in.readByte();
    if (members > 0) {
      passage.members = new Passage.Members[members];
    }
    for (int index = 0; index < members; index++) {
      passage.members[index] = new Passage.Members(Values.readText(in), texts(Values.read(in)), texts(Values.read(in)));
    }
    return passage;
  }

  private static String[] texts(Object[] values) {
    String[] texts = new String[values.length];
    System.arraycopy(values, 0, texts, 0, values.length);
    return texts;
  }

  @Override
  public TypeSerializerSnapshot<Passage> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Flink asks every serializer for one. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<Passage> {
    public Snapshot() {
      super(PassageSerializer::new);
    }
  }
}
