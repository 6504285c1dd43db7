package atalaya.kernel;

import org.apache.flink.api.java.functions.KeySelector;

/** What a later stage is partitioned by. */
public final class PassageKey implements KeySelector<Passage, String> {
  private static final long serialVersionUID = 1L;

  private final int field;

  public PassageKey(String config, int stage) {
    Config read = new Config(config);
    field = read.views(read.contract().fieldNames()).stages.get(stage).key;
  }

  @Override
  public String getKey(Passage passage) {
    return (String) passage.values[field];
  }
}
