package dev.microsandbox.vmm;

/**
 * How code ended.
 *
 * @param exit time, output and memory facts; its code counts only when the interpreter ended
 * @param outcome how the code ended
 * @param stateKept whether variables survive to the next call
 * @param started whether this call started a new interpreter
 * @param errorName the error's type, for example {@code ValueError}; empty without an error
 * @param errorText the error's message; empty without an error
 * @param status the code's own status: {@code $?} of a shell, otherwise 0 or 1
 */
public record RunResult(
        Exit exit,
        Outcome outcome,
        boolean stateKept,
        boolean started,
        String errorName,
        String errorText,
        long status) {

    /** How code can end. */
    public enum Outcome {
        /** It ran to its end. */
        FINISHED,
        /** It raised an error that it did not handle. */
        ERROR,
        /** It was interrupted, by a time-out or by a request. */
        INTERRUPTED,
        /** The interpreter itself ended: it exited, crashed or was killed. */
        INTERPRETER_ENDED
    }
}
