package atalaya.kernel;

import org.apache.flink.api.java.functions.KeySelector;

/** What the first stage is partitioned by. */
public final class StreamKey implements KeySelector<Message, String> {
  private static final long serialVersionUID = 1L;

  private final int accountField;

  public StreamKey(String config) {
    accountField = new Config(config).contract().fieldNames().indexOf("account_id");
  }

  @Override
  public String getKey(Message message) {
    return message.streamKey(accountField);
  }
}
