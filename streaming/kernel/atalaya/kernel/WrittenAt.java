package atalaya.kernel;

import org.apache.flink.api.common.eventtime.NoWatermarksGenerator;
import org.apache.flink.api.common.eventtime.TimestampAssigner;
import org.apache.flink.api.common.eventtime.TimestampAssignerSupplier;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;

/**
 * The order in which events were written, whatever partitions they came by: Flink's timestamps and watermarks are instants of writing, in microseconds.
 * Business time would not do: systems write their histories one after the other.
 */
public final class WrittenAt implements WatermarkStrategy<Message> {
  private static final long serialVersionUID = 1L;
  private static final int UUID_LENGTH = 36;
  /** Of the job's watermark interval: 15 s, and twice that for a partition that never spoke, since a machine that starts can be slow to ask it. */
  private static final int QUIET_PERIODS = 300;
  private static final int SILENT_PERIODS = 600;

  private transient Furthest ofReader;

  /** When an event was written: a version 7 UUID (RFC 9562; PostgreSQL fills rand_a with 1/4096 ms) tells more finely than its `time`. */
  static long micros(String id, long time) {
    if (id.length() != UUID_LENGTH || id.charAt(14) != '7' || id.charAt(8) != '-' || id.charAt(13) != '-' || id.charAt(18) != '-') {
      return time;
    }
    try {
      long millis = Long.parseLong(id, 0, 8, 16) << 16 | Long.parseLong(id, 9, 13, 16);
      return millis * 1000 + (Long.parseLong(id, 15, 18, 16) * 1000 >> 12);
    } catch (NumberFormatException noUuid) {
      return time;
    }
  }

  @Override
  public TimestampAssigner<Message> createTimestampAssigner(TimestampAssignerSupplier.Context context) {
    return (message, recorded) -> message.movement == null ? Long.MIN_VALUE : message.movement.writtenAt();
  }

  @Override
  public WatermarkGenerator<Message> createWatermarkGenerator(WatermarkGeneratorSupplier.Context context) {
    if (ofReader == null) {
      // Flink asks first for the generator of what comes by no partition: nothing does. What it emitted would pass by the slowest partition, and were
      // it to mark itself idle, the source would be idle before its partitions are heard. Flink takes it for idle as long as it says nothing.
      ofReader = new Furthest(Clocks.now());
      return new NoWatermarksGenerator<>();
    }
    return new Latest(ofReader);
  }

  /**
   * How far the partitions of one reader have come. Where none has said anything, whatever was written before the reader began has been read by
   * earlier ones: a job that goes on from a checkpoint may hold some of it, which would otherwise wait for the next event, however long.
   */
  private static final class Furthest {
    private final long began;
    private long latest = Long.MIN_VALUE;

    Furthest(long began) {
      this.began = began;
    }

    long furthest() {
      return latest == Long.MIN_VALUE ? began : latest;
    }
  }

  /**
   * How far one partition has come. Another event of the same microsecond may follow. A partition that stays quiet is as far as the others: what was
   * written before them is not on its way any more; it holds nobody up until it speaks again.
   */
  private static final class Latest implements WatermarkGenerator<Message> {
    private final Furthest ofReader;
    private long latest = Long.MIN_VALUE;
    private int quiet;
    private boolean heard;

    Latest(Furthest ofReader) {
      this.ofReader = ofReader;
    }

    @Override
    public void onEvent(Message message, long timestamp, WatermarkOutput output) {
      quiet = 0;
      // What cannot be read was written at no moment that is known.
      if (timestamp != Long.MIN_VALUE) {
        latest = Math.max(latest, timestamp);
        ofReader.latest = Math.max(ofReader.latest, timestamp);
        heard = true;
      }
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {
      int patience = heard ? QUIET_PERIODS : SILENT_PERIODS;
      if (heard && quiet < patience) {
        output.emitWatermark(new Watermark(latest - 1));
      }
      // Periods are counted where the reader is free to count them: one that is held up by later stages is not quiet.
      quiet++;
      if (quiet == patience) {
        latest = ofReader.furthest();
        output.emitWatermark(new Watermark(latest));
      } else if (quiet == patience + 1) {
        // Not in the same period: of partitions that are all idle, Flink passes nothing on.
        output.markIdle();
      }
    }
  }
}
