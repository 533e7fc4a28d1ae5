package dev.microsandbox.vmm.launch;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A process that the launcher has started, and that ends with it. Its exit value is the status, or
 * 128 and the number of the signal that ended it.
 */
public final class LaunchedProcess extends Process {

    private final LauncherConnection launcher;
    private final int handle;
    private final long pid;
    private final CompletableFuture<Integer> exit;
    private final OutputStream input;
    private final InputStream output;
    private final InputStream errors;
    private final Streams streams;

    LaunchedProcess(
            LauncherConnection launcher,
            int handle,
            long pid,
            CompletableFuture<Integer> exit,
            Streams streams) {
        this.launcher = launcher;
        this.handle = handle;
        this.pid = pid;
        this.exit = exit;
        this.streams = streams;
        this.input = new BufferedOutputStream(streams.input());
        this.output = streams.output();
        this.errors = streams.errors();
    }

    /** This process's ends of the standard streams. */
    record Streams(OutputStream input, InputStream output, InputStream errors) {}

    @Override
    public OutputStream getOutputStream() {
        return input;
    }

    @Override
    public InputStream getInputStream() {
        return output;
    }

    @Override
    public InputStream getErrorStream() {
        return errors;
    }

    @Override
    public int waitFor() throws InterruptedException {
        try {
            return exit.get();
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public boolean waitFor(long timeout, TimeUnit unit) throws InterruptedException {
        try {
            int _ = exit.get(timeout, unit);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public int exitValue() {
        if (!exit.isDone()) {
            throw new IllegalThreadStateException("the process has not ended");
        }
        return exit.join();
    }

    @Override
    public boolean isAlive() {
        return !exit.isDone();
    }

    @Override
    public CompletableFuture<Process> onExit() {
        return exit.thenApply(status -> this);
    }

    @Override
    public long pid() {
        return pid;
    }

    @Override
    public ProcessHandle toHandle() {
        return ProcessHandle.of(pid)
                .orElseThrow(() -> new UnsupportedOperationException("the process has ended"));
    }

    /** Kills the process, and closes its streams as the JDK's processes do. */
    @Override
    public void destroy() {
        if (isAlive()) {
            launcher.kill(handle);
        }
        for (Closeable stream : List.of(streams.input(), streams.output(), streams.errors())) {
            try {
                stream.close();
            } catch (IOException e) {
                // What was still to be written is lost with the process.
            }
        }
    }

    /** Like {@link #destroy}. */
    @Override
    public Process destroyForcibly() {
        destroy();
        return this;
    }

    @Override
    public boolean supportsNormalTermination() {
        return false;
    }

    /**
     * Gives all its threads a nice value.
     *
     * @param value 0 to 19
     * @throws IOException if the process or a thread has ended, or the launcher may not
     */
    public void setNiceValue(int value) throws IOException, InterruptedException {
        var _ = launcher.call(LauncherConnection.NICE, handle, value, new byte[0], List.of());
    }
}
