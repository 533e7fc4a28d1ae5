package dev.microsandbox.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.SandboxFiles.WriteOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** The sandbox under test, and the calls that the parts of {@link SandboxContract} share. */
interface ContractSandbox {

    /** Booted once for all tests of a class. */
    Sandbox sandbox();

    /** How many times longer commands may take than on hardware: see {@link HostSpeed}. */
    int slowness();

    /** Divides amounts of data: all of it passes through the guest's kernel, which may be slow. */
    int thrift();

    /** The memory that the sandbox was configured with. */
    long memoryBytes();

    default Exit exec(String... command) throws InterruptedException {
        return sandbox().exec(ExecRequest.of(command), new Recorder());
    }

    default Exit bash(String script, OutputListener output) throws InterruptedException {
        return sandbox().exec(ExecRequest.of("bash", "-c", script), output);
    }

    default RunResult run(String language, String code) throws InterruptedException {
        return run(language, code, new Recorder());
    }

    default RunResult run(String language, String code, Recorder output)
            throws InterruptedException {
        return sandbox().run(RunRequest.of(language, code), output);
    }

    default byte[] read(String path) throws IOException, InterruptedException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        sandbox().files().read(path, 0, SandboxFiles.TO_END, bytes);
        return bytes.toByteArray();
    }

    default FileStat write(String path, byte[] bytes, WriteOptions options)
            throws IOException, InterruptedException {
        return sandbox().files().write(path, new ByteArrayInputStream(bytes), options);
    }

    default boolean exists(String path) throws InterruptedException {
        try {
            FileStat _ = sandbox().files().stat(path, false);
            return true;
        } catch (GuestException e) {
            assertThat(e.status()).isEqualTo(GuestException.ENOENT);
            return false;
        }
    }

    interface Call {
        Object call() throws Exception;
    }

    static void assertGuestError(int status, Call call, String named) {
        assertThatThrownBy(call::call)
                .isInstanceOfSatisfying(
                        GuestException.class,
                        e -> assertThat(e.status()).as(e.getMessage()).isEqualTo(status))
                .hasMessageContaining(named);
    }

    /** Interrupts a thread after a pause that lets it wait for more output. */
    static void interrupt(Thread thread) {
        try {
            Thread.sleep(200);
            thread.interrupt();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] randomBytes(int count, long seed) {
        byte[] bytes = new byte[count];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
