package atalaya.kernel;

import java.util.List;

/** What came from Kafka, already judged: either a movement (or a label, in its own fields), or the field and error that send `payload` to quarantine. */
public final class Message {
  String topic;
  int partition;
  long offset;
  Movement movement;
  String key;
  String field;
  String error;
  String payload;

  boolean isLabel() {
    return movement != null && movement.origin().equals(Labels.ORIGIN);
  }

  /** What the stream is partitioned by: the account, or the place of a message that has none. */
  String streamKey(int accountField) {
    return movement == null || isLabel() ? topic + ":" + partition + ":" + offset : (String) movement.values()[accountField];
  }

  /** The same message, sent to quarantine by an error of the kernel itself: its movement stands for the payload. */
  Message refused(List<String> fields, RuntimeException error) {
    Message refused = new Message();
    refused.topic = topic;
    refused.partition = partition;
    refused.offset = offset;
    refused.field = "data";
    refused.error = "the kernel could not take it: " + error;
    refused.payload = Encoder.object(json -> {
      for (int index = 0; index < fields.size(); index++) {
        Encoder.value(json, fields.get(index), movement.values()[index]);
      }
    });
    return refused;
  }
}
