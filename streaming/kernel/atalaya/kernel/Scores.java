package atalaya.kernel;

import java.io.IOException;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The champion's score, which counts, and the challenger's in its shadow, which is only told. Not thread-safe. */
final class Scores implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Scores.class);

  /** Versions are null where there is no such model, scores where it gave no number. */
  record Scored(Double score, String version, Double shadowScore, String shadowVersion) {}

  private final Watched<Model> champion;
  private final Watched<Model> challenger;
  private Model scoring;
  private Model failed;

  Scores(Watched<Model> champion, Watched<Model> challenger) {
    this.champion = champion;
    this.challenger = challenger;
  }

  Scored score(Object[] features) throws Exception {
    scoring = champion.current();
    Double score = scoring == null ? null : number(scoring.score(features));
    Model shadow = challenger.current();
    if (shadow == null) {
      return new Scored(score, version(scoring), null, null);
    }
    return new Scored(score, version(scoring), shadowScore(shadow, features), shadow.version);
  }

  /** 0 allow, 1 review, 2 decline, by the thresholds of the champion that gave the score. */
  int outcome(Scored scored, String reviewAt, String declineAt) {
    if (scored.score() == null) {
      return 0;
    }
    return scored.score() >= scoring.threshold(declineAt) ? 2 : scored.score() >= scoring.threshold(reviewAt) ? 1 : 0;
  }

  static void write(JsonGenerator json, Scored scored) throws IOException {
    Encoder.value(json, "score", scored.score());
    Encoder.value(json, "model_version", scored.version());
    if (scored.shadowVersion() != null) {
      Encoder.value(json, "shadow_score", scored.shadowScore());
      json.writeStringField("shadow_model_version", scored.shadowVersion());
    }
  }

  /** A challenger that breaks must break no decision. */
  private Double shadowScore(Model shadow, Object[] features) {
    try {
      return number(shadow.score(features));
    } catch (Exception broken) {
      if (failed != shadow) {
        LOG.error("Challenger {} cannot score", shadow.version, broken);
        failed = shadow;
      }
      return null;
    }
  }

  private static String version(Model model) {
    return model == null ? null : model.version;
  }

  private static Double number(double probability) {
    return Double.isNaN(probability) ? null : probability;
  }

  @Override
  public void close() {
    champion.close();
    challenger.close();
  }
}
