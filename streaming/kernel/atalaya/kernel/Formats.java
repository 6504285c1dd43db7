package atalaya.kernel;

import java.io.IOException;
import java.util.Map;

/** The versions of what is saved, and what is said of saved state that this kernel cannot read. */
public final class Formats {
  private Formats() {}

  /** By form: what a submission compares with the state that it would go on from (streaming/state_shape.py). */
  public static Map<String, Integer> saved() {
    return Map.of("account", (int) Account.FORMAT, "entity", (int) Entity.FORMAT);
  }

  static void check(byte found, byte known) throws IOException {
    if (found != known) {
      throw new IOException("Saved state has format " + found + ", this kernel reads format " + known
          + ". Remove its snapshots to rebuild it from what Kafka holds: docs/operations/local-stack.md");
    }
  }
}
