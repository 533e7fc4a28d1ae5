package dev.microsandbox.vmm;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A command to run.
 *
 * @param command program (looked up in the guest's {@code PATH}) and arguments
 * @param environment added to the sandbox's default environment
 * @param directory working directory; null for {@code /workspace}
 * @param stdin the bytes of the command's standard input, followed by end of file
 * @param timeout time after which the command is stopped; null for no time-out
 * @param logThreshold output size in bytes above which a log is kept in the guest; 0 for no log
 * @param user the user that the command runs as
 */
public record ExecRequest(
        List<String> command,
        Map<String, String> environment,
        @Nullable String directory,
        byte[] stdin,
        @Nullable Duration timeout,
        int logThreshold,
        User user) {

    /** The users of a guest. */
    public enum User {
        /** uid 1000, may use {@code sudo}. */
        SANDBOX,
        ROOT
    }

    public ExecRequest {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }

    /** A command with the defaults: user {@code sandbox}, {@code /workspace}, no stdin. */
    public static ExecRequest of(String... command) {
        return new ExecRequest(
                List.of(command), Map.of(), null, new byte[0], null, 0, User.SANDBOX);
    }

    public ExecRequest withEnvironment(Map<String, String> newEnvironment) {
        return new ExecRequest(
                command, newEnvironment, directory, stdin, timeout, logThreshold, user);
    }

    public ExecRequest withDirectory(@Nullable String newDirectory) {
        return new ExecRequest(
                command, environment, newDirectory, stdin, timeout, logThreshold, user);
    }

    public ExecRequest withStdin(byte[] newStdin) {
        return new ExecRequest(
                command, environment, directory, newStdin, timeout, logThreshold, user);
    }

    public ExecRequest withTimeout(@Nullable Duration newTimeout) {
        return new ExecRequest(
                command, environment, directory, stdin, newTimeout, logThreshold, user);
    }

    public ExecRequest withLogThreshold(int newLogThreshold) {
        return new ExecRequest(
                command, environment, directory, stdin, timeout, newLogThreshold, user);
    }

    public ExecRequest withUser(User newUser) {
        return new ExecRequest(
                command, environment, directory, stdin, timeout, logThreshold, newUser);
    }
}
