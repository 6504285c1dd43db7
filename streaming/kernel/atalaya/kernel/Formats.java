package atalaya.kernel;

import java.io.IOException;

/** What is said of saved state that this kernel cannot read. */
final class Formats {
  private Formats() {}

  static void check(byte found, byte known) throws IOException {
    if (found != known) {
      throw new IOException("Saved state has format " + found + ", this kernel reads format " + known
          + ". Remove its snapshots to rebuild it from what Kafka holds: docs/operations/local-stack.md");
    }
  }
}
