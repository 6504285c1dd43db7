package atalaya.kernel;

import java.time.Instant;

/** The wall clock, as outputs are stamped by it. */
final class Clocks {
  private Clocks() {}

  /** Microseconds since the epoch. */
  static long now() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000 + now.getNano() / 1000;
  }
}
