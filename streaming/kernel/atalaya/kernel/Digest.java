package atalaya.kernel;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** 128 bits that stand for a text. MD5 serves here as a wide hash, not as protection. */
record Digest(long high, long low) {
  private static final ThreadLocal<MessageDigest> MD5 = ThreadLocal.withInitial(() -> {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException absent) {
      throw new IllegalStateException(absent);
    }
  });

  static Digest of(String text) {
    ByteBuffer digest = ByteBuffer.wrap(MD5.get().digest(text.getBytes(StandardCharsets.UTF_8)));
    return new Digest(digest.getLong(), digest.getLong());
  }
}
