package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.linux.Epoll;
import dev.microsandbox.vmm.linux.EventFd;
import dev.microsandbox.vmm.linux.LinuxException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** What a machine's I/O thread waits for, and what is to be done when it comes. */
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
     * Adds a source of work, before anybody waits.
     *
     * @param event says that there is work; stays the caller's to close
     * @param work what to do then; true if there is more, which is done after other sources' work
     */
    void add(EventFd event, BooleanSupplier work) throws LinuxException {
        epoll.add(event, sources.size());
        sources.add(new Source(event, work));
    }

    /** Lets all sources' work be done, as if each had been signalled. */
    void signalAll() {
        sources.forEach(source -> source.event().signal());
    }

    /** Makes {@link #awaitAndWork} return soon. From any thread. */
    void wake() {
        wake.signal();
    }

    /** Waits for work, and does what there is. For one thread. */
    void awaitAndWork() throws LinuxException {
        epoll.await(-1, this::work);
    }

    private void work(int token) {
        Source source = sources.get(token);
        if (source.work().getAsBoolean()) {
            source.event().signal();
        }
    }

    /** When nobody waits any more. */
    @Override
    public void close() {
        epoll.close();
        wake.close();
    }
}
