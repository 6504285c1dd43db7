package atalaya.kernel;

import java.util.AbstractMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** An array seen as the map that a rule reads: absent where null, every number a double. Built once, filled per movement. */
final class NamedValues extends AbstractMap<String, Object> {
  private final Map<String, Integer> places = new HashMap<>();
  private Object[] values;

  NamedValues(List<String> names) {
    for (String name : names) {
      places.put(name, places.size());
    }
    values = new Object[places.size()];
  }

  NamedValues filledWith(Object[] fresh) {
    values = fresh;
    return this;
  }

  @Override
  public boolean containsKey(Object name) {
    return get(name) != null;
  }

  @Override
  public Object get(Object name) {
    Integer place = places.get(name);
    Object value = place == null ? null : values[place];
    return value instanceof Long whole ? (Object) whole.doubleValue() : value;
  }

  @Override
  public Set<Entry<String, Object>> entrySet() {
    Set<Entry<String, Object>> entries = new LinkedHashSet<>();
    places.keySet().stream().filter(this::containsKey).forEach(name -> entries.add(Map.entry(name, get(name))));
    return entries;
  }
}
