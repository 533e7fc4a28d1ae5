package dev.microsandbox.vmm;

/**
 * How code ended.
 *
 * @param exit time, output and memory facts; its code counts only when the interpreter ended
 * @param outcome how the code ended
 * @param state what becomes of variables
 * @param interpreter what it ran in
 * @param errorName the error's type, for example {@code ValueError}; empty without an error
 * @param errorText the error's message; empty without an error
 * @param status the code's own status: {@code $?} of a shell, the exit code of a program (128 and
 *     the signal's number where one ended it), otherwise 0 or 1
 */
public record RunResult(
        Exit exit,
        Outcome outcome,
        State state,
        Interpreter interpreter,
        String errorName,
        String errorText,
        long status) {

    /** What code runs in. */
    public enum Interpreter {
        /** The one that the call before had. */
        SAME,
        /** A new one: there was none, or it was reset, or its end was told before. */
        NEW,
        /** A new one, because the one before ended between the calls; its variables are lost. */
        REPLACED,
        /** The same, and the guest's kernel had ended it for want of memory. */
        REPLACED_AFTER_MEMORY_KILL
    }

    /** Whether nothing ran in its interpreter before. */
    public boolean started() {
        return interpreter != Interpreter.SAME;
    }

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

    /** What the next call of the language finds of this one, besides files. */
    public enum State {
        /** All: the interpreter lives on. */
        KEPT,
        /** Nothing: the interpreter is gone, and the next call starts a new one. */
        LOST,
        /** Nothing, as always: each call of the language is a program of its own. */
        NONE
    }

    /** Whether variables survive to the next call. */
    public boolean stateKept() {
        return state == State.KEPT;
    }
}
