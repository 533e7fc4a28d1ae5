package dev.microsandbox.vmm.confine;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * A JVM of its own that installs a filter and then tries system calls, in a thread that is older
 * than the filter. Arguments that no call accepts make each of them harmless where it is let
 * through.
 */
final class FilteredProcess {

    /** An address in no process, and no valid number for anything. */
    private static final long NOTHING = -1;

    private FilteredProcess() {}

    /**
     * Runs a process to its end.
     *
     * @param filter {@code none}, {@code programs} or {@code all}
     * @param calls NAME:NUMBER or NAME:NUMBER:ARGUMENT…
     * @return by name, the errno of each call, 0 if it succeeded; {@code thread}: 0 if a thread
     *     could be started; {@code program}: 0 if a program could be
     */
    static Map<String, Integer> run(String filter, List<String> calls)
            throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                FilteredProcess.class.getName(),
                                filter,
                                String.join(",", calls))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        Map<String, Integer> results = new HashMap<>();
        try (var lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.split(" ", -1);
                results.put(words[0], Integer.parseInt(words[1]));
            }
        }
        int status = process.waitFor();
        if (status != 0) {
            throw new IOException("the process ended with status " + status + ": " + results);
        }
        return results;
    }

    /** Runs in the process. */
    public static void main(String[] arguments) throws Exception {
        BlockingQueue<Runnable> tasks = new ArrayBlockingQueue<>(1);
        Thread older =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    try {
                                        tasks.take().run();
                                    } catch (InterruptedException e) {
                                        throw new IllegalStateException(e);
                                    }
                                });
        switch (arguments[0]) {
            case "programs" -> SystemCallFilter.withPrograms().install();
            case "all" -> SystemCallFilter.withoutPrograms().install();
            default -> {
                // No filter.
            }
        }
        tasks.put(() -> tryAll(arguments[1].split(",", -1)));
        older.join();
        Thread.ofPlatform().start(() -> say("thread", 0)).join();
        Thread.ofVirtual().start(() -> say("virtual", 0)).join();
        say("program", program());
        ThreadStates states = ThreadStates.ofThisProcess();
        say("filtered", states.filtered() ? 1 : 0);
        say("noNewPrivs", states.noNewPrivs() ? 1 : 0);
    }

    private static int program() {
        try {
            return new ProcessBuilder("/bin/true").start().waitFor();
        } catch (IOException | InterruptedException e) {
            return 1;
        }
    }

    @SuppressWarnings("restricted") // granted by the command line
    private static void tryAll(String... calls) {
        var state = Linker.Option.captureStateLayout();
        var errno = state.varHandle(PathElement.groupElement("errno"));
        FunctionDescriptor type =
                FunctionDescriptor.of(
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG);
        MethodHandle syscall =
                Linker.nativeLinker()
                        .downcallHandle(
                                Linker.nativeLinker().defaultLookup().findOrThrow("syscall"),
                                type,
                                Linker.Option.firstVariadicArg(1),
                                Linker.Option.captureCallState("errno"));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captured = arena.allocate(state);
            for (String call : calls) {
                String[] parts = call.split(":", -1);
                long[] values = new long[7];
                for (int i = 0; i < values.length; i++) {
                    values[i] = i + 1 < parts.length ? Long.parseLong(parts[i + 1]) : NOTHING;
                }
                long result =
                        (long)
                                syscall.invokeExact(
                                        captured, values[0], values[1], values[2], values[3],
                                        values[4], values[5], values[6]);
                say(parts[0], result == -1 ? (int) errno.get(captured, 0L) : 0);
            }
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static synchronized void say(String name, int result) {
        System.out.println(name + " " + result);
    }
}
