package atalaya.kernel;

/** What computes a champion's probability of fraud. Not thread-safe. */
interface Evaluator extends AutoCloseable {
  /** `row` in the order of the model's inputs, NaN where a value is missing; it is only read. NaN when the model gives no number. */
  float probability(float[] row) throws Exception;

  @Override
  void close() throws Exception;
}
