package dev.microsandbox.vmm.virtio;

import dev.microsandbox.vmm.state.StateReader;
import dev.microsandbox.vmm.state.StateWriter;

/**
 * What a device remembers beside its registers, queues and files. It is written with the number of
 * its kind before it.
 */
public sealed interface DeviceState
        permits DeviceState.None, Console.ConsoleState, Balloon.BalloonState {

    /** Writes it, its kind first. */
    void write(StateWriter to);

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws IllegalArgumentException if it is anything else
     */
    static DeviceState read(StateReader from) {
        int kind = from.u8();
        return switch (kind) {
            case None.KIND -> new None();
            case Console.ConsoleState.KIND -> Console.ConsoleState.read(from);
            case Balloon.BalloonState.KIND -> Balloon.BalloonState.read(from);
            default -> throw new IllegalArgumentException("a device of kind " + kind);
        };
    }

    /** Of a device that remembers nothing: disk, entropy. */
    record None() implements DeviceState {

        static final int KIND = 0;

        @Override
        public void write(StateWriter to) {
            to.u8(KIND);
        }
    }
}
