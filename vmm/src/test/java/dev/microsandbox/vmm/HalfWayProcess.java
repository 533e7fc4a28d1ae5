package dev.microsandbox.vmm;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A separate process that stops half-way through some work, where a test can kill it. */
public final class HalfWayProcess implements AutoCloseable {

    private static final String HALF_WAY = "half-way\n";

    private final Process process;

    private HalfWayProcess(Process process) {
        this.process = process;
    }

    /**
     * Starts a process.
     *
     * @param main the class whose main method it runs; that method calls {@link #halfWay}
     */
    public static HalfWayProcess start(Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(main.getName());
        command.addAll(List.of(arguments));
        return new HalfWayProcess(
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }

    /** Called in the process: reports that it is half-way. */
    public static void halfWay() {
        System.out.print(HALF_WAY);
        System.out.flush();
    }

    /**
     * Called in the process: waits until it may finish.
     *
     * @throws IOException if the parent has ended
     */
    public static void awaitContinue() throws IOException {
        if (System.in.read() < 0) {
            throw new IOException("nobody is there any more");
        }
    }

    public long pid() {
        return process.pid();
    }

    /** Waits until the process is half-way. */
    public void awaitHalfWay() throws IOException {
        InputStream out = process.getInputStream();
        String line = new String(out.readNBytes(HALF_WAY.length()), StandardCharsets.UTF_8);
        if (!line.equals(HALF_WAY)) {
            throw new IOException("the process said " + line);
        }
    }

    /** Lets the process finish, and waits for its end. */
    public void letContinue() throws IOException {
        process.getOutputStream().write('\n');
        process.getOutputStream().flush();
        process.onExit().join();
    }

    /** Kills the process with SIGKILL, so that none of its own code runs any more. */
    public void kill() {
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        kill();
    }
}
