package dev.microsandbox.vmm;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Code to run.
 *
 * @param language a language's name or alias, for example {@code python}
 * @param code the program text
 * @param stdin the bytes of the program's standard input, followed by end of file
 * @param timeout time after which the code is interrupted; null for no time-out
 * @param logThreshold output size in bytes above which a log is kept in the guest; 0 for no log
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
