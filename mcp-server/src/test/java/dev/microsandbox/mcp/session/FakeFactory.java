package dev.microsandbox.mcp.session;

import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxFactory;
import dev.microsandbox.vmm.SandboxStartException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Starts {@link FakeSandbox}es and remembers them. */
public final class FakeFactory implements SandboxFactory {

    public final List<FakeSandbox> started = new CopyOnWriteArrayList<>();

    /** The configuration of each machine that was to start, in their order. */
    public final List<SandboxConfig> configs = new CopyOnWriteArrayList<>();

    /** How many machines are waiting at the gate of {@link #holdStarts}. */
    public final AtomicInteger starting = new AtomicInteger();

    private volatile Consumer<FakeSandbox> setup = sandbox -> {};
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private volatile String failure = "";

    /** Prepares every sandbox before the factory returns it. */
    public FakeFactory prepare(Consumer<FakeSandbox> newSetup) {
        setup = newSetup;
        return this;
    }

    /** Lets machines start only when the gate opens. */
    public CountDownLatch holdStarts() {
        gate = new CountDownLatch(1);
        return gate;
    }

    public void failWith(String message) {
        failure = message;
    }

    /** The machines that were started and are not closed. */
    public int running() {
        return (int) started.stream().filter(sandbox -> !sandbox.isClosed()).count();
    }

    public FakeSandbox last() {
        return started.getLast();
    }

    @Override
    public Sandbox start(SandboxConfig config) throws InterruptedException {
        return start(config, () -> FakeSandbox.State.EMPTY);
    }

    @Override
    public Sandbox resume(Path checkpoint, SandboxConfig config) throws InterruptedException {
        return start(config, () -> FakeSandbox.State.read(checkpoint));
    }

    /** Like the real factory, counts a file with several names once. */
    @Override
    public long bytesOnDisk(Collection<Path> checkpoints) throws IOException {
        Map<Object, Long> sizes = new HashMap<>();
        for (Path checkpoint : checkpoints) {
            if (Files.isDirectory(checkpoint)) {
                try (Stream<Path> files = Files.list(checkpoint)) {
                    for (Path file : files.toList()) {
                        BasicFileAttributes found =
                                Files.readAttributes(file, BasicFileAttributes.class);
                        sizes.put(found.fileKey(), found.size());
                    }
                }
            }
        }
        return sizes.values().stream().mapToLong(Long::longValue).sum();
    }

    private Sandbox start(SandboxConfig config, Supplier<FakeSandbox.State> content)
            throws InterruptedException {
        configs.add(config);
        starting.incrementAndGet();
        try {
            gate.await();
        } finally {
            starting.decrementAndGet();
        }
        if (!failure.isEmpty()) {
            throw new SandboxStartException(failure, null);
        }
        FakeSandbox.State state = content.get();
        synchronized (this) {
            FakeSandbox sandbox = new FakeSandbox("fake-" + started.size());
            sandbox.content.putAll(state.content());
            setup.accept(sandbox);
            started.add(sandbox);
            return sandbox;
        }
    }
}
