package dev.microsandbox.mcp.tools;

import dev.microsandbox.mcp.tools.result.ErrorText;
import dev.microsandbox.vmm.GuestException;

/** Explains to an agent what an error of the guest means. */
final class GuestErrors {

    /** Linux: not a directory. */
    private static final int ENOTDIR = 20;

    /** Linux: read-only file system. */
    private static final int EROFS = 30;

    /** A status of the guest agent: the file changed while it was read. */
    private static final int CHANGED = 0x1006;

    private GuestErrors() {}

    /** The guest's message, made safe to show, followed by advice if there is any. */
    static String explain(GuestException e) {
        String shown = ErrorText.bounded(String.valueOf(e.getMessage())).strip();
        String advice = advice(e.status());
        if (advice.isEmpty()) {
            return shown;
        }
        return shown + (shown.endsWith(".") ? " " : ". ") + advice;
    }

    private static String advice(int status) {
        return switch (status) {
            case GuestException.ENOENT ->
                    "Relative paths start at /workspace; list_files shows what is there.";
            case GuestException.EACCES ->
                    "Files are used as user sandbox; run_command with sudo can do more.";
            case GuestException.EISDIR -> "list_files shows what is in it.";
            case ENOTDIR -> "It, or what stands before it in the path, is a file: use read_file.";
            case GuestException.ENOSPC ->
                    "The sandbox's disk is full: remove files with run_command.";
            case EROFS -> "Nothing can be written there: /workspace and /tmp are writable.";
            case CHANGED -> "Something is writing to it: read it again.";
            case GuestException.BUSY ->
                    "Something runs there already: wait for it, or use reset_interpreter.";
            case GuestException.RUNNER_FAILED ->
                    "The code did not run. Variables of that interpreter are gone, files are there; run it again, which starts a new one. If that fails too, reset_interpreter ends what earlier code left running.";
            case GuestException.UNKNOWN_OPERATION ->
                    "This computer comes from a checkpoint that an earlier version made, and cannot do that: use run_command without background.";
            default -> "";
        };
    }
}
