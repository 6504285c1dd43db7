package atalaya.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that others replace, or withdraw, while we run. A thread of its own reads and loads it, so that loading never holds up a
 * decision; whoever decides takes over what was loaded last. A file that does not load is refused whole, and logged.
 */
final class Watched<T extends AutoCloseable> implements AutoCloseable {
  /** Makes the object of a file's bytes; whatever it throws refuses the file. */
  interface Loader<T> {
    T load(byte[] content) throws Exception;
  }

  /** What a look at the file gave; null where it is gone. */
  private record Found<T>(T value) {}

  private static final Logger LOG = LoggerFactory.getLogger(Watched.class);
  private static final long PERIOD_MS = 250;

  private final Path path;
  private final Loader<T> loader;
  private final boolean withdrawable;
  private final AtomicReference<Found<T>> loaded = new AtomicReference<>();
  private final Thread thread;
  private List<Object> seen = List.of();
  private T current;

  /** Reads the file once before it returns; what `initial` makes (possibly null) stands until the file has something better. */
  Watched(Path path, Callable<T> initial, Loader<T> loader) throws Exception {
    this(path, initial, loader, false);
  }

  private Watched(Path path, Callable<T> initial, Loader<T> loader, boolean withdrawable) throws Exception {
    this.path = path;
    this.loader = loader;
    this.withdrawable = withdrawable;
    read();
    current = loaded.get() == null ? initial.call() : null;
    thread = new Thread(this::run, "watch-" + path.getFileName());
    thread.setDaemon(true);
    thread.start();
  }

  /** A file that need not be there: while it is not, there is nothing, whatever there was before. */
  static <T extends AutoCloseable> Watched<T> withdrawable(Path path, Loader<T> loader) throws Exception {
    return new Watched<>(path, () -> null, loader, true);
  }

  /** What was loaded last; only for the one thread that decides. */
  T current() {
    Found<T> fresh = loaded.getAndSet(null);
    if (fresh != null) {
      release(current);
      current = fresh.value();
    }
    return current;
  }

  private void run() {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        Thread.sleep(PERIOD_MS);
      } catch (InterruptedException closed) {
        return;
      }
      read();
    }
  }

  private void read() {
    try {
      BasicFileAttributes file = Files.readAttributes(path, BasicFileAttributes.class);
      List<Object> place = Arrays.asList(file.fileKey(), file.lastModifiedTime(), file.size());
      if (place.equals(seen)) {
        return;
      }
      byte[] now = Files.readAllBytes(path);
      seen = place;
      load(now);
    } catch (NoSuchFileException absent) {
      withdraw();
    } catch (IOException unreadable) {
      LOG.warn("Cannot read {}: {}", path, unreadable.toString());
    }
  }

  /** What cannot be parsed is an IOException to some parsers, and yet no fault of the disk. */
  private void load(byte[] content) {
    try {
      hand(loader.load(content));
      LOG.info("Took over {}", path);
    } catch (Exception | LinkageError refused) {
      LOG.error("Refused {} and kept what was there", path, refused);
    }
  }

  private void withdraw() {
    if (withdrawable && !seen.isEmpty()) {
      seen = List.of();
      hand(null);
      LOG.info("{} was withdrawn", path);
    }
  }

  private void hand(T value) {
    Found<T> passedOver = loaded.getAndSet(new Found<>(value));
    release(passedOver == null ? null : passedOver.value());
  }

  private static void release(AutoCloseable old) {
    try {
      if (old != null) {
        old.close();
      }
    } catch (Exception problem) {
      LOG.warn("Could not release what a file had held", problem);
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException again) {
      Thread.currentThread().interrupt();
    }
    release(current());
    current = null;
  }
}
