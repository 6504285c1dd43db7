package atalaya.kernel;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.OutputTag;

/** The ways between the stages of a job, and out of it: one side output for each. */
final class Stage {
  /** Quarantined messages and answers that need no decision. */
  static final OutputTag<Output> ASIDE = new OutputTag<>("aside", OwnType.output());

  private Stage() {}

  /** The way to the stage of each number. */
  static List<OutputTag<Passage>> ways(Views views) {
    List<OutputTag<Passage>> ways = new ArrayList<>();
    for (View view : views.stages) {
      ways.add(new OutputTag<>("to-" + view.name, OwnType.passage()));
    }
    return ways;
  }

  /** Send a passage on to where it is due next; one that no later stage concerns is done with. */
  static <K, I, O> void send(Views views, List<OutputTag<Passage>> ways, int stage, Passage passage, KeyedProcessFunction<K, I, O>.Context context) {
    int next = views.next(stage, passage);
    if (next < ways.size()) {
      context.output(ways.get(next), passage);
    }
  }
}
