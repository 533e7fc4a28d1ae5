package dev.microsandbox.vmm;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process of its own that is half-way through something, and can be killed there. */
public final class HalfWayProcess implements AutoCloseable {

    private static final String HALF_WAY = "half-way\n";

    private final Process process;

    private HalfWayProcess(Process process) {
        this.process = process;
    }

    /**
     * Starts one.
     *
     * @param main the class whose main method it runs: that calls {@link #halfWay}
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

    /** In the process: says that it is there. */
    public static void halfWay() {
        System.out.print(HALF_WAY);
        System.out.flush();
    }

    /**
     * In the process: waits until it may finish.
     *
     * @throws IOException if nobody is there any more who could say so
     */
    public static void awaitGoingOn() throws IOException {
        if (System.in.read() < 0) {
            throw new IOException("nobody is there any more");
        }
    }

    public long pid() {
        return process.pid();
    }

    /** Waits until it is there. */
    public void awaitHalfWay() throws IOException {
        InputStream out = process.getInputStream();
        String line = new String(out.readNBytes(HALF_WAY.length()), StandardCharsets.UTF_8);
        if (!line.equals(HALF_WAY)) {
            throw new IOException("the process said " + line);
        }
    }

    /** Lets it finish, and waits for its end. */
    public void goOn() throws IOException {
        process.getOutputStream().write('\n');
        process.getOutputStream().flush();
        process.onExit().join();
    }

    /** SIGKILL: nothing of the process's own runs any more. */
    public void kill() {
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        kill();
    }
}
