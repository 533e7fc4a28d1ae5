package dev.microsandbox.vmm.agent;

/** What a stream brings from the agent. */
sealed interface StreamEvent {

    /** Bytes on a channel. */
    record Data(int channel, byte[] bytes) implements StreamEvent {}

    /**
     * The end of the operation.
     *
     * @param result the operation's result, to be decoded when the status is 0
     */
    record End(int status, String message, byte[] result) implements StreamEvent {}

    /** The machine was put back to where it knows nothing of this operation. */
    record Undone(String reason) implements StreamEvent {}

    /** The machine is gone. */
    record Lost(String reason) implements StreamEvent {}
}
