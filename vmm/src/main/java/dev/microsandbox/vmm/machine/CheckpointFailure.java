package dev.microsandbox.vmm.machine;

import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.LinuxException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;

/**
 * Creates the exceptions that say why a checkpoint cannot be made or used, and what to do about it.
 */
public final class CheckpointFailure {

    private CheckpointFailure() {}

    /**
     * For a failure while a machine is saved. Agents read the message, so the files' paths are only
     * in the cause.
     */
    public static CheckpointException whileSaving(IOException e) throws InterruptedException {
        rethrowInterrupt(e);
        String why =
                switch (errno(e)) {
                    case Errno.ENOSPC -> fullBecause("there is no room on the host's disk");
                    case Errno.EDQUOT ->
                            fullBecause("the server's user has used up its disk quota");
                    case Errno.EACCES, Errno.EPERM, Errno.EROFS -> "the server may not write there";
                    case Errno.ENOENT -> "its place is not there";
                    case Errno.EEXIST -> "something is there already";
                    default -> text(e);
                };
        return new CheckpointException("The sandbox was not saved: " + why + ".", e);
    }

    /** For a failure while a checkpoint is opened or restored. */
    public static CheckpointException whileRestoring(IOException e) throws InterruptedException {
        rethrowInterrupt(e);
        return whileRestoring(text(e), e);
    }

    /**
     * Like the other method, with a reason other than the cause's message.
     *
     * @param why a clause that says why, and what to do
     */
    public static CheckpointException whileRestoring(String why, IOException cause) {
        return new CheckpointException("The checkpoint cannot be used: " + why + ".", cause);
    }

    private static String text(IOException e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }

    private static String fullBecause(String why) {
        return why + "; delete checkpoints that are no longer needed, or make room there";
    }

    /** Turns the exception of an interrupted java.nio channel into InterruptedException. */
    private static void rethrowInterrupt(IOException e) throws InterruptedException {
        if (e instanceof ClosedByInterruptException) {
            boolean _ = Thread.interrupted();
            InterruptedException interrupted = new InterruptedException();
            interrupted.initCause(e);
            throw interrupted;
        }
    }

    /** The error number; 0 if unknown. */
    private static int errno(IOException e) {
        return switch (e) {
            case LinuxException linux -> linux.errno();
            case AccessDeniedException _ -> Errno.EACCES;
            case NoSuchFileException _ -> Errno.ENOENT;
            case FileAlreadyExistsException _ -> Errno.EEXIST;
            // The JDK keeps only strerror's text.
            default -> {
                String text = String.valueOf(e.getMessage());
                if (text.contains("No space left on device")) {
                    yield Errno.ENOSPC;
                }
                if (text.contains("Disk quota exceeded")) {
                    yield Errno.EDQUOT;
                }
                yield text.contains("Read-only file system") ? Errno.EROFS : 0;
            }
        };
    }
}
