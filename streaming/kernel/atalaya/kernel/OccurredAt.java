package atalaya.kernel;

import org.apache.flink.api.common.eventtime.TimestampAssigner;
import org.apache.flink.api.common.eventtime.TimestampAssignerSupplier;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;

/**
 * Watermarks of each partition: the latest business time (of a label: when it was told) that it has brought. No allowance for what comes late:
 * whoever reads closed buckets has one already, the lag. Messages that broke their contract have no time.
 */
public final class OccurredAt implements WatermarkStrategy<Message> {
  private static final long serialVersionUID = 1L;

  @Override
  public TimestampAssigner<Message> createTimestampAssigner(TimestampAssignerSupplier.Context context) {
    return (message, recorded) -> message.at == Message.NEVER ? Long.MIN_VALUE : Math.floorDiv(message.at, 1000);
  }

  @Override
  public WatermarkGenerator<Message> createWatermarkGenerator(WatermarkGeneratorSupplier.Context context) {
    return new Latest();
  }

  private static final class Latest implements WatermarkGenerator<Message> {
    private long latest = Long.MIN_VALUE;

    @Override
    public void onEvent(Message message, long timestamp, WatermarkOutput output) {
      latest = Math.max(latest, timestamp);
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {
      if (latest != Long.MIN_VALUE) {
        output.emitWatermark(new Watermark(latest));
      }
    }
  }
}
