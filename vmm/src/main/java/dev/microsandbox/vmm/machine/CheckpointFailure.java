package dev.microsandbox.vmm.machine;

import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.LinuxException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;

/** Says why a checkpoint cannot be made or used, and what to do about it. */
public final class CheckpointFailure {

    private CheckpointFailure() {}

    /** In a machine's saving. Agents read it: where the files are is in the cause alone. */
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

    /** In opening what was saved, or going on from it. */
    public static CheckpointException whileRestoring(IOException e) throws InterruptedException {
        rethrowInterrupt(e);
        return whileRestoring(text(e), e);
    }

    /**
     * As above, in other words than the cause's.
     *
     * @param why and what to do: a clause
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

    /** Channels of java.nio end so where their thread is interrupted. */
    private static void rethrowInterrupt(IOException e) throws InterruptedException {
        if (e instanceof ClosedByInterruptException) {
            boolean _ = Thread.interrupted();
            InterruptedException interrupted = new InterruptedException();
            interrupted.initCause(e);
            throw interrupted;
        }
    }

    /** The error number; 0 where it is not known. */
    private static int errno(IOException e) {
        return switch (e) {
            case LinuxException linux -> linux.errno();
            case AccessDeniedException _ -> Errno.EACCES;
            case NoSuchFileException _ -> Errno.ENOENT;
            case FileAlreadyExistsException _ -> Errno.EEXIST;
            // The JDK keeps strerror's text alone.
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
