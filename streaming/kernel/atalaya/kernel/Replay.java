package atalaya.kernel;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;
import org.apache.flink.core.memory.DataOutputViewStreamWrapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;

/**
 * The kernel without a cluster: commands as JSON lines on standard input, outputs as JSON lines, and an empty line after
 * each command. Commands: {"configure": FILE} (accounts stay), {"forget": true}, {"save": true} (accounts go through their saved form), and
 * records {"topic", "partition", "offset", "key", "value"}.
 */
public final class Replay implements AutoCloseable {
  private final Map<String, Account> accounts = new HashMap<>();
  private final PrintStream out;
  private long clock;
  private Contract contract;
  private List<String> fields;
  private Kernel kernel;

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
      clock = 0;
    } else if (command.has("save")) {
      for (Map.Entry<String, Account> entry : accounts.entrySet()) {
        entry.setValue(saved(entry.getValue()));
      }
    } else {
      take(command);
    }
  }

  private void configure(String json) throws Exception {
    close();
    Config config = new Config(json);
    contract = config.contract();
    fields = contract.fieldNames();
    kernel = new Kernel(config, fields, () -> clock++);
  }

  private void take(JsonNode record) throws Exception {
    byte[] key = record.get("key").isNull() ? null : Encoder.bytes(record.get("key").textValue());
    byte[] value = Encoder.bytes(record.get("value").textValue());
    Message message =
        KafkaIn.read(contract, record.get("topic").textValue(), record.get("partition").intValue(), record.get("offset").longValue(), key, value);
    if (message.movement == null) {
      kernel.quarantine(message, this::print);
    } else {
      String account = message.streamKey(fields.indexOf("account_id"));
      kernel.take(message, accounts.computeIfAbsent(account, name -> new Account()), this::print);
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

  private static Account saved(Account account) throws Exception {
    AccountSerializer serializer = new AccountSerializer();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    serializer.serialize(serializer.copy(account), new DataOutputViewStreamWrapper(bytes));
    return serializer.deserialize(new DataInputViewStreamWrapper(new ByteArrayInputStream(bytes.toByteArray())));
  }

  @Override
  public void close() {
    if (kernel != null) {
      kernel.close();
    }
  }
}
