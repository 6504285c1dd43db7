package atalaya.kernel;

import java.io.Serializable;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonProcessingException;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;

/** The job's configuration, as Python compiled it from the contracts. Kept as text, so that the job graph carries no trees. */
final class Config implements Serializable {
  private static final long serialVersionUID = 1L;

  private final String json;
  private transient JsonNode root;

  Config(String json) {
    this.json = json;
  }

  JsonNode get(String name) {
    if (root == null) {
      try {
        root = Contract.JSON.readTree(json);
      } catch (JsonProcessingException broken) {
        throw new IllegalArgumentException("The job's configuration is no JSON", broken);
      }
    }
    JsonNode found = root.get(name);
    if (found == null) {
      throw new IllegalArgumentException("The job's configuration lacks " + name);
    }
    return found;
  }

  Contract contract() {
    return new Contract(get("contract"));
  }

  Plan plan(List<String> fields) {
    return new Plan(get("features"), fields);
  }
}
