package dev.microsandbox.vmm.kvm;

import dev.microsandbox.vmm.launch.InheritedLauncher;
import dev.microsandbox.vmm.launch.LaunchException;
import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.FileDescriptor;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.OpenFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The system handle of KVM. Thread-safe. */
public final class Kvm implements AutoCloseable {

    /** Its usual path. */
    public static final Path DEVICE = Path.of("/dev/kvm");

    /** The only version since Linux 2.6.22. */
    public static final int API_VERSION = 12;

    /** More leaves than any processor reports (KVM_MAX_CPUID_ENTRIES). */
    static final int MOST_CPUID_ENTRIES = 256;

    /** Several times as many as KVM lists today. */
    private static final int MOST_MSRS = 1024;

    /** Why a device cannot be opened by its path, while another process may be able to. */
    private static final Set<Integer> DENIED = Set.of(Errno.EACCES, Errno.EPERM, Errno.ENOENT);

    private final FileDescriptor descriptor;

    private Kvm(FileDescriptor descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * Opens the device. Where this process may not open {@link #DEVICE} itself, the launcher that
     * started it does.
     *
     * @param device usually {@link #DEVICE}
     */
    public static Kvm open(Path device) throws LinuxException {
        try {
            return new Kvm(OpenFile.device(device));
        } catch (LinuxException e) {
            if (device.equals(DEVICE) && DENIED.contains(e.errno())) {
                return openByLauncher(e);
            }
            throw e;
        }
    }

    private static Kvm openByLauncher(LinuxException denied) throws LinuxException {
        try {
            return new Kvm(InheritedLauncher.openKvm().orElseThrow(() -> denied));
        } catch (LaunchException e) {
            throw new LinuxException("open(%s)".formatted(DEVICE), e.errno());
        } catch (LinuxException e) {
            throw e;
        } catch (IOException e) {
            throw denied;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw denied;
        }
    }

    /** KVM_GET_API_VERSION. */
    public int apiVersion() throws LinuxException {
        return ioctl(Ioctl.GET_API_VERSION, 0);
    }

    /** KVM_CHECK_EXTENSION. */
    public boolean has(Capability capability) throws LinuxException {
        return ioctl(Ioctl.CHECK_EXTENSION, capability.number()) > 0;
    }

    /**
     * KVM_CREATE_VM: creates a VM without memory, interrupt controllers or vCPUs. Where this KVM
     * can, it has no performance counters, and KVM holds it to the paravirtual features of its
     * CPUID: a guest would reach both without finding them there.
     */
    public Vm createVm() throws LinuxException {
        int runBytes = ioctl(Ioctl.GET_VCPU_MMAP_SIZE, 0);
        int xsaveBytes = ioctl(Ioctl.CHECK_EXTENSION, Capability.XSAVE2);
        boolean enforces = ioctl(Ioctl.CHECK_EXTENSION, Capability.ENFORCE_PV_FEATURES) > 0;
        int counters = ioctl(Ioctl.CHECK_EXTENSION, Capability.PERFORMANCE_COUNTERS);
        Vm vm = new Vm(createDescriptor(), runBytes, xsaveBytes, enforces);
        if ((counters & Capability.NO_PERFORMANCE_COUNTERS) != 0) {
            try {
                vm.enable(Capability.PERFORMANCE_COUNTERS, Capability.NO_PERFORMANCE_COUNTERS);
            } catch (LinuxException e) {
                vm.close();
                throw e;
            }
        }
        return vm;
    }

    private FileDescriptor createDescriptor() throws LinuxException {
        while (true) {
            try {
                return FileDescriptor.owned(ioctl(Ioctl.CREATE_VM, 0));
            } catch (LinuxException e) {
                // The kernel gives up if a signal, for example one of the JVM's, arrives at the
                // wrong moment.
                if (e.errno() != Errno.EINTR) {
                    throw e;
                }
            }
        }
    }

    /** KVM_GET_SUPPORTED_CPUID: what the host's processor and KVM can offer a guest. */
    public Cpuid supportedCpuid() throws LinuxException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment table =
                    call.allocate(
                            Layouts.CPUID_ENTRIES
                                    + (long) MOST_CPUID_ENTRIES * Layouts.CPUID_ENTRY_BYTES,
                            8);
            table.set(Layouts.U32, Layouts.CPUID_COUNT, MOST_CPUID_ENTRIES);
            int _ =
                    descriptor.ioctl(
                            Ioctl.GET_SUPPORTED_CPUID.name(),
                            Ioctl.GET_SUPPORTED_CPUID.number(),
                            table);
            return Cpuid.of(table);
        }
    }

    /** KVM_GET_MSR_INDEX_LIST: the MSRs that KVM recommends saving with a guest. */
    public List<Integer> msrs() throws LinuxException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment list =
                    call.allocate(Layouts.MSR_LIST_INDICES + (long) MOST_MSRS * Integer.BYTES, 8);
            list.set(Layouts.U32, Layouts.MSR_LIST_COUNT, MOST_MSRS);
            Ioctl request = Ioctl.GET_MSR_INDEX_LIST;
            int _ = descriptor.ioctl(request.name(), request.number(), list);
            int count = list.get(Layouts.U32, Layouts.MSR_LIST_COUNT);
            List<Integer> indices = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                indices.add(
                        list.get(Layouts.U32, Layouts.MSR_LIST_INDICES + (long) i * Integer.BYTES));
            }
            return indices;
        }
    }

    private int ioctl(Ioctl request, long argument) throws LinuxException {
        return descriptor.ioctl(request.name(), request.number(), argument);
    }

    /** Closes the handle. Its VMs stay open. */
    @Override
    public void close() {
        descriptor.close();
    }
}
