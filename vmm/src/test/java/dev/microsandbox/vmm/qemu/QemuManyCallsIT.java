package dev.microsandbox.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.Recorder;
import dev.microsandbox.vmm.RunRequest;
import dev.microsandbox.vmm.RunResult;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.TestSandboxes;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/**
 * Ten thousand calls of each language in one interpreter, which keeps its state and its size. They
 * take five minutes, so they run only if MICROSANDBOX_SLOW_TESTS is true.
 */
@EnabledIfEnvironmentVariable(named = "MICROSANDBOX_SLOW_TESTS", matches = "true")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class QemuManyCallsIT {

    private static final int CALLS = 10_000;

    /** The number of calls after which histories, caches and heaps have their final size. */
    private static final int SETTLED = 3_000;

    private Sandbox sandbox;

    @BeforeAll
    void boot() throws Exception {
        sandbox = TestSandboxes.qemu().start(SandboxConfig.DEFAULT);
    }

    @AfterAll
    void close() {
        if (sandbox != null) {
            sandbox.close();
        }
    }

    @Test
    @Timeout(1800)
    void python() throws Exception {
        List<String> calls =
                List.of(
                        "x = 5\nprint('n', x)\nx + %d",
                        "def f(n):\n    return n * 2\nf(%d)",
                        "1 / 0",
                        // The memory that results hold must be freed eventually.
                        "bytearray(200_000 + %d)",
                        "display(%d)");
        String size = "import gc; gc.collect()\nprint(open('/proc/self/statm').read().split()[1])";
        assertThat(growth("python", calls, size)).isLessThan(2 << 20);
    }

    @Test
    @Timeout(1800)
    void javascript() throws Exception {
        List<String> calls =
                List.of(
                        "let x = 5; console.log('n', x); x + %d",
                        "function f(n) { return n * 2; } f(%d)",
                        "throw new Error('%d')",
                        "await Promise.resolve(Buffer.alloc(200_000 + %d))",
                        "display(%d); setTimeout(() => {}, 0);");
        String size =
                "require('v8').setFlagsFromString('--expose-gc');"
                        + "require('vm').runInNewContext('gc')();"
                        + "console.log(fs.readFileSync('/proc/self/statm', 'utf8').split(' ')[1])";
        // V8 keeps every script that was run, scattered over its pages.
        assertThat(growth("javascript", calls, size)).isLessThan(24 << 20);
    }

    @Test
    @Timeout(1800)
    void shell() throws Exception {
        List<String> calls =
                List.of(
                        "x=5; echo \"n $x %d\"",
                        "f() { y=$(( $1 * 2 )); }; f %d", "false", "[[ %d -gt 5 ]] && z=$x$x");
        String size = "read -r _ pages _ < /proc/$$/statm; echo $pages";
        assertThat(growth("shell", calls, size)).isLessThan(1 << 20);
    }

    /** The number of bytes by which an interpreter grows while it answers calls. */
    private long growth(String language, List<String> calls, String size) throws Exception {
        long settled = 0;
        for (int i = 0; i < CALLS; i++) {
            if (i == SETTLED) {
                settled = pages(language, size);
            }
            String code = calls.get(i % calls.size()).replace("%d", Integer.toString(i));
            RunResult result = sandbox.run(RunRequest.of(language, code), new Recorder());
            assertThat(result.stateKept()).as("%s: %s", code, result).isTrue();
        }
        return (pages(language, size) - settled) * 4096;
    }

    private long pages(String language, String size) throws Exception {
        Recorder output = new Recorder();
        sandbox.run(RunRequest.of(language, size), output);
        return Long.parseLong(output.out().strip());
    }
}
