package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.machine.RestorableMachine;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A machine with an imitated agent that records the steps of its saving and restoring. */
final class FakeRestorable implements RestorableMachine {

    /** The steps that were taken, in order. */
    final List<String> steps = new CopyOnWriteArrayList<>();

    private final FakeMachine machine;

    /** The step that must fail; empty for none. */
    volatile String failing = "";

    /** How long each step takes. */
    volatile Duration pace = Duration.ZERO;

    /** Runs during the step {@code finish}. */
    volatile Runnable whileFinishing = () -> {};

    FakeRestorable(FakeMachine machine) {
        this.machine = machine;
    }

    private void step(String name) {
        steps.add(name);
        if (pace.isPositive()) {
            try {
                Thread.sleep(pace);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        if (name.equals(failing)) {
            throw new CheckpointException("No " + name + ".", null);
        }
    }

    @Override
    public Saving beginSaving(Path directory) {
        step("begin");
        return new Saving() {
            @Override
            public void take() {
                step("take");
            }

            @Override
            public long finish() {
                step("finish");
                whileFinishing.run();
                return 77;
            }

            @Override
            public void close() {
                step("close");
            }
        };
    }

    @Override
    public Restoring beginRestoring(Path directory) {
        step("begin");
        return new Restoring() {
            @Override
            public void run(Runnable between) {
                step("pause");
                between.run();
                step("put back");
            }

            @Override
            public void close() {
                step("close");
            }
        };
    }

    @Override
    public boolean clockStopsWhilePaused() {
        return false;
    }

    @Override
    public Isolation isolation() {
        return Isolation.HARDWARE;
    }

    @Override
    public String description() {
        return machine.description();
    }

    @Override
    public InputStream agentInput() {
        return machine.agentInput();
    }

    @Override
    public OutputStream agentOutput() {
        return machine.agentOutput();
    }

    @Override
    public String lastWords() {
        return machine.lastWords();
    }

    @Override
    public void stop() {
        machine.stop();
    }
}
