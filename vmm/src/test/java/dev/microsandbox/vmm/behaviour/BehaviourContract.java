package dev.microsandbox.vmm.behaviour;

import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.Recorder;
import dev.microsandbox.vmm.RunRequest;
import dev.microsandbox.vmm.RunResult;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.behaviour.BehaviourTable.Section;
import dev.microsandbox.vmm.behaviour.BehaviourTable.Step;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/** Runs a behaviour table's cases in a real guest, each in a new interpreter. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class BehaviourContract {

    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final String language;
    private Sandbox sandbox;

    protected BehaviourContract(String language) {
        this.language = language;
    }

    /** Starts the sandbox under test. */
    protected abstract Sandbox start(SandboxConfig config) throws Exception;

    @BeforeAll
    void boot() throws Exception {
        sandbox = start(SandboxConfig.DEFAULT.withMemoryBytes(1L << 30));
    }

    @AfterAll
    void close() {
        if (sandbox != null) {
            sandbox.close();
        }
    }

    @TestFactory
    Stream<DynamicTest> cases() throws Exception {
        return BehaviourTable.read(language + ".txt").stream()
                .map(each -> DynamicTest.dynamicTest(each.name(), () -> run(each)));
    }

    private void run(BehaviourTable.Case each) throws InterruptedException {
        sandbox.reset(language);
        int slowdown = sandbox.isolation() == Isolation.EMULATION ? 3 : 1;
        for (Step step : each.steps()) {
            Recorder output = new Recorder();
            RunResult result = sandbox.run(request(step), output);
            Expectation.check(step, new Expectation.Came(result, output, slowdown));
        }
    }

    private RunRequest request(Step step) {
        RunRequest request = RunRequest.of(language, step.code()).withTimeout(TIMEOUT);
        for (Section section : step.expectations()) {
            if (section.heading().equals("stdin")) {
                request =
                        request.withStdin((section.text() + "\n").getBytes(StandardCharsets.UTF_8));
            } else if (section.heading().startsWith("timeout ")) {
                long millis = Long.parseLong(section.heading().substring("timeout ".length()));
                request = request.withTimeout(Duration.ofMillis(millis));
            }
        }
        return request;
    }
}
