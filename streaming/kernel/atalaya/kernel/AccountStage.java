package atalaya.kernel;

import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The first stage: one account of state for each key, in the order of its partition. Labels pass by it. */
public final class AccountStage extends KeyedProcessFunction<String, Message, Output> {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(AccountStage.class);

  private final Config config;
  private transient Admission admission;
  private transient Labels labels;
  private transient Replies replies;
  private transient Views views;
  private transient List<OutputTag<Passage>> ways;
  private transient List<String> fields;
  private transient ValueState<Account> accounts;

  public AccountStage(String config) {
    this.config = new Config(config);
  }

  /** Where messages leave that go to no further stage. */
  public static OutputTag<Output> aside() {
    return Stage.ASIDE;
  }

  @Override
  public void open(OpenContext context) throws Exception {
    fields = config.contract().fieldNames();
    views = config.views(fields);
    ways = Stage.ways(views);
    replies = new Replies(config, fields, Clocks::now);
    admission = new Admission(config, fields, replies);
    labels = new Labels(config.labels().fieldNames(), fields);
    accounts = getRuntimeContext().getState(new ValueStateDescriptor<>("account", new AccountSerializer()));
  }

  @Override
  public void processElement(Message message, Context context, Collector<Output> out) throws Exception {
    if (message.movement == null) {
      context.output(Stage.ASIDE, replies.quarantined(message));
    } else if (message.isLabel()) {
      Passage told = labels.passage(message.movement);
      if (told != null) {
        Stage.send(views, ways, -1, told, context);
      }
    } else {
      take(message, context);
    }
  }

  private void take(Message message, Context context) throws Exception {
    Account known = accounts.value();
    Account account = known == null ? new Account() : known;
    try {
      admission.take(message, account, passage -> Stage.send(views, ways, -1, passage, context), output -> context.output(Stage.ASIDE, output));
    } catch (RuntimeException unforeseen) {
      LOG.error("Quarantined {} {} {}", message.topic, message.partition, message.offset, unforeseen);
      context.output(Stage.ASIDE, replies.quarantined(message.refused(fields, unforeseen)));
    }
    accounts.update(account);
  }

  @Override
  public void close() {
    if (admission != null) {
      admission.close();
    }
  }
}
