package dev.microsandbox.vmm.virtio;

import java.util.List;

/** What a device remembers beside its registers, queues and files. */
public sealed interface DeviceState {

    /** Of a device that remembers nothing: disk, entropy. */
    record None() implements DeviceState {}

    /**
     * Of a console.
     *
     * @param toTell messages that wait for room, packed as {@code port << 32 | event << 16 | value}
     * @param agentPortOpen whether a program in the guest has opened the agent's port
     * @param inputHead the chain that the agent's reader is in the middle of; −1 if none
     * @param inputBytes how many of that chain's bytes were read
     */
    record OfConsole(List<Long> toTell, boolean agentPortOpen, int inputHead, long inputBytes)
            implements DeviceState {

        public OfConsole {
            toTell = List.copyOf(toTell);
        }
    }

    /**
     * Of a balloon.
     *
     * @param target pages that the guest is asked to give
     * @param actual pages that it says it has given
     */
    record OfBalloon(int target, int actual) implements DeviceState {}
}
