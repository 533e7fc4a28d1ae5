package dev.microsandbox.mcp.worker;

import dev.microsandbox.mcp.seam.ToWorker;
import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.mcp.session.supply.Capacity;
import dev.microsandbox.mcp.session.supply.CapacityUse;
import dev.microsandbox.mcp.session.supply.ReadyPool;
import dev.microsandbox.mcp.session.supply.Reservation;
import dev.microsandbox.vmm.SandboxConfig;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The totals of a server of which this process is one worker: the front grants them. */
public final class GrantedCapacity implements Capacity {

    private static final Logger log = LoggerFactory.getLogger(GrantedCapacity.class);

    private final FrontLink front;
    private final AtomicInteger sandboxes = new AtomicInteger();

    public GrantedCapacity(FrontLink front) {
        this.front = front;
    }

    @Override
    public void makeRoomFrom(ReadyPool pool) {
        front.onEvict(
                () -> {
                    try {
                        boolean _ = pool.evictOne();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
    }

    @Override
    public Reservation reserve(SandboxConfig config) throws InterruptedException {
        FrontLink.Answer answer;
        try {
            answer = front.reserve(config.cpus(), config.memoryBytes(), false);
        } catch (IOException e) {
            log.debug("no grant", e);
            throw new SessionException("The server is stopping.");
        }
        if (answer.refusal().isPresent()) {
            ToWorker.Refused why = answer.refusal().get();
            throw new CapacityUse(
                            why.sandboxes(),
                            why.cpusInUse(),
                            why.cpus(),
                            why.memoryInUse(),
                            why.memoryBytes())
                    .full(config);
        }
        return reservation(answer.id(), () -> {});
    }

    @Override
    public Optional<Reservation> reserveReady(SandboxConfig config) {
        try {
            FrontLink.Answer answer = front.reserve(config.cpus(), config.memoryBytes(), true);
            return answer.refusal().isPresent()
                    ? Optional.empty()
                    : Optional.of(reservation(answer.id(), () -> front.taken(answer.id())));
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private Reservation reservation(int id, Runnable taken) {
        sandboxes.incrementAndGet();
        return new Reservation(
                taken,
                () -> {
                    sandboxes.decrementAndGet();
                    front.release(id);
                });
    }

    @Override
    public int sandboxes() {
        return sandboxes.get();
    }
}
