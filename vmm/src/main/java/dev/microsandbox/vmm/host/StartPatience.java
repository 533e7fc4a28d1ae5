package dev.microsandbox.vmm.host;

import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.agent.Timeouts;
import dev.microsandbox.vmm.host.KvmFinding.State;
import java.time.Duration;
import java.util.function.DoubleFunction;

/**
 * How long a guest and its interpreters may take to start on this host if their configuration does
 * not say. The defaults are ample on a processor. On a KVM that emulates the guest's kernel mode,
 * the time for the kernel's instructions is added.
 *
 * @param start until the agent answers
 * @param interpreter until an interpreter is ready
 */
record StartPatience(Duration start, Duration interpreter) {

    static final StartPatience DEFAULT =
            new StartPatience(Timeouts.DEFAULT.start(), Timeouts.DEFAULT.interpreter());

    /** Kernel instructions from a machine's start to its agent's HELLO. */
    private static final double START_INSTRUCTIONS = 75e6;

    /**
     * Kernel instructions from the start of Python, which needs the most of all interpreters, to
     * its READY.
     */
    private static final double INTERPRETER_INSTRUCTIONS = 160e6;

    /** The speed was measured on an idle core, which a guest seldom has for itself. */
    private static final double HEADROOM = 4;

    /** The longest time that the agent accepts. */
    private static final Duration MOST = Duration.ofHours(1);

    /** The times for a host with the given KVM. */
    static StartPatience on(KvmFinding kvm) {
        if (kvm.state() != State.EMULATED) {
            return DEFAULT;
        }
        DoubleFunction<Duration> taking =
                instructions ->
                        Duration.ofMillis(
                                (long) (HEADROOM * instructions * kvm.kernelModeNanos() / 1e6));
        return new StartPatience(
                atMost(DEFAULT.start.plus(taking.apply(START_INSTRUCTIONS))),
                atMost(DEFAULT.interpreter.plus(taking.apply(INTERPRETER_INSTRUCTIONS))));
    }

    private static Duration atMost(Duration duration) {
        return duration.compareTo(MOST) < 0 ? duration : MOST;
    }

    /** A copy of the configuration, with these times if it leaves them open. */
    SandboxConfig applyTo(SandboxConfig config) {
        SandboxConfig applied = config;
        if (applied.startTimeout() == null) {
            applied = applied.withStartTimeout(start);
        }
        if (applied.interpreterTimeout() == null) {
            applied = applied.withInterpreterTimeout(interpreter);
        }
        return applied;
    }
}
