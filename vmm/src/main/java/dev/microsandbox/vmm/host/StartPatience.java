package dev.microsandbox.vmm.host;

import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.agent.Timeouts;
import dev.microsandbox.vmm.host.KvmFinding.State;
import java.time.Duration;
import java.util.function.DoubleFunction;

/**
 * How long a guest and its interpreters may take to start on this host, where their configuration
 * does not say: what is plenty on a processor, and on a KVM that emulates the guest's kernel mode
 * as much longer as the kernel's part takes there.
 *
 * @param start until the agent answers
 * @param interpreter until an interpreter is ready
 */
record StartPatience(Duration start, Duration interpreter) {

    static final StartPatience DEFAULT =
            new StartPatience(Timeouts.DEFAULT.start(), Timeouts.DEFAULT.interpreter());

    /** Instructions of the kernel from a machine's start to its agent's greeting. */
    private static final double START_INSTRUCTIONS = 75e6;

    /** Instructions of the kernel from the start of Python, which has the most, to its READY. */
    private static final double INTERPRETER_INSTRUCTIONS = 160e6;

    /** The speed is that of a core of one's own, which a guest seldom has. */
    private static final double HEADROOM = 4;

    /** The most that a guest's agent takes. */
    private static final Duration MOST = Duration.ofHours(1);

    /** On a host with such a KVM. */
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

    /** The configuration, with these times for those that it leaves open. */
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
