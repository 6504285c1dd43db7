package atalaya.kernel;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** A message on its way between tasks; never in saved state. */
public final class MessageSerializer extends Bytes<Message> {
  private static final long serialVersionUID = 1L;

  @Override
  public Message copy(Message from) {
    return from;
  }

  @Override
  public void serialize(Message message, DataOutputView out) throws IOException {
    Values.writeText(message.topic, out);
    out.writeInt(message.partition);
    out.writeLong(message.offset);
    Movement movement = message.movement;
    out.writeBoolean(movement != null);
    if (movement == null) {
      Values.writeText(message.key, out);
      Values.writeText(message.field, out);
      Values.writeText(message.error, out);
      Values.writeText(message.payload, out);
      return;
    }
    Values.writeText(movement.origin(), out);
    Values.writeText(movement.eventId(), out);
    out.writeInt(movement.replyTo());
    Values.write(movement.values(), out);
    out.writeLong(movement.writtenAt());
  }

  @Override
  public Message deserialize(DataInputView in) throws IOException {
    Message message = new Message();
    message.topic = Values.readText(in);
    message.partition = in.readInt();
    message.offset = in.readLong();
    if (!in.readBoolean()) {
      message.key = Values.readText(in);
      message.field = Values.readText(in);
      message.error = Values.readText(in);
      message.payload = Values.readText(in);
      return message;
    }
    message.movement = new Movement(Values.readText(in), Values.readText(in), in.readInt(), Values.read(in), in.readLong());
    return message;
  }

  @Override
  public TypeSerializerSnapshot<Message> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Flink asks every serializer for one. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<Message> {
    public Snapshot() {
      super(MessageSerializer::new);
    }
  }
}
