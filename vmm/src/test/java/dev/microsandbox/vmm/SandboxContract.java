package dev.microsandbox.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/**
 * What a sandbox does on every machine, tested on a real guest that boots once. A subclass chooses
 * the machine. The tests are in the interfaces, by topic; JUnit runs them as tests of the subclass,
 * within its {@link KernelBudget}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MixedOrder.class)
@Timeout(300)
public abstract class SandboxContract
        implements CommandContract,
                FileContract,
                CodeContract,
                HostileCodeContract,
                InfoContract,
                JobContract {

    private Sandbox sandbox;
    private int slowness;
    private int thrift;

    /** The configuration of the sandbox under test. */
    protected SandboxConfig config() {
        return SandboxConfig.DEFAULT;
    }

    /** Starts the sandbox under test. */
    protected abstract Sandbox start(SandboxConfig config) throws Exception;

    @Override
    public Sandbox sandbox() {
        return sandbox;
    }

    @Override
    public int slowness() {
        return slowness;
    }

    @Override
    public int thrift() {
        return thrift;
    }

    @Override
    public long memoryBytes() {
        return config().memoryBytes();
    }

    @BeforeAll
    void boot() throws Exception {
        sandbox = start(config().withHostName("contract"));
        slowness = HostSpeed.slowness(sandbox.isolation());
        thrift = slowness == 1 ? 1 : slowness * 5 / 2;
    }

    @AfterAll
    void close() {
        if (sandbox != null) {
            sandbox.close();
        }
    }

    /** The sandbox still works, whatever the test did to it. */
    @AfterEach
    void stillWell() throws Exception {
        if (slowness > 1) {
            // A command takes seconds on this host, and most tests begin with one.
            assertThat(sandbox.infoNow().hostName()).isEqualTo("contract");
            return;
        }
        Recorder output = new Recorder();
        Exit exit = sandbox.exec(ExecRequest.of("echo", "well"), output);
        assertThat(exit.isSuccess()).as("%s %s", exit, output.err()).isTrue();
        assertThat(output.out()).isEqualTo("well\n");
    }
}
