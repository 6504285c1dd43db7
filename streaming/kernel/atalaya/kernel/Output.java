package atalaya.kernel;

/** A message for Kafka; a partition of -1 leaves the choice to the key. */
public record Output(String topic, int partition, byte[] key, byte[] value) {}
