package atalaya.kernel;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One node of an ONNX graph. Numbers are the field numbers of onnx.proto; protobuf's generic reader needs no schema of them. */
final class OnnxNode {
  static final int MODEL_GRAPH = 7;
  private static final int GRAPH_NODE = 1;
  private static final int NODE_INPUT = 1;
  private static final int NODE_OUTPUT = 2;
  private static final int NODE_OPERATOR = 4;
  private static final int NODE_ATTRIBUTE = 5;
  private static final int NODE_DOMAIN = 7;
  private static final int ATTRIBUTE_NAME = 1;
  private static final int ATTRIBUTE_INTEGER = 3;
  private static final int ATTRIBUTE_TEXT = 4;
  private static final int ATTRIBUTE_FLOATS = 7;
  private static final int ATTRIBUTE_INTEGERS = 8;
  private static final int ATTRIBUTE_TEXTS = 9;

  final String operator;
  final String domain;
  final List<String> inputs;
  final List<String> outputs;
  private final Map<String, long[]> integers = new HashMap<>();
  private final Map<String, float[]> floats = new HashMap<>();
  private final Map<String, List<String>> texts = new HashMap<>();
  private final Map<String, UnknownFieldSet> attributes = new HashMap<>();

  private OnnxNode(UnknownFieldSet node) throws InvalidProtocolBufferException {
    operator = String.join("", strings(node, NODE_OPERATOR));
    domain = String.join("", strings(node, NODE_DOMAIN));
    inputs = strings(node, NODE_INPUT);
    outputs = strings(node, NODE_OUTPUT);
    for (ByteString bytes : node.getField(NODE_ATTRIBUTE).getLengthDelimitedList()) {
      UnknownFieldSet attribute = UnknownFieldSet.parseFrom(bytes);
      String name = only(attribute, ATTRIBUTE_NAME).toStringUtf8();
      attributes.put(name, attribute);
      integers.put(name, packedIntegers(attribute.getField(ATTRIBUTE_INTEGERS)));
      floats.put(name, packedFloats(attribute.getField(ATTRIBUTE_FLOATS)));
      texts.put(name, strings(attribute, ATTRIBUTE_TEXTS));
    }
  }

  static List<OnnxNode> all(UnknownFieldSet graph) throws InvalidProtocolBufferException {
    List<OnnxNode> nodes = new ArrayList<>();
    for (ByteString bytes : graph.getField(GRAPH_NODE).getLengthDelimitedList()) {
      nodes.add(new OnnxNode(UnknownFieldSet.parseFrom(bytes)));
    }
    return nodes;
  }

  /** The last value of a field that is told once, as protobuf has it; throws IndexOutOfBoundsException where it is absent. */
  static ByteString only(UnknownFieldSet message, int field) {
    return message.getField(field).getLengthDelimitedList().getLast();
  }

  Set<String> attributeNames() {
    return attributes.keySet();
  }

  long integer(String attribute, long absent) {
    return attributes.containsKey(attribute) ? attributes.get(attribute).getField(ATTRIBUTE_INTEGER).getVarintList().getLast() : absent;
  }

  String text(String attribute, String absent) {
    return attributes.containsKey(attribute) ? only(attributes.get(attribute), ATTRIBUTE_TEXT).toStringUtf8() : absent;
  }

  /** Empty where the attribute is absent. */
  long[] integers(String attribute) {
    return integers.getOrDefault(attribute, new long[0]);
  }

  float[] floats(String attribute) {
    return floats.getOrDefault(attribute, new float[0]);
  }

  List<String> texts(String attribute) {
    return texts.getOrDefault(attribute, List.of());
  }

  private static List<String> strings(UnknownFieldSet message, int field) {
    return message.getField(field).getLengthDelimitedList().stream().map(ByteString::toStringUtf8).toList();
  }

  private static long[] packedIntegers(UnknownFieldSet.Field field) throws InvalidProtocolBufferException {
    List<Long> values = new ArrayList<>(field.getVarintList());
    for (ByteString packed : field.getLengthDelimitedList()) {
      CodedInputStream in = packed.newCodedInput();
      unpack(in, () -> values.add(in.readInt64()));
    }
    return values.stream().mapToLong(Long::longValue).toArray();
  }

  private static float[] packedFloats(UnknownFieldSet.Field field) throws InvalidProtocolBufferException {
    List<Integer> bits = new ArrayList<>(field.getFixed32List());
    for (ByteString packed : field.getLengthDelimitedList()) {
      CodedInputStream in = packed.newCodedInput();
      unpack(in, () -> bits.add(in.readFixed32()));
    }
    float[] values = new float[bits.size()];
    for (int index = 0; index < values.length; index++) {
      values[index] = Float.intBitsToFloat(bits.get(index));
    }
    return values;
  }

  private interface Reading {
    void once() throws IOException;
  }

  private static void unpack(CodedInputStream in, Reading reading) throws InvalidProtocolBufferException {
    try {
      while (!in.isAtEnd()) {
        reading.once();
      }
    } catch (InvalidProtocolBufferException broken) {
      throw broken;
    } catch (IOException impossible) {
      throw new InvalidProtocolBufferException(impossible);
    }
  }
}
