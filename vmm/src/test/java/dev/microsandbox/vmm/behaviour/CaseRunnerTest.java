package dev.microsandbox.vmm.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.MemoryVictim;
import dev.microsandbox.vmm.RunListener;
import dev.microsandbox.vmm.RunRequest;
import dev.microsandbox.vmm.RunResult;
import dev.microsandbox.vmm.behaviour.BehaviourTable.Case;
import dev.microsandbox.vmm.behaviour.CaseRunner.Interpreters;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which cases are tried again on a slow sandbox. */
class CaseRunnerTest {

    private static final Case CASE =
            BehaviourTable.parse(
                            """
                            === before its time-out
                            --- code
                            echo before; sleep 60
                            --- timeout 500
                            --- stdout
                            before
                            --- outcome interrupted
                            """)
                    .getFirst();

    @Test
    void codeThatHasNotBegunAtItsTimeOutHasALongerOne() throws Exception {
        Slow sandbox = new Slow(Duration.ofSeconds(1));
        new CaseRunner(sandbox, "shell").run(CASE);
        assertThat(sandbox.timeouts).containsExactly(Duration.ofMillis(500), Duration.ofSeconds(2));
        assertThat(sandbox.resets).isEqualTo(2);
    }

    @Test
    void codeThatHasBegunIsNotTriedAgain() throws Exception {
        Slow sandbox = new Slow(Duration.ofMillis(100));
        new CaseRunner(sandbox, "shell").run(CASE);
        assertThat(sandbox.timeouts).containsExactly(Duration.ofMillis(500));
    }

    @Test
    void codeThatDoesNotBeginAtAllIsAnError() {
        Slow sandbox = new Slow(Duration.ofHours(1));
        assertThatThrownBy(() -> new CaseRunner(sandbox, "shell").run(CASE))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("stdout of");
        assertThat(sandbox.timeouts)
                .containsExactly(
                        Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofSeconds(8));
    }

    @Test
    void whatIsWrongWithoutATimeOutIsAnErrorAtOnce() {
        Slow sandbox = new Slow(Duration.ZERO);
        Case wrong = BehaviourTable.parse("=== wrong\n--- code\nx\n--- stdout\nafter\n").getFirst();
        assertThatThrownBy(() -> new CaseRunner(sandbox, "shell").run(wrong))
                .isInstanceOf(AssertionError.class);
        assertThat(sandbox.timeouts).hasSize(1);
    }

    /** Prints after a while. Code with a time-out of a minute ends by itself. */
    private static final class Slow implements Interpreters {

        private final Duration toBegin;
        private final List<Duration> timeouts = new ArrayList<>();
        private int resets;

        Slow(Duration toBegin) {
            this.toBegin = toBegin;
        }

        @Override
        public RunResult run(RunRequest request, RunListener listener) {
            Duration timeout = request.timeout() == null ? Duration.ZERO : request.timeout();
            timeouts.add(timeout);
            if (timeout.compareTo(toBegin) > 0) {
                listener.stdout("before\n".getBytes(StandardCharsets.UTF_8));
            }
            boolean interrupted = timeout.compareTo(Duration.ofSeconds(60)) < 0;
            Exit exit =
                    new Exit(
                            Exit.Kind.RUNNING,
                            0,
                            interrupted,
                            0,
                            MemoryVictim.UNKNOWN,
                            timeout,
                            0,
                            0,
                            "");
            return new RunResult(
                    exit,
                    interrupted ? RunResult.Outcome.INTERRUPTED : RunResult.Outcome.FINISHED,
                    RunResult.State.KEPT,
                    RunResult.Interpreter.SAME,
                    "",
                    "",
                    0);
        }

        @Override
        public void reset(String language) {
            resets++;
        }

        @Override
        public Isolation isolation() {
            return Isolation.EMULATION;
        }
    }
}
