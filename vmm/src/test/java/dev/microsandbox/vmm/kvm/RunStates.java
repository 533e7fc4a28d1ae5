package dev.microsandbox.vmm.kvm;

import java.lang.foreign.MemorySegment;

/** Exits as KVM describes them, for tests of the code that handles them. */
public final class RunStates {

    /** A page for struct kvm_run, followed by a page for the data of ports, as in KVM. */
    private static final int BYTES = 2 * 4096;

    private static final int IO_DATA = 4096;

    private RunStates() {}

    /** An exit without further data. */
    public static RunState of(int reason) {
        return new RunState(exit(reason));
    }

    /**
     * KVM_EXIT_IO.
     *
     * @param data of all accesses; changed if the guest reads
     */
    public static RunState io(boolean out, int port, int size, int count, byte[] data) {
        MemorySegment run = exit(ExitReason.IO);
        run.set(Layouts.U8, Layouts.RUN_IO_DIRECTION, (byte) (out ? 1 : 0));
        run.set(Layouts.U8, Layouts.RUN_IO_SIZE, (byte) size);
        run.set(Layouts.U16, Layouts.RUN_IO_PORT, (short) port);
        run.set(Layouts.U32, Layouts.RUN_IO_COUNT, count);
        run.set(Layouts.U64, Layouts.RUN_IO_DATA_OFFSET, IO_DATA);
        run.asSlice(IO_DATA, data.length).copyFrom(MemorySegment.ofArray(data));
        return new RunState(run);
    }

    /** KVM_EXIT_MMIO with the value that the guest writes, or the former value if it reads. */
    public static RunState mmio(boolean write, long address, int size, long data) {
        MemorySegment run = exit(ExitReason.MMIO);
        run.set(Layouts.U64, Layouts.RUN_MMIO_ADDRESS, address);
        run.set(Layouts.U64, Layouts.RUN_MMIO_DATA, data);
        run.set(Layouts.U32, Layouts.RUN_MMIO_LENGTH, size);
        run.set(Layouts.U8, Layouts.RUN_MMIO_IS_WRITE, (byte) (write ? 1 : 0));
        return new RunState(run);
    }

    /** KVM_EXIT_SYSTEM_EVENT. */
    public static RunState systemEvent(int type) {
        MemorySegment run = exit(ExitReason.SYSTEM_EVENT);
        run.set(Layouts.U32, Layouts.RUN_SYSTEM_EVENT_TYPE, type);
        return new RunState(run);
    }

    /** KVM_EXIT_FAIL_ENTRY. */
    public static RunState failEntry(long reason) {
        MemorySegment run = exit(ExitReason.FAIL_ENTRY);
        run.set(Layouts.U64, Layouts.RUN_FAIL_ENTRY_REASON, reason);
        return new RunState(run);
    }

    /**
     * KVM_EXIT_INTERNAL_ERROR.
     *
     * @param count the number of data that the structure announces
     */
    public static RunState internalError(int suberror, int count, long... data) {
        MemorySegment run = exit(ExitReason.INTERNAL_ERROR);
        run.set(Layouts.U32, Layouts.RUN_INTERNAL_SUBERROR, suberror);
        run.set(Layouts.U32, Layouts.RUN_INTERNAL_COUNT, count);
        for (int i = 0; i < data.length; i++) {
            run.set(Layouts.U64, Layouts.RUN_INTERNAL_DATA + (long) i * Long.BYTES, data[i]);
        }
        return new RunState(run);
    }

    private static MemorySegment exit(int reason) {
        MemorySegment run = MemorySegment.ofArray(new byte[BYTES]);
        run.set(Layouts.U32, Layouts.RUN_EXIT_REASON, reason);
        return run;
    }
}
