package dev.microsandbox.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.KernelBudget.Work;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Code that tries to take the guest down hurts only itself. */
interface HostileCodeContract extends ContractSandbox {

    /** Hundreds of processes that are killed together take seconds to end. */
    @Test
    @Work(2000)
    default void theEndOfManyProcessesIsNotWaitedFor() throws Exception {
        String bomb =
                """
                import os
                while True:
                    try:
                        os.fork()
                    except OSError:
                        pass
                """;
        RunResult result =
                sandbox()
                        .run(
                                RunRequest.of("python", bomb).withTimeout(Duration.ofSeconds(3)),
                                new Recorder());
        assertThat(result.exit().timedOut()).isTrue();
        // The grace period ends in a kill after 4 s.
        assertThat(result.exit().wallTime()).isLessThan(Duration.ofSeconds(7L + slowness()));
        Recorder next = new Recorder();
        run("python", "print('next')", next);
        assertThat(next.out()).isEqualTo("next\n");
    }

    @Test
    @Work(1500)
    default void aForkBombHurtsOnlyItself() throws Exception {
        Exit exit =
                sandbox()
                        .exec(
                                ExecRequest.of("bash", "-c", ":(){ :|:& };:; sleep 60")
                                        .withTimeout(Duration.ofSeconds(5)),
                                OutputListener.DISCARD);
        assertThat(exit.timedOut() || !exit.isSuccess()).isTrue();
        sandbox().exec(ExecRequest.of("pkill", "-KILL", "bash"), new Recorder());
    }

    @Test
    @Work(900)
    default void aMemoryHogIsKilledAndItIsSaid() throws Exception {
        Exit exit =
                exec(
                        "python3",
                        "-c",
                        """
                        import mmap
                        kept = []
                        while True:
                            kept.append(mmap.mmap(-1, 8 << 20, mmap.MAP_PRIVATE
                                | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE))
                        """);
        assertThat(exit.kind()).isEqualTo(Exit.Kind.SIGNALED);
        assertThat(exit.code()).isEqualTo(9);
        assertThat(exit.memoryKills()).isPositive();
        assertThat(exit.memoryVictim().name()).startsWith("python3");
        assertThat(exit.memoryVictim().bytes())
                .isBetween(64L << 20, sandbox().infoNow().memoryLimit());
    }

    @Test
    @Work(40)
    default void rootInsideCannotReachTheAgent() throws Exception {
        Recorder output = new Recorder();
        bash(
                "sudo sh -c '"
                        + "kill -9 1; kill -STOP 1; kill -9 -1; :;' "
                        + "; sudo ls /dev | grep -E \"vport|vda|hvc\"; sudo sh -c 'umount -a -l 2>/dev/null';"
                        + " ps ax | grep -c microsandbox-agen[t]; true",
                output);
        assertThat(output.out()).doesNotContain("vport").doesNotContain("vda");
    }
}
