package atalaya.kernel;

import java.io.Serializable;
import java.nio.file.Path;
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

  /** The contract of movements. */
  Contract contract() {
    return new Contract(get("contract"));
  }

  /** The contract of labels. */
  Contract labels() {
    return new Contract(get("labels"));
  }

  Views views(List<String> fields) {
    return new Views(get("views"), fields);
  }

  /** The rules: those of the submission, until their file has others. */
  Watched<Rules> rules(List<String> fields, List<String> features) throws Exception {
    byte[] submitted = Encoder.bytes(get("rules").asText());
    return new Watched<>(Path.of(get("rules_file").asText()), () -> Rules.of(submitted, fields, features), file -> Rules.of(file, fields, features));
  }

  /** The champion, none until its file is there, and the challenger in its shadow, none while its file is not. */
  Scores scores(List<String> features) throws Exception {
    Watched.Loader<Model> loader = artefact -> new Model(artefact, features);
    Watched<Model> champion = new Watched<>(Path.of(get("model_file").asText()), () -> null, loader);
    return new Scores(champion, Watched.withdrawable(Path.of(get("shadow_model_file").asText()), loader));
  }
}
