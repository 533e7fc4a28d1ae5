package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.linux.Epoll;
import dev.microsandbox.vmm.linux.EventFd;
import dev.microsandbox.vmm.linux.LinuxException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * The eventfds that a machine's I/O thread waits for, each with the work to do when it is
 * signalled.
 */
final class IoEvents implements AutoCloseable {

    private final Epoll epoll;
    private final EventFd wake;
    private final List<Source> sources = new ArrayList<>();

    private record Source(EventFd event, BooleanSupplier work) {}

    private IoEvents(Epoll epoll, EventFd wake) {
        this.epoll = epoll;
        this.wake = wake;
    }

    static IoEvents create() throws LinuxException {
        Epoll epoll = Epoll.create();
        try {
            IoEvents events = new IoEvents(epoll, EventFd.create());
            events.add(events.wake, () -> false);
            return events;
        } catch (LinuxException e) {
            epoll.close();
            throw e;
        }
    }

    /**
     * Adds a source of work. Must come before the first {@link #awaitAndWork}.
     *
     * @param event signals that there is work; closed by the caller
     * @param work the work to do; returns true if there is more, which is done after the work of
     *     other sources
     */
    void add(EventFd event, BooleanSupplier work) throws LinuxException {
        epoll.add(event, sources.size());
        sources.add(new Source(event, work));
    }

    /** Signals all sources, so that the work of each is done. */
    void signalAll() {
        sources.forEach(source -> source.event().signal());
    }

    /** Makes {@link #awaitAndWork} return soon. Thread-safe. */
    void wake() {
        wake.signal();
    }

    /** Waits for work and does it. Only for the machine's I/O thread. */
    void awaitAndWork() throws LinuxException {
        epoll.await(-1, this::work);
    }

    private void work(int token) {
        Source source = sources.get(token);
        if (source.work().getAsBoolean()) {
            source.event().signal();
        }
    }

    /** Closes the descriptors. No thread may be in {@link #awaitAndWork}. */
    @Override
    public void close() {
        epoll.close();
        wake.close();
    }
}
