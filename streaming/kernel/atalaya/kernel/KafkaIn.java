package atalaya.kernel;

import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.kafka.shaded.org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.flink.util.Collector;

/** Judges each Kafka record by the contract of its topic, once, where it enters. */
public final class KafkaIn implements KafkaRecordDeserializationSchema<Message> {
  private static final long serialVersionUID = 1L;

  private final Contract contract;

  private KafkaIn(Contract contract) {
    this.contract = contract;
  }

  /** For topics of movements. */
  public static KafkaIn movements(String config) {
    return new KafkaIn(new Config(config).contract());
  }

  /** For the topic of labels. */
  public static KafkaIn labels(String config) {
    return new KafkaIn(new Config(config).labels());
  }

  boolean reads(String topic) {
    return contract.reads(topic);
  }

  @Override
  public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<Message> out) {
    out.collect(read(record.topic(), record.partition(), record.offset(), record.key(), record.value()));
  }

  Message read(String topic, int partition, long offset, byte[] key, byte[] value) {
    Message message = new Message();
    message.topic = topic;
    message.partition = partition;
    message.offset = offset;
    try {
      message.movement = contract.read(topic, value);
    } catch (BrokenContract broken) {
      message.key = key == null ? null : new String(key, StandardCharsets.UTF_8);
      message.field = broken.field;
      message.error = broken.getMessage();
      message.payload = value == null ? "" : new String(value, StandardCharsets.UTF_8);
    }
    return message;
  }

  @Override
  public TypeInformation<Message> getProducedType() {
    return OwnType.message();
  }
}
