package dev.microsandbox.vmm.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Starts a program with a descriptor, which {@link ProcessBuilder} would close: posix_spawn(3). */
public final class SpawnedProgram {

    /** At least the size of posix_spawn_file_actions_t, which has 80 bytes in glibc and musl. */
    private static final int FILE_ACTIONS_BYTES = 256;

    private static final int WNOHANG = 1;

    private SpawnedProgram() {}

    /**
     * Starts a program.
     *
     * @param arguments without the program's name
     * @param file a descriptor
     * @param number by which the program knows the descriptor
     * @return the process id; {@link #reap} frees it once it has ended
     */
    public static int start(Path program, List<String> arguments, FileDescriptor file, int number)
            throws LinuxException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment words = call.allocate(ValueLayout.ADDRESS, arguments.size() + 2L);
            MemorySegment path = call.allocateFrom(program.toString());
            words.setAtIndex(ValueLayout.ADDRESS, 0, path);
            for (int i = 0; i < arguments.size(); i++) {
                words.setAtIndex(ValueLayout.ADDRESS, i + 1L, call.allocateFrom(arguments.get(i)));
            }
            Map<String, String> variables = System.getenv();
            MemorySegment environment = call.allocate(ValueLayout.ADDRESS, variables.size() + 1L);
            int at = 0;
            for (Map.Entry<String, String> variable : variables.entrySet()) {
                environment.setAtIndex(
                        ValueLayout.ADDRESS,
                        at++,
                        call.allocateFrom(variable.getKey() + "=" + variable.getValue()));
            }
            MemorySegment actions = call.allocate(FILE_ACTIONS_BYTES, 8);
            check("posix_spawn_file_actions_init", ProcessCalls.fileActionsInit(actions));
            try {
                check(
                        "posix_spawn_file_actions_adddup2",
                        ProcessCalls.fileActionsAdddup2(actions, file.number(), number));
                MemorySegment pid = call.allocate(ValueLayout.JAVA_INT);
                check(
                        "posix_spawn(" + program + ")",
                        ProcessCalls.posixSpawn(pid, path, actions, words, environment));
                return pid.get(ValueLayout.JAVA_INT, 0);
            } finally {
                int _ = ProcessCalls.fileActionsDestroy(actions);
            }
        }
    }

    private static void check(String call, int negativeError) throws LinuxException {
        if (negativeError != 0) {
            throw new LinuxException(call, -negativeError);
        }
    }

    /** Waits for a program that is ending. */
    public static void reap(int pid) {
        while (ProcessCalls.waitpid(pid, 0) == -Errno.EINTR) {
            // The next call goes on waiting.
        }
    }

    /** Whether a program has ended; it is then reaped. */
    public static boolean hasEnded(int pid) {
        return ProcessCalls.waitpid(pid, WNOHANG) != 0;
    }
}
