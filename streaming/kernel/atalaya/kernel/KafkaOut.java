package atalaya.kernel;

import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.kafka.shaded.org.apache.kafka.clients.producer.ProducerRecord;

/** Hands an output to Kafka as it is: it knows its topic. */
public final class KafkaOut implements KafkaRecordSerializationSchema<Output> {
  private static final long serialVersionUID = 1L;

  @Override
  public ProducerRecord<byte[], byte[]> serialize(Output output, KafkaSinkContext context, Long timestamp) {
    Integer partition = output.partition() < 0 ? null : output.partition();
    return new ProducerRecord<>(output.topic(), partition, output.key(), output.value());
  }
}
