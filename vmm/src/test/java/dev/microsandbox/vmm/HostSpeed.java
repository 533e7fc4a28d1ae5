package dev.microsandbox.vmm;

import dev.microsandbox.vmm.host.KvmFinding;
import dev.microsandbox.vmm.host.KvmProbe;

/**
 * The kind and the speed of this host's KVM, measured once for all tests of this JVM, like {@code
 * msb doctor} does.
 */
public final class HostSpeed {

    /** The speed at which the factor below was found to hold. */
    private static final double REFERENCE_NANOS = 230;

    /**
     * A factor of 10 is enough on an idle host, and twice that if other processes use half of each
     * core.
     */
    private static final double FACTOR = 20;

    /**
     * The number of measurements, of which the fastest counts, because a busy host interrupts most
     * of them.
     */
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
     * How many times longer commands in a sandbox on this KVM may take than on a processor.
     *
     * @return 1 if a processor runs the guest's kernel
     */
    public static int slowness() {
        return emulatesKernelMode() ? slowness(KVM.kernelModeNanos()) : 1;
    }

    /**
     * The same factor for a sandbox on any kind of machine: more than 1 only on a KVM that emulates
     * kernel mode.
     */
    public static int slowness(Isolation isolation) {
        return isolation == Isolation.KVM_SOFTWARE ? slowness() : 1;
    }

    static int slowness(double kernelModeNanos) {
        return (int) Math.max(1, Math.ceil(FACTOR * kernelModeNanos / REFERENCE_NANOS));
    }
}
