package dev.microsandbox.vmm.kvm;

import dev.microsandbox.vmm.linux.EventFd;
import dev.microsandbox.vmm.linux.FileDescriptor;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.Mapping;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A virtual machine of KVM. Only one thread may set it up. Closing it can take the kernel tens of
 * milliseconds, so call {@link #close} from a thread that may block.
 */
public final class Vm implements AutoCloseable {

    private final FileDescriptor descriptor;
    private final int runBytes;
    private final int xsaveBytes;
    private final boolean enforcesFeatures;

    /**
     * @param runBytes size of the memory that KVM shares for each vCPU
     * @param xsaveBytes size of KVM_GET_XSAVE2's structure; 0 if KVM has only KVM_GET_XSAVE
     * @param enforcesFeatures whether KVM can hold a guest to the paravirtual features of its CPUID
     */
    Vm(FileDescriptor descriptor, int runBytes, int xsaveBytes, boolean enforcesFeatures) {
        this.descriptor = descriptor;
        this.runBytes = runBytes;
        this.xsaveBytes = xsaveBytes;
        this.enforcesFeatures = enforcesFeatures;
    }

    /** KVM_ENABLE_CAP. */
    void enable(int capability, long argument) throws LinuxException {
        enable(descriptor, capability, argument);
    }

    private static void enable(FileDescriptor of, int capability, long argument)
            throws LinuxException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment request = call.allocate(Layouts.ENABLE_CAP_BYTES, 8);
            request.set(Layouts.U32, Layouts.ENABLE_CAP_NUMBER, capability);
            request.set(Layouts.U64, Layouts.ENABLE_CAP_ARGUMENT, argument);
            int _ = of.ioctl(Ioctl.ENABLE_CAP.name(), Ioctl.ENABLE_CAP.number(), request);
        }
    }

    /**
     * KVM_SET_USER_MEMORY_REGION: makes memory of this process a part of the guest's RAM.
     *
     * @param slot the memslot's number
     * @param guestAddress guest-physical, page-aligned
     * @param memory native and page-aligned; must stay mapped until the VM is closed
     */
    public void setMemory(int slot, long guestAddress, MemorySegment memory) throws LinuxException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment region = call.allocate(Layouts.REGION_BYTES, 8);
            region.set(Layouts.U32, Layouts.REGION_SLOT, slot);
            region.set(Layouts.U64, Layouts.REGION_GUEST_ADDRESS, guestAddress);
            region.set(Layouts.U64, Layouts.REGION_SIZE, memory.byteSize());
            region.set(Layouts.U64, Layouts.REGION_HOST_ADDRESS, memory.address());
            Ioctl request = Ioctl.SET_USER_MEMORY_REGION;
            int result = descriptor.tryIoctl(request.number(), region.address());
            if (result < 0) {
                throw new LinuxException(
                        "%s(slot %d, %d bytes at guest %#x, host %#x)"
                                .formatted(
                                        request.name(),
                                        slot,
                                        memory.byteSize(),
                                        guestAddress,
                                        memory.address()),
                        -result);
            }
        }
    }

    /** KVM_SET_TSS_ADDR: gives KVM three pages of guest-physical address space for its own use. */
    public void setTssAddress(long guestAddress) throws LinuxException {
        ioctl(Ioctl.SET_TSS_ADDR, guestAddress);
    }

    /**
     * KVM_CREATE_IRQCHIP: creates interrupt controllers in the kernel. Call it after setting the
     * memory and before creating vCPUs.
     */
    public void createIrqchip() throws LinuxException {
        ioctl(Ioctl.CREATE_IRQCHIP, 0);
    }

    /**
     * KVM_CREATE_VCPU.
     *
     * @param id the vCPU's APIC id
     */
    public Vcpu createVcpu(int id) throws LinuxException {
        FileDescriptor vcpu =
                FileDescriptor.owned(
                        descriptor.ioctl(Ioctl.CREATE_VCPU.name(), Ioctl.CREATE_VCPU.number(), id));
        try {
            if (enforcesFeatures) {
                enable(vcpu, Capability.ENFORCE_PV_FEATURES, 1);
            }
            return new Vcpu(vcpu, Mapping.shared(vcpu.number(), 0, runBytes), xsaveBytes);
        } catch (LinuxException e) {
            vcpu.close();
            throw e;
        }
    }

    /**
     * KVM_IOEVENTFD: makes a 4-byte write of the value to the address signal the eventfd instead of
     * causing an exit.
     */
    public void connectWrite(EventFd event, long guestAddress, int value) throws LinuxException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment request = call.allocate(Layouts.IOEVENTFD_BYTES, 8);
            request.set(Layouts.U64, Layouts.IOEVENTFD_DATAMATCH, value);
            request.set(Layouts.U64, Layouts.IOEVENTFD_ADDRESS, guestAddress);
            request.set(Layouts.U32, Layouts.IOEVENTFD_LENGTH, Integer.BYTES);
            request.set(Layouts.U32, Layouts.IOEVENTFD_FD, event.fd());
            request.set(Layouts.U32, Layouts.IOEVENTFD_FLAGS, Layouts.IOEVENTFD_FLAG_DATAMATCH);
            ioctl(Ioctl.IOEVENTFD, request);
        }
    }

    /**
     * KVM_IRQFD: makes a signal of the eventfd raise an edge-triggered interrupt.
     *
     * @param line the I/O APIC's line
     */
    public void connectInterrupt(EventFd event, int line) throws LinuxException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment request = call.allocate(Layouts.IRQFD_BYTES, 8);
            request.set(Layouts.U32, Layouts.IRQFD_FD, event.fd());
            request.set(Layouts.U32, Layouts.IRQFD_GSI, line);
            ioctl(Ioctl.IRQFD, request);
        }
    }

    /**
     * Reads a part of the state.
     *
     * @return the kernel's structure, read-only
     */
    public MemorySegment get(VmPart part) throws LinuxException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment structure = call.allocate(part.bytes(), 8);
            part.select(structure);
            ioctl(part.getter(), structure);
            return MemorySegment.ofArray(structure.toArray(Layouts.U8)).asReadOnly();
        }
    }

    /**
     * Sets a part of the state.
     *
     * @param value as returned by {@link #get}
     * @throws IllegalArgumentException if it does not have the part's size
     */
    public void set(VmPart part, MemorySegment value) throws LinuxException {
        if (value.byteSize() != part.bytes()) {
            throw new IllegalArgumentException(
                    "%s has %d bytes, not %d".formatted(part, part.bytes(), value.byteSize()));
        }
        try (Arena call = Arena.ofConfined()) {
            MemorySegment structure = call.allocate(part.bytes(), 8);
            part.prepare(value, structure);
            ioctl(part.setter(), structure);
        }
    }

    private void ioctl(Ioctl request, long argument) throws LinuxException {
        int _ = descriptor.ioctl(request.name(), request.number(), argument);
    }

    private void ioctl(Ioctl request, MemorySegment argument) throws LinuxException {
        int _ = descriptor.ioctl(request.name(), request.number(), argument);
    }

    /** Closes the VM. Its vCPUs must be closed first. */
    @Override
    public void close() {
        descriptor.close();
    }
}
