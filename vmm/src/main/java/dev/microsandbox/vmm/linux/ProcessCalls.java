package dev.microsandbox.vmm.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The C library's functions of processes and users: see {@link LibC}. */
@SuppressWarnings("restricted") // granted to this module by --enable-native-access
final class ProcessCalls {

    private static final MethodHandle POSIX_SPAWN =
            LibC.plain(
                    "posix_spawn",
                    FunctionDescriptor.of(
                            JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS));
    private static final MethodHandle FILE_ACTIONS_INIT =
            LibC.plain("posix_spawn_file_actions_init", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle FILE_ACTIONS_ADDDUP2 =
            LibC.plain(
                    "posix_spawn_file_actions_adddup2",
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
    private static final MethodHandle FILE_ACTIONS_DESTROY =
            LibC.plain(
                    "posix_spawn_file_actions_destroy", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle WAITPID =
            LibC.plain("waitpid", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle FLOCK =
            LibC.plain("flock", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle GETPRIORITY =
            LibC.plain("getpriority", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));

    private ProcessCalls() {}

    /** posix_spawn(3), which returns its error number instead of setting errno. */
    static int posixSpawn(
            MemorySegment pid,
            MemorySegment path,
            MemorySegment actions,
            MemorySegment arguments,
            MemorySegment environment) {
        return -LibC.call(
                state ->
                        (int)
                                POSIX_SPAWN.invokeExact(
                                        state,
                                        pid,
                                        path,
                                        actions,
                                        MemorySegment.NULL,
                                        arguments,
                                        environment));
    }

    /** posix_spawn_file_actions_init(3). */
    static int fileActionsInit(MemorySegment actions) {
        return -LibC.call(state -> (int) FILE_ACTIONS_INIT.invokeExact(state, actions));
    }

    /** posix_spawn_file_actions_adddup2(3). */
    static int fileActionsAdddup2(MemorySegment actions, int fd, int number) {
        return -LibC.call(
                state -> (int) FILE_ACTIONS_ADDDUP2.invokeExact(state, actions, fd, number));
    }

    /** posix_spawn_file_actions_destroy(3). */
    static int fileActionsDestroy(MemorySegment actions) {
        return -LibC.call(state -> (int) FILE_ACTIONS_DESTROY.invokeExact(state, actions));
    }

    /** waitpid(2). */
    static int waitpid(int pid, int options) {
        return LibC.call(
                state -> (int) WAITPID.invokeExact(state, pid, MemorySegment.NULL, options));
    }

    /** flock(2). */
    static int flock(int fd, int operation) {
        return LibC.call(state -> (int) FLOCK.invokeExact(state, fd, operation));
    }

    /** getpriority(2), for its error: a result of -1 means the nice value -1 or an error. */
    static int getpriority(int which, int who) {
        return LibC.call(state -> (int) GETPRIORITY.invokeExact(state, which, who));
    }
}
