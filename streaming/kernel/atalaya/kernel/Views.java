package atalaya.kernel;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;

/**
 * The declared views in the order in which a movement visits their keys: the account, whose view is first, then the others; the last one's key
 * is the party, which every movement has. Views of the movement itself have no stage: the account's fills them.
 */
final class Views implements Serializable {
  private static final long serialVersionUID = 1L;

  final View account;
  /** Views of the movement itself. */
  final List<View> own = new ArrayList<>();
  /** The other keys' views; a stage's number is its place here. */
  final List<View> stages = new ArrayList<>();
  /** Every feature's name, in the order of a movement's features. */
  final List<String> names = new ArrayList<>();

  Views(JsonNode declared, List<String> fields) {
    View first = null;
    List<String> readable = new ArrayList<>(fields);
    for (JsonNode one : declared) {
      View view = new View(one, readable, names.size());
      names.addAll(view.names);
      if (first == null) {
        first = view;
        readable.addAll(view.names);
      } else if (view.storeIds.length == 0 && view.lag < 0) {
        own.add(view);
      } else {
        stages.add(view);
      }
    }
    account = first;
  }

  /** The stage that a passage goes to after the one of that number (-1: the account's); `stages.size()` when there is none. */
  int next(int stage, Passage passage) {
    int next = stage + 1;
    while (next < stages.size() && !concerns(stages.get(next), passage)) {
      next++;
    }
    return next;
  }

  private static boolean concerns(View view, Passage passage) {
    return passage.values[view.key] != null && (passage.label == null || view.wantsLabels);
  }
}
