package dev.microsandbox.vmm;

import dev.microsandbox.vmm.host.KvmFinding;
import dev.microsandbox.vmm.host.KvmProbe;

/**
 * What this host's KVM is and how fast, measured once for all tests of this JVM, as {@code msb
 * doctor} measures it.
 */
public final class HostSpeed {

    /** The speed at which the factor below was found to hold. */
    private static final double REFERENCE_NANOS = 230;

    /** 10 holds on a quiet host; twice that where others have half of each core. */
    private static final double FACTOR = 20;

    /** A busy host interrupts most of what is measured: the fastest of so many counts. */
    private static final int PROBES = 10;

    private static final KvmFinding KVM = measure();

    private HostSpeed() {}

    private static KvmFinding measure() {
        KvmFinding best = KvmProbe.probe();
        for (int i = 1; i < PROBES && best.state() == KvmFinding.State.EMULATED; i++) {
            KvmFinding next = KvmProbe.probe();
            if (next.kernelModeNanos() < best.kernelModeNanos()) {
                best = next;
            }
        }
        return best;
    }

    /** This host's KVM. */
    public static KvmFinding kvm() {
        return KVM;
    }

    /** Whether it emulates the guest's kernel mode. */
    public static boolean emulatesKernelMode() {
        return KVM.state() == KvmFinding.State.EMULATED;
    }

    /**
     * How many times longer than a processor's the commands of a sandbox on this KVM may take.
     *
     * @return 1 where a processor runs the guest's kernel
     */
    public static int slowness() {
        return emulatesKernelMode() ? slowness(KVM.kernelModeNanos()) : 1;
    }

    /** The same of a sandbox on whatever machine: only on such a KVM it is more than 1. */
    public static int slowness(Isolation isolation) {
        return isolation == Isolation.KVM_SOFTWARE ? slowness() : 1;
    }

    static int slowness(double kernelModeNanos) {
        return (int) Math.max(1, Math.ceil(FACTOR * kernelModeNanos / REFERENCE_NANOS));
    }
}
