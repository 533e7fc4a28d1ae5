package dev.microsandbox.vmm.machine;

import dev.microsandbox.vmm.linux.Epoll;
import dev.microsandbox.vmm.linux.EventFd;
import dev.microsandbox.vmm.linux.LinuxException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The platform thread on which a machine's devices work, woken by what the guest's notifications
 * signal. One a machine: a guest that floods it delays itself alone.
 */
final class IoThread implements AutoCloseable {

    private static final long STACK_BYTES = 256 * 1024;

    private final Epoll epoll = Epoll.create();
    private final EventFd wake = EventFd.create();
    private final List<Source> sources = new ArrayList<>();
    private final Consumer<Throwable> failed;
    private final Thread thread;
    private volatile boolean stopping;

    private record Source(EventFd event, BooleanSupplier work) {}

    /**
     * @param failed hears of a device's failure, after which this thread does nothing more
     */
    IoThread(String name, Consumer<Throwable> failed) throws LinuxException {
        this.failed = failed;
        this.thread =
                Thread.ofPlatform()
                        .name(name)
                        .daemon()
                        .stackSize(STACK_BYTES)
                        .inheritInheritableThreadLocals(false)
                        .unstarted(this::run);
        addSource(wake, () -> false);
    }

    /**
     * Adds a source of work; before {@link #start}.
     *
     * @param event wakes this thread; stays the caller's to close
     * @param work what to do then; true if there is more, which is done after other sources' work
     */
    void add(EventFd event, BooleanSupplier work) throws LinuxException {
        addSource(event, work);
    }

    private void addSource(EventFd event, BooleanSupplier work) throws LinuxException {
        epoll.add(event, sources.size());
        sources.add(new Source(event, work));
    }

    void start() {
        thread.start();
    }

    /** Lets the thread end soon. */
    void stop() {
        stopping = true;
        wake.signal();
    }

    /** Waits for the thread's end; {@link #stop} comes first. */
    void join() throws InterruptedException {
        thread.join();
    }

    private void run() {
        try {
            while (!stopping) {
                epoll.await(-1, this::work);
            }
        } catch (LinuxException | RuntimeException | Error e) {
            failed.accept(e);
        }
    }

    private void work(int token) {
        Source source = sources.get(token);
        if (!stopping && source.work().getAsBoolean()) {
            source.event().signal();
        }
    }

    /** After the thread's end. */
    @Override
    public void close() {
        epoll.close();
        wake.close();
    }
}
