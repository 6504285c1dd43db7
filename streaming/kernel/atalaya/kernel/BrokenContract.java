package atalaya.kernel;

/** A message that breaks its contract: the first field that does, and why. */
final class BrokenContract extends Exception {
  private static final long serialVersionUID = 1L;

  final String field;

  BrokenContract(String field, String complaint) {
    super(complaint, null, false, false);
    this.field = field;
  }
}
