package dev.microsandbox.vmm;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Code to run.
 *
 * @param language a language's name or alias, for example {@code python}
 * @param code the program text
 * @param stdin what the program reads from standard input; end of file follows
 * @param timeout when to interrupt the code; null for never
 * @param logThreshold keep a log in the guest when more bytes than this are printed; 0 for no log
 */
public record RunRequest(
        String language, String code, byte[] stdin, @Nullable Duration timeout, int logThreshold) {

    /** Code without stdin, time-out or log. */
    public static RunRequest of(String language, String code) {
        return new RunRequest(language, code, new byte[0], null, 0);
    }

    public RunRequest withTimeout(@Nullable Duration newTimeout) {
        return new RunRequest(language, code, stdin, newTimeout, logThreshold);
    }

    public RunRequest withStdin(byte[] newStdin) {
        return new RunRequest(language, code, newStdin, timeout, logThreshold);
    }

    public RunRequest withLogThreshold(int newLogThreshold) {
        return new RunRequest(language, code, stdin, timeout, newLogThreshold);
    }
}
