package atalaya.kernel;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/** A message on its way between tasks; never in saved state. */
public final class MessageSerializer extends Bytes<Message> {
  private static final long serialVersionUID = 1L;

  @Override
  public Message copy(Message from) {
    return from;
  }

  @Override
  public void serialize(Message message, DataOutputView out) throws IOException {
    StringValue.writeString(message.topic, out);
    out.writeInt(message.partition);
    out.writeLong(message.offset);
    Movement movement = message.movement;
    out.writeBoolean(movement != null);
    if (movement == null) {
      StringValue.writeString(message.key, out);
      StringValue.writeString(message.field, out);
      StringValue.writeString(message.error, out);
      StringValue.writeString(message.payload, out);
      return;
    }
    StringValue.writeString(movement.origin(), out);
    StringValue.writeString(movement.eventId(), out);
    out.writeInt(movement.replyTo());
    Values.write(movement.values(), out);
    out.writeLong(movement.writtenAt());
  }

  @Override
  public Message deserialize(DataInputView in) throws IOException {
    Message message = new Message();
    message.topic = StringValue.readString(in);
    message.partition = in.readInt();
    message.offset = in.readLong();
    if (!in.readBoolean()) {
      message.key = StringValue.readString(in);
      message.field = StringValue.readString(in);
      message.error = StringValue.readString(in);
      message.payload = StringValue.readString(in);
      return message;
    }
    message.movement =
        new Movement(StringValue.readString(in), StringValue.readString(in), in.readInt(), Values.read(in), in.readLong());
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
