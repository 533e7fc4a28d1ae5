package dev.microsandbox.vmm.host;

import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.agent.AgentSandbox;
import dev.microsandbox.vmm.agent.QuiescedConnection;
import java.time.Duration;
import java.util.Optional;

/** Finds out how fast a sandbox's agent answers. */
public final class AgentProbe {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private AgentProbe() {}

    /**
     * Asks the agent whether it is there, and waits for its answer: the least that it can do.
     * Meanwhile nothing else is sent to it.
     *
     * @return how long that took; empty for a sandbox that is not reached through an agent
     * @throws SandboxException if there is no answer within a minute
     */
    public static Optional<Duration> roundTrip(Sandbox sandbox) throws InterruptedException {
        if (sandbox instanceof AgentSandbox ours) {
            long start = System.nanoTime();
            try (QuiescedConnection _ = ours.quiesce(PATIENCE)) {
                return Optional.of(Duration.ofNanos(System.nanoTime() - start));
            }
        }
        return Optional.empty();
    }
}
