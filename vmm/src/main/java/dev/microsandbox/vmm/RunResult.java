package dev.microsandbox.vmm;

/**
 * How code ended.
 *
 * @param exit time, output and memory use; its code is meaningful only if the interpreter ended
 * @param outcome how the code ended
 * @param state whether the variables survive
 * @param interpreter the interpreter that ran the code
 * @param errorName the error's type, for example {@code ValueError}; empty without an error
 * @param errorText the error's message; empty without an error
 * @param status the code's own status: {@code $?} of a shell, the exit code of a program (128 plus
 *     the signal's number if a signal ended it), for other languages 0 or 1
 */
public record RunResult(
        Exit exit,
        Outcome outcome,
        State state,
        Interpreter interpreter,
        String errorName,
        String errorText,
        long status) {

    /** The interpreter that ran the code, compared with that of the call before. */
    public enum Interpreter {
        /** The interpreter of the call before. */
        SAME,
        /**
         * A new one, because there was none, it was reset, or an earlier result reported its end.
         */
        NEW,
        /** A new one, because the one before ended between the calls; its variables are lost. */
        REPLACED,
        /** Like {@link #REPLACED}, and the guest's kernel had killed it because memory ran out. */
        REPLACED_AFTER_MEMORY_KILL
    }

    /** Whether the call started a new interpreter. */
    public boolean started() {
        return interpreter != Interpreter.SAME;
    }

    /** How code can end. */
    public enum Outcome {
        /** It ran to its end. */
        FINISHED,
        /** It raised an error that it did not handle. */
        ERROR,
        /** It was interrupted by a time-out or by a request. */
        INTERRUPTED,
        /** The interpreter itself ended: it exited, crashed or was killed. */
        INTERPRETER_ENDED
    }

    /** What the next call of the language finds of this one's state, in addition to files. */
    public enum State {
        /** Everything, because the interpreter still runs. */
        KEPT,
        /** Nothing, because the interpreter has ended, and the next call starts a new one. */
        LOST,
        /** Nothing, as always for a language in which each call is a program of its own. */
        NONE
    }

    /** Whether variables survive to the next call. */
    public boolean stateKept() {
        return state == State.KEPT;
    }
}
