package dev.microsandbox.vmm.kvm;

import java.lang.foreign.MemorySegment;

/**
 * A vCPU's struct kvm_run: why KVM_RUN returned, and the data of an access that needs an answer.
 * Only for the vCPU's thread.
 */
public final class RunState {

    private final MemorySegment run;

    RunState(MemorySegment run) {
        this.run = run;
    }

    /** See {@link ExitReason}. */
    public int exitReason() {
        return run.get(Layouts.U32, Layouts.RUN_EXIT_REASON);
    }

    // KVM_EXIT_IO

    /** Whether the guest writes. */
    public boolean ioIsOut() {
        return run.get(Layouts.U8, Layouts.RUN_IO_DIRECTION) == 1;
    }

    public int ioPort() {
        return run.get(Layouts.U16, Layouts.RUN_IO_PORT) & 0xffff;
    }

    /** Bytes of one access: 1, 2 or 4. */
    public int ioSize() {
        return run.get(Layouts.U8, Layouts.RUN_IO_SIZE) & 0xff;
    }

    /** The number of consecutive accesses of that size; more than one for a string instruction. */
    public int ioCount() {
        return run.get(Layouts.U32, Layouts.RUN_IO_COUNT);
    }

    /** The value of access {@code index} that the guest writes. */
    public int ioValue(int index) {
        long at = ioDataOffset(index);
        return switch (ioSize()) {
            case 1 -> run.get(Layouts.U8, at) & 0xff;
            case 2 -> run.get(Layouts.U16, at) & 0xffff;
            default -> run.get(Layouts.U32, at);
        };
    }

    /** Sets the value that access {@code index} of the guest reads. */
    public void setIoValue(int index, int value) {
        long at = ioDataOffset(index);
        switch (ioSize()) {
            case 1 -> run.set(Layouts.U8, at, (byte) value);
            case 2 -> run.set(Layouts.U16, at, (short) value);
            default -> run.set(Layouts.U32, at, value);
        }
    }

    private long ioDataOffset(int index) {
        return run.get(Layouts.U64, Layouts.RUN_IO_DATA_OFFSET) + (long) index * ioSize();
    }

    // KVM_EXIT_MMIO

    public boolean mmioIsWrite() {
        return run.get(Layouts.U8, Layouts.RUN_MMIO_IS_WRITE) != 0;
    }

    /** Guest-physical. */
    public long mmioAddress() {
        return run.get(Layouts.U64, Layouts.RUN_MMIO_ADDRESS);
    }

    /** Bytes of the access: 1 to 8. */
    public int mmioSize() {
        return run.get(Layouts.U32, Layouts.RUN_MMIO_LENGTH);
    }

    /** The value that the guest writes, zero-extended. */
    public long mmioValue() {
        long all = run.get(Layouts.U64, Layouts.RUN_MMIO_DATA);
        int size = mmioSize();
        return size >= Long.BYTES ? all : all & ((1L << (size * 8)) - 1);
    }

    /** Sets the value that the guest reads. */
    public void setMmioValue(long value) {
        run.set(Layouts.U64, Layouts.RUN_MMIO_DATA, value);
    }

    // Exits that end the machine.

    /** KVM_EXIT_FAIL_ENTRY: the processor's reason. */
    public long failEntryReason() {
        return run.get(Layouts.U64, Layouts.RUN_FAIL_ENTRY_REASON);
    }

    /** KVM_EXIT_INTERNAL_ERROR: KVM_INTERNAL_ERROR_ of linux/kvm.h. */
    public int internalSuberror() {
        return run.get(Layouts.U32, Layouts.RUN_INTERNAL_SUBERROR);
    }

    /** KVM_EXIT_INTERNAL_ERROR: KVM's data for debugging. */
    public long[] internalData() {
        int count = Math.clamp(run.get(Layouts.U32, Layouts.RUN_INTERNAL_COUNT), 0, 16);
        long[] data = new long[count];
        for (int i = 0; i < count; i++) {
            data[i] = run.get(Layouts.U64, Layouts.RUN_INTERNAL_DATA + (long) i * Long.BYTES);
        }
        return data;
    }

    /** KVM_EXIT_SYSTEM_EVENT: KVM_SYSTEM_EVENT_ of linux/kvm.h. */
    public int systemEvent() {
        return run.get(Layouts.U32, Layouts.RUN_SYSTEM_EVENT_TYPE);
    }
}
