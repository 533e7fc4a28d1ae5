package dev.microsandbox.vmm.template;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A separate process that stops half-way through making a template and can be killed. */
final class MakerProcess implements AutoCloseable {

    private static final String HALF_WAY = "half-way\n";
    private static final String REFUSED = "refused \n";

    private final Process process;

    private MakerProcess(Process process) {
        this.process = process;
    }

    /** Starts a process that stops after it has written a file. */
    static MakerProcess making(Path templates, TemplateInfo info) throws IOException {
        return new MakerProcess(
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                MakerProcess.class.getName(),
                                templates.toString(),
                                info.encode())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start());
    }

    void awaitHalfWay() throws IOException {
        String said = said();
        if (!said.equals(HALF_WAY)) {
            throw new IOException("the process said " + said);
        }
    }

    /** Whether it found that another process is making the template. */
    boolean isRefused() throws IOException {
        return said().equals(REFUSED);
    }

    private String said() throws IOException {
        InputStream out = process.getInputStream();
        return new String(out.readNBytes(HALF_WAY.length()), StandardCharsets.UTF_8);
    }

    /** Kills the process with SIGKILL, so that none of its own code runs any more. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        kill();
    }

    /** Runs in the process. */
    public static void main(String[] arguments) throws Exception {
        boolean mine =
                new TemplateStore(Path.of(arguments[0]))
                        .make(
                                TemplateInfo.decode(arguments[1]).orElseThrow(),
                                saved -> {
                                    Path partial = saved.resolveSibling(".saved.0123.partial");
                                    Files.createDirectory(partial);
                                    Files.writeString(partial.resolve("memory"), "half of it");
                                    say(HALF_WAY);
                                    int _ = System.in.read();
                                });
        if (!mine) {
            say(REFUSED);
        }
    }

    private static void say(String text) {
        System.out.print(text);
        System.out.flush();
    }
}
