package dev.microsandbox.vmm.image.build;

import java.time.Duration;

/** The time since this object was created, in words. */
public final class Elapsed {

    private final long startNanos = System.nanoTime();

    long seconds() {
        return Duration.ofNanos(System.nanoTime() - startNanos).toSeconds();
    }

    /** For example {@code 9 s} or {@code 3 min 5 s}. */
    @Override
    public String toString() {
        return format(seconds());
    }

    static String format(long seconds) {
        return seconds < 60 ? seconds + " s" : seconds / 60 + " min " + seconds % 60 + " s";
    }
}
