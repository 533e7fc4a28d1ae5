package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.kvm.ExitReason;
import dev.microsandbox.vmm.kvm.RunState;
import dev.microsandbox.vmm.memory.MemoryFaultException;
import java.util.function.Consumer;

/** Handles the exits of one vCPU. Only for that vCPU's thread. */
final class ExitHandler {

    /** KVM_INTERNAL_ERROR_EMULATION of linux/kvm.h. */
    private static final int EMULATION_FAILED = 1;

    // KVM_SYSTEM_EVENT_ of linux/kvm.h.
    private static final int EVENT_SHUTDOWN = 1;
    private static final int EVENT_RESET = 2;

    private final RunState state;
    private final PortBus ports;
    private final MmioBus mmio;
    private final Consumer<String> crash;
    private final Runnable reset;

    /**
     * @param crash ends the machine, and takes the reason why it cannot continue
     * @param reset ends the machine because the guest asked for a reset
     */
    ExitHandler(
            RunState state, PortBus ports, MmioBus mmio, Consumer<String> crash, Runnable reset) {
        this.state = state;
        this.ports = ports;
        this.mmio = mmio;
        this.crash = crash;
        this.reset = reset;
    }

    /**
     * Handles the exit that KVM_RUN returned with.
     *
     * @return whether the vCPU can continue
     */
    boolean handle() {
        return switch (state.exitReason()) {
            case ExitReason.IO -> {
                handlePorts();
                yield true;
            }
            case ExitReason.MMIO -> {
                handleMmio();
                yield true;
            }
            case ExitReason.INTR, ExitReason.IRQ_WINDOW_OPEN -> true;
            case ExitReason.SYSTEM_EVENT -> {
                int event = state.systemEvent();
                if (event == EVENT_SHUTDOWN || event == EVENT_RESET) {
                    reset.run();
                } else {
                    crash.accept("KVM_EXIT_SYSTEM_EVENT " + event);
                }
                yield false;
            }
            default -> {
                crash.accept(describe());
                yield false;
            }
        };
    }

    /** Ends the machine because the vCPU cannot run, or because handling an exit failed. */
    void failed(Throwable cause) {
        crash.accept(MachineEnd.words(cause));
    }

    private void handlePorts() {
        int port = state.ioPort();
        int size = state.ioSize();
        int count = state.ioCount();
        for (int i = 0; i < count; i++) {
            if (state.ioIsOut()) {
                ports.write(port, size, state.ioValue(i));
            } else {
                state.setIoValue(i, ports.read(port, size));
            }
        }
    }

    private void handleMmio() {
        long address = state.mmioAddress();
        int size = state.mmioSize();
        if (state.mmioIsWrite()) {
            mmio.write(address, size, state.mmioValue());
        } else {
            state.setMmioValue(mmio.read(address, size));
        }
    }

    private String describe() {
        int reason = state.exitReason();
        String name = ExitReason.name(reason);
        return switch (reason) {
            case ExitReason.SHUTDOWN -> name + ": a triple fault";
            case ExitReason.HLT -> name + ": halted with no interrupt controller to wake it";
            case ExitReason.MEMORY_FAULT ->
                    "%s: %s".formatted(name, MachineEnd.words(MemoryFaultException.of(null)));
            case ExitReason.FAIL_ENTRY ->
                    "%s: the processor refused the guest's state, reason %#x"
                            .formatted(name, state.failEntryReason());
            case ExitReason.INTERNAL_ERROR -> {
                int suberror = state.internalSuberror();
                StringBuilder text =
                        new StringBuilder(name)
                                .append(
                                        suberror == EMULATION_FAILED
                                                ? ": KVM cannot emulate the instruction"
                                                : ": suberror " + suberror);
                for (long value : state.internalData()) {
                    text.append(" %016x".formatted(value));
                }
                yield text.toString();
            }
            default -> name;
        };
    }
}
