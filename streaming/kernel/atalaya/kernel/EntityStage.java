package atalaya.kernel;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * A stage behind the account's: one entity of state for each key of a view, whose buckets are read once they have closed. The last stage,
 * whose key is the party, decides as well.
 */
public final class EntityStage extends KeyedProcessFunction<String, Passage, Output> {
  private static final long serialVersionUID = 1L;
  private static final long MICROS_PER_MILLI = 1000;
  private static final long DAY_MS = 86_400_000;
  /** Timers of movements that wait are set on this grid: one for all of a second. */
  private static final long GRID_MS = 1000;

  private final Config config;
  private final int stage;
  private transient Views views;
  private transient Entities entities;
  private transient Decider decider;
  private transient List<OutputTag<Passage>> ways;
  private transient ValueState<Entity> states;
  private transient ListState<Passage> waiting;
  private transient Counter late;

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
  }

  @Override
  public void processElement(Passage passage, Context context, Collector<Output> out) throws Exception {
    Entity known = states.value();
    Entity entity = known == null ? new Entity() : known;
    if (entities.take(passage, entity)) {
      late.inc();
    }
    remindOfEnd(entity, context);
    if (passage.label != null) {
      Stage.send(views, ways, stage, passage, context);
    } else {
      long complete = dueAt(passage);
      if (passage.canWait() && context.timerService().currentWatermark() < complete) {
        waiting.add(passage);
        context.timerService().registerEventTimeTimer(complete);
      } else {
        goOn(passage, entity, context, out);
      }
    }
    entities.forget(entity, context.timerService().currentWatermark());
    states.update(entity);
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext context, Collector<Output> out) throws Exception {
    Entity entity = states.value();
    if (entity == null) {
      return;
    }
    release(timestamp, entity, context, out);
    if (entity.expiresAt <= timestamp && waiting.get().iterator().hasNext()) {
      return;
    }
    if (entity.expiresAt <= timestamp) {
      states.clear();
    } else {
      states.update(entity);
    }
  }

  /** Let go of what waited for the watermark to come so far. */
  private void release(long timestamp, Entity entity, OnTimerContext context, Collector<Output> out) throws Exception {
    List<Passage> stays = new ArrayList<>();
    boolean any = false;
    for (Passage passage : waiting.get()) {
      any = true;
      if (dueAt(passage) <= timestamp) {
        goOn(passage, entity, context, out);
      } else {
        stays.add(passage);
      }
    }
    if (any) {
      waiting.update(stays);
    }
  }

  private void goOn(Passage passage, Entity entity, Context context, Collector<Output> out) throws Exception {
    entities.tell(passage, entity);
    if (decider == null) {
      Stage.send(views, ways, stage, passage, context);
    } else {
      decider.decide(passage, entity, out::collect);
    }
  }

  /** The watermark, in milliseconds, by which everything that closed a lag before the movement has arrived. */
  private long dueAt(Passage passage) {
    long complete = Math.ceilDiv(passage.at - views.stages.get(stage).lag, MICROS_PER_MILLI);
    return Math.ceilDiv(complete, GRID_MS) * GRID_MS;
  }

  /** Keep one timer at the day after which the key has nothing left to say. */
  private void remindOfEnd(Entity entity, Context context) {
    long end = Math.floorDiv(entity.latest + views.stages.get(stage).longest(), MICROS_PER_MILLI * DAY_MS) * DAY_MS + DAY_MS;
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
