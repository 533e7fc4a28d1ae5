package dev.microsandbox.vmm.agent;

/** An event of a stream, from the agent or about its end. */
sealed interface StreamEvent {

    /** Bytes on a channel. */
    record Data(int channel, byte[] bytes) implements StreamEvent {}

    /**
     * The end of the operation.
     *
     * @param result the operation's encoded result, if the status is 0
     */
    record End(int status, String message, byte[] result) implements StreamEvent {}

    /** The machine was restored to a state that knows nothing of this operation. */
    record Undone(String reason) implements StreamEvent {}

    /** The machine has ended. */
    record Lost(String reason) implements StreamEvent {}
}
