package dev.microsandbox.vmm.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process of its own that uses a store and can be killed. Prints {@code half-way}. */
final class StoreProcess implements AutoCloseable {

    private final Process process;

    private StoreProcess(Process process) {
        this.process = process;
    }

    /** Starts one that builds the default image and stops half-way until its stdin says more. */
    static StoreProcess building(Path home) throws IOException {
        return start("build", home);
    }

    /** Starts one that has found the default image of an agent, and uses it until it is killed. */
    static StoreProcess using(Path home, String agent) throws IOException {
        return start("use", home, agent);
    }

    /** Starts one that runs {@code sleep SECONDS} as a build tool. */
    static StoreProcess running(Path log, String seconds) throws IOException {
        return start("tool", log, seconds);
    }

    private static StoreProcess start(String mode, Path path, String... more) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(StoreProcess.class.getName(), mode, path.toString()));
        command.addAll(List.of(more));
        return new StoreProcess(
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }

    long pid() {
        return process.pid();
    }

    void awaitHalfWay() throws IOException {
        InputStream out = process.getInputStream();
        String line = new String(out.readNBytes("half-way\n".length()), StandardCharsets.UTF_8);
        if (!line.equals("half-way\n")) {
            throw new IOException("the process said " + line);
        }
    }

    void goOn() throws IOException {
        process.getOutputStream().write('\n');
        process.getOutputStream().flush();
    }

    /** SIGKILL: nothing of the process's own runs any more. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        kill();
    }

    /** The process. */
    public static void main(String[] arguments) throws Exception {
        Path path = Path.of(arguments[1]);
        if (arguments[0].equals("build")) {
            FakeBuilders builders = new FakeBuilders();
            builders.halfWay = StoreProcess::pause;
            new GuestAssetStore(path, null, builders).resolve("default", line -> {});
        } else if (arguments[0].equals("use")) {
            FakeBuilders builders = new FakeBuilders();
            builders.agent = arguments[2];
            new GuestAssetStore(path, null, builders).resolve("default", line -> {});
            pause();
        } else {
            sayHalfWay();
            new ToolRun(path, line -> {})
                    .run("Sleeping", Containment.contain(List.of("sleep", arguments[2])));
        }
    }

    private static void pause() throws IOException {
        sayHalfWay();
        if (System.in.read() < 0) {
            throw new IOException("nobody is there any more");
        }
    }

    private static void sayHalfWay() {
        System.out.print("half-way\n");
        System.out.flush();
    }
}
