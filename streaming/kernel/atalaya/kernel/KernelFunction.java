package atalaya.kernel;

import java.time.Instant;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The kernel as Flink runs it: one account of state for each key. */
public final class KernelFunction extends KeyedProcessFunction<String, Message, Output> {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(KernelFunction.class);

  private final Config config;
  private transient Kernel kernel;
  private transient List<String> fields;
  private transient ValueState<Account> accounts;

  public KernelFunction(String config) {
    this.config = new Config(config);
  }

  @Override
  public void open(OpenContext context) throws Exception {
    fields = config.contract().fieldNames();
    kernel = new Kernel(config, fields, KernelFunction::now);
    accounts = getRuntimeContext().getState(new ValueStateDescriptor<>("account", new AccountSerializer()));
  }

  @Override
  public void processElement(Message message, Context context, Collector<Output> out) throws Exception {
    if (message.movement == null) {
      kernel.quarantine(message, out::collect);
      return;
    }
    Account known = accounts.value();
    Account account = known == null ? new Account() : known;
    try {
      kernel.take(message, account, out::collect);
    } catch (RuntimeException unforeseen) {
      LOG.error("Quarantined {} {} {}", message.topic, message.partition, message.offset, unforeseen);
      kernel.quarantine(message.refused(fields, unforeseen), out::collect);
    }
    accounts.update(account);
  }

  @Override
  public void close() {
    if (kernel != null) {
      kernel.close();
    }
  }

  private static long now() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000 + now.getNano() / 1000;
  }
}
