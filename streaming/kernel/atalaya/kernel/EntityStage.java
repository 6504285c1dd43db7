package atalaya.kernel;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.TimerService;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * A stage behind the account's: one entity of state for each key of a view, whose buckets are read once they have closed. The last stage,
 * whose key is the party, decides as well. History and labels are taken in the order in which they were written, for which they wait.
 */
public final class EntityStage extends KeyedProcessFunction<String, Passage, Output> implements CheckpointedFunction {
  private static final long serialVersionUID = 1L;
  private static final long DAY = 86_400_000_000L;

  private final Config config;
  private final int stage;
  private transient Views views;
  private transient Entities entities;
  private transient Decider decider;
  private transient List<OutputTag<Passage>> ways;
  private transient ValueState<Entity> states;
  private transient ListState<Passage> waiting;
  private transient Counter late;
  private transient ListState<Long> waitsSaved;
  /** How many wait, less those that waited elsewhere before a restart with another parallelism: only the sum over all tasks is a number of passages. */
  private transient long waits;

  public EntityStage(String config, int stage) {
    this.config = new Config(config);
    this.stage = stage;
  }

  /** The way that leads to the stage of a number. */
  public static OutputTag<Passage> way(String config, int stage) {
    Config read = new Config(config);
    return Stage.ways(read.views(read.contract().fieldNames())).get(stage);
  }

  @Override
  public void open(OpenContext context) throws Exception {
    List<String> fields = config.contract().fieldNames();
    views = config.views(fields);
    ways = Stage.ways(views);
    entities = new Entities(views.stages.get(stage));
    if (stage == views.stages.size() - 1) {
      decider = new Decider(config, fields, new Replies(config, fields, Clocks::now), Clocks::now);
    }
    states = getRuntimeContext().getState(new ValueStateDescriptor<>("entity", new EntitySerializer()));
    waiting = getRuntimeContext().getListState(new ListStateDescriptor<>("waiting", new PassageSerializer()));
    late = getRuntimeContext().getMetricGroup().counter("late_beyond_lag");
    getRuntimeContext().getMetricGroup().gauge("waiting", (Gauge<Long>) () -> waits);
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    waitsSaved = context.getOperatorStateStore().getListState(new ListStateDescriptor<>("waits", Types.LONG));
    for (long saved : waitsSaved.get()) {
      waits += saved;
    }
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    waitsSaved.update(List.of(waits));
  }

  @Override
  public void processElement(Passage passage, Context context, Collector<Output> out) throws Exception {
    TimerService timers = context.timerService();
    if (passage.canWait() && timers.currentWatermark() < passage.writtenAt) {
      waiting.add(passage);
      waits++;
      timers.registerEventTimeTimer(passage.writtenAt);
      return;
    }
    Entity known = states.value();
    Entity entity = known == null ? new Entity() : known;
    take(passage, entity, context, out);
    states.update(entity);
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext context, Collector<Output> out) throws Exception {
    long complete = context.timerService().currentWatermark();
    release(complete, context, out);
    Entity entity = states.value();
    if (entity != null && entity.expiresAt <= complete) {
      // A job that ends has seen all there is: no key has run out by that.
      if (complete == Long.MAX_VALUE) {
        entity.expiresAt = Long.MIN_VALUE;
        states.update(entity);
      } else {
        states.clear();
      }
    }
  }

  /** Take what waited for everything up to an instant of writing, in that order. */
  private void release(long complete, OnTimerContext context, Collector<Output> out) throws Exception {
    List<Passage> due = new ArrayList<>();
    List<Passage> stay = new ArrayList<>();
    for (Passage passage : waiting.get()) {
      (passage.writtenAt <= complete ? due : stay).add(passage);
    }
    if (!due.isEmpty()) {
      Entity known = states.value();
      Entity entity = known == null ? new Entity() : known;
      due.sort(Comparator.comparingLong(passage -> passage.writtenAt));
      for (Passage passage : due) {
        take(passage, entity, context, out);
      }
      waits -= due.size();
      waiting.update(stay);
      states.update(entity);
    }
  }

  private void take(Passage passage, Entity entity, Context context, Collector<Output> out) throws Exception {
    if (entities.take(passage, entity)) {
      late.inc();
    }
    if (passage.label == null) {
      entities.tell(passage, entity);
      if (decider != null) {
        decider.decide(passage, entity, out::collect);
      }
    }
    if (decider == null) {
      Stage.send(views, ways, stage, passage, context);
    }
    entities.forget(entity);
    remindOfEnd(passage, entity, context);
  }

  /**
   * Keep one timer, at the end of a day by which the key has nothing left to say if nothing more is written about it. What is written a
   * day late still finds what was there.
   */
  private void remindOfEnd(Passage passage, Entity entity, Context context) {
    long end = (Math.floorDiv(passage.writtenAt + views.stages.get(stage).longest(), DAY) + 2) * DAY;
    if (end > entity.expiresAt) {
      entity.expiresAt = end;
      context.timerService().registerEventTimeTimer(end);
    }
  }

  @Override
  public void close() {
    if (decider != null) {
      decider.close();
    }
  }
}
