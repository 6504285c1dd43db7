package atalaya.kernel;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;
import org.apache.flink.core.memory.DataOutputViewStreamWrapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;

/**
 * The kernel without a cluster: commands as JSON lines on standard input, outputs as JSON lines, and an empty line after
 * each command. Commands: {"configure": FILE} (state stays), {"forget": true}, {"save": true} (state goes through its saved form), and
 * records {"topic", "partition", "offset", "key", "value"}. Nothing waits here: each movement is decided as it comes.
 */
public final class Replay implements AutoCloseable {
  private final Map<String, Account> accounts = new HashMap<>();
  private final List<Map<String, Entity>> entities = new ArrayList<>();
  private final PrintStream out;
  private long clock;
  private List<String> fields;
  private Views views;
  private List<Entities> stages;
  private KafkaIn movements;
  private KafkaIn told;
  private Labels labels;
  private Replies replies;
  private Admission admission;
  private Decider decider;

  private Replay(PrintStream out) {
    this.out = out;
  }

  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    System.setOut(System.err); // for logs: what is read by line must have nothing else in it
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (Replay replay = new Replay(out)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        replay.obey(Contract.JSON.readTree(line));
        out.print('\n');
        out.flush();
      }
    }
  }

  private void obey(JsonNode command) throws Exception {
    if (command.has("configure")) {
      configure(Files.readString(Path.of(command.get("configure").asText())));
    } else if (command.has("forget")) {
      accounts.clear();
      entities.forEach(Map::clear);
      clock = 0;
    } else if (command.has("save")) {
      save();
    } else {
      take(command);
    }
  }

  private void configure(String json) throws Exception {
    close();
    Config config = new Config(json);
    fields = config.contract().fieldNames();
    views = config.views(fields);
    stages = views.stages.stream().map(Entities::new).toList();
    while (entities.size() < stages.size()) {
      entities.add(new HashMap<>());
    }
    movements = KafkaIn.movements(json);
    told = KafkaIn.labels(json);
    labels = new Labels(config.labels().fieldNames(), fields);
    replies = new Replies(config, fields, () -> clock++);
    admission = new Admission(config, fields, replies);
    decider = new Decider(config, fields, replies, () -> clock++);
  }

  private void take(JsonNode record) throws Exception {
    String topic = record.get("topic").textValue();
    byte[] key = record.get("key").isNull() ? null : Encoder.bytes(record.get("key").textValue());
    byte[] value = Encoder.bytes(record.get("value").textValue());
    KafkaIn in = told.reads(topic) ? told : movements;
    Message message = in.read(topic, record.get("partition").intValue(), record.get("offset").longValue(), key, value);
    if (message.movement == null) {
      print(replies.quarantined(message));
    } else if (message.isLabel()) {
      Passage passage = labels.passage(message.movement);
      if (passage != null) {
        pass(passage);
      }
    } else {
      List<Passage> admitted = new ArrayList<>(1);
      String account = message.streamKey(fields.indexOf("account_id"));
      admission.take(message, accounts.computeIfAbsent(account, name -> new Account()), admitted::add, this::print);
      for (Passage passage : admitted) {
        pass(passage);
      }
    }
  }

  private void pass(Passage passage) throws Exception {
    for (int stage = views.next(-1, passage); stage < stages.size(); stage = views.next(stage, passage)) {
      String key = (String) passage.values[views.stages.get(stage).key];
      Entity entity = entities.get(stage).computeIfAbsent(key, name -> new Entity());
      stages.get(stage).take(passage, entity);
      if (passage.label == null) {
        stages.get(stage).tell(passage, entity);
        if (stage == stages.size() - 1) {
          decider.decide(passage, entity, this::print);
        }
      }
      stages.get(stage).forget(entity);
    }
  }

  private void print(Output output) {
    out.print(Encoder.object(json -> {
      json.writeStringField("topic", output.topic());
      json.writeNumberField("partition", output.partition());
      json.writeStringField("key", new String(output.key(), StandardCharsets.UTF_8));
      json.writeFieldName("value");
      json.writeRawValue(new String(output.value(), StandardCharsets.UTF_8));
    }));
    out.print('\n');
  }

  private void save() throws Exception {
    for (Map.Entry<String, Account> entry : accounts.entrySet()) {
      entry.setValue(saved(entry.getValue(), new AccountSerializer()));
    }
    for (Map<String, Entity> stage : entities) {
      for (Map.Entry<String, Entity> entry : stage.entrySet()) {
        entry.setValue(saved(entry.getValue(), new EntitySerializer()));
      }
    }
  }

  private static <T> T saved(T state, TypeSerializer<T> serializer) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    serializer.serialize(serializer.copy(state), new DataOutputViewStreamWrapper(bytes));
    return serializer.deserialize(new DataInputViewStreamWrapper(new ByteArrayInputStream(bytes.toByteArray())));
  }

  @Override
  public void close() {
    if (admission != null) {
      admission.close();
      decider.close();
    }
  }
}
