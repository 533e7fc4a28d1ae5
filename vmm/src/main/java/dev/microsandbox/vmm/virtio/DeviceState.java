package dev.microsandbox.vmm.virtio;

import dev.microsandbox.vmm.state.StateReader;
import dev.microsandbox.vmm.state.StateWriter;

/**
 * A device's own saved state, in addition to its registers, queues and files. Each kind of state
 * begins with a number that identifies the kind.
 */
public sealed interface DeviceState
        permits DeviceState.None, Console.ConsoleState, Balloon.BalloonState {

    /** Writes the kind, then the state. */
    void write(StateWriter to);

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws IllegalArgumentException if the bytes are anything else
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

    /** The state of a device that has none of its own: disk, entropy. */
    record None() implements DeviceState {

        static final int KIND = 0;

        @Override
        public void write(StateWriter to) {
            to.u8(KIND);
        }
    }
}
