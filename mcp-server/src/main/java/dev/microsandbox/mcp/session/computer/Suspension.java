package dev.microsandbox.mcp.session.computer;

import dev.microsandbox.mcp.session.computer.TurnLock.Turn;
import dev.microsandbox.mcp.session.disk.DiskAccount;
import dev.microsandbox.mcp.session.disk.PrivateFiles;
import dev.microsandbox.mcp.session.disk.SessionDirectory;
import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.mcp.session.supply.ManagedSandbox;
import dev.microsandbox.mcp.text.ClientText;
import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.SandboxLostException;
import dev.microsandbox.vmm.storage.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Suspends a computer. Not thread-safe: the caller must hold the computer's turn ({@link
 * TurnLock}).
 */
final class Suspension {

    private static final Logger log = LoggerFactory.getLogger(Suspension.class);

    private final String id;
    private final CurrentSandbox sandbox;
    private final SessionDirectory directory;
    private final InstantSource time;
    private final Consumer<String> hints;

    /** Whether the last attempt failed and was logged. Further failures are not logged again. */
    private boolean failing;

    Suspension(String id, CurrentSandbox sandbox, SessionDirectory directory, InstantSource time) {
        this(id, sandbox, directory, time, _ -> {});
    }

    /**
     * @param hints receives what the computer's next call should be told
     */
    Suspension(
            String id,
            CurrentSandbox sandbox,
            SessionDirectory directory,
            InstantSource time,
            Consumer<String> hints) {
        this.id = id;
        this.sandbox = sandbox;
        this.directory = directory;
        this.time = time;
        this.hints = hints;
    }

    /**
     * Saves a running sandbox and closes it.
     *
     * @return false if it cannot be saved; it then continues to run, unless it has died
     */
    boolean suspend(Turn turn, ManagedSandbox managed) {
        if (!sandbox.beginSuspension(turn, managed)) {
            return false;
        }
        Path place = null;
        try (DiskAccount.Room room = sandbox.reserveDisk(directory)) {
            place = directory.prepareSuspension(id);
            long bytes = managed.await().checkpoint(place);
            room.written();
            DurableFiles.syncName(place);
            if (sandbox.markSuspended(turn, managed, new SuspendedImage(place, time.instant()))) {
                managed.close("was suspended");
                failing = false;
                log.info("A sandbox is suspended; it takes {} bytes on the disk", bytes);
                return true;
            }
        } catch (SandboxLostException e) {
            log.warn("A sandbox died before it was suspended: {}", e.getMessage());
            sandbox.forget(managed, "died (" + ClientText.of(e.getMessage()) + ")");
        } catch (CheckpointException e) {
            notSaved(String.valueOf(e.getMessage()), null);
        } catch (SessionException e) {
            noRoom(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            notSaved(PrivateFiles.reason(e), null);
        } catch (InterruptedException | RuntimeException e) {
            notSaved("an error inside the server", e);
        }
        if (place != null) {
            PrivateFiles.discard(place);
        }
        sandbox.stayLive(turn, managed);
        return false;
    }

    /** The quota of the namespace is full. The agent can do something about it, so it is told. */
    private void noRoom(String why) {
        hints.accept(
                "While it was idle, this computer could not be suspended: %s Until then it goes on running, and it is lost at the end of its lifetime or if the server stops."
                        .formatted(why));
        notSaved(why, null);
    }

    private void notSaved(String why, @Nullable Exception unexpected) {
        if (failing && unexpected == null) {
            log.debug("A sandbox is still not suspended: {}", why);
            return;
        }
        failing = true;
        log.warn(
                "A sandbox cannot be suspended in {}: {} Until this works again, idle sandboxes keep their share of cpu_limit and memory_limit until their lifetime ends; make"
                        + " room there, or set session.suspend to false to have them closed.",
                directory,
                why.endsWith(".") ? why : why + ".",
                unexpected);
    }
}
