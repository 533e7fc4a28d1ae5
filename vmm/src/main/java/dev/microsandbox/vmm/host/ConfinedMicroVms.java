package dev.microsandbox.vmm.host;

import dev.microsandbox.vmm.Progress;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.SandboxFactory;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.confine.SystemCallFilter;
import dev.microsandbox.vmm.launch.Launcher;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Starts sandboxes in a process that exists for nothing else. Before the first machine starts, and
 * so before any untrusted code runs, this process denies itself the system calls that sandboxes do
 * not need, for good. Images that are missing are built before that, because building them takes
 * many of these calls; a launcher builds them if it can. If the kernel refuses, sandboxes start all
 * the same, and the log says so. Thread-safe.
 */
public final class ConfinedMicroVms implements SandboxFactory {

    private final MicroVms machines;

    /** What may have to be built first. */
    private final List<SandboxConfig> configs;

    /** Whether a launcher is known to start all programs, without a look at the host. */
    private final boolean launched;

    private final Progress progress;
    private final Consumer<String> log;

    /** Held while confining. An interrupted call stops waiting for it. */
    private final ReentrantLock confining = new ReentrantLock();

    private volatile boolean confined;

    /**
     * Confines nothing yet.
     *
     * @param configs all configurations that will be started
     * @param progress takes lines about the build of images, and why this process is not confined
     * @param log takes a line that says how it is confined
     */
    public ConfinedMicroVms(
            MicroVms machines,
            Collection<SandboxConfig> configs,
            Progress progress,
            Consumer<String> log) {
        this(machines, configs, false, progress, log);
    }

    private ConfinedMicroVms(
            MicroVms machines,
            Collection<SandboxConfig> configs,
            boolean launched,
            Progress progress,
            Consumer<String> log) {
        this.machines = machines;
        this.configs = List.copyOf(configs);
        this.launched = launched;
        this.progress = progress;
        this.log = log;
    }

    /**
     * Machines of a worker, which builds no images. To confine it takes no time: which machine this
     * host can run is found out when the first one starts.
     *
     * @param progress takes lines about why this process is not confined
     */
    public static ConfinedMicroVms ofWorker(
            MicroVms machines, Progress progress, Consumer<String> log) {
        return new ConfinedMicroVms(machines, List.of(), Launcher.hasStartedThis(), progress, log);
    }

    @Override
    public Sandbox start(SandboxConfig config) throws InterruptedException {
        confine();
        try {
            return machines.start(config);
        } catch (SandboxStartException e) {
            throw explain(e, config);
        }
    }

    @Override
    public Sandbox resume(Path checkpoint, SandboxConfig config) throws InterruptedException {
        confine();
        try {
            return machines.resume(checkpoint, config);
        } catch (SandboxStartException e) {
            throw explain(e, config);
        }
    }

    @Override
    public long bytesOnDisk(Collection<Path> checkpoints) throws IOException {
        return machines.bytesOnDisk(checkpoints);
    }

    @Override
    public void prepare(SandboxConfig config) {
        Thread.ofVirtual()
                .name("confinement")
                .start(
                        () -> {
                            try {
                                confine();
                                machines.prepare(config);
                            } catch (SandboxException e) {
                                progress.report("Nothing is prepared: " + e.getMessage());
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
    }

    /**
     * Confines this process, unless it is confined already.
     *
     * @throws SandboxException if no machine can run on this host; the next call tries again
     */
    public void confine() throws InterruptedException {
        if (confined) {
            return;
        }
        confining.lockInterruptibly();
        try {
            if (!confined) {
                boolean programs = !launched && machines.startsPrograms();
                buildMissingImages();
                endBuilds();
                install(programs);
                confined = true;
            }
        } finally {
            confining.unlock();
        }
    }

    private void buildMissingImages() throws InterruptedException {
        List<SandboxConfig> missing = new ArrayList<>();
        for (SandboxConfig config : configs) {
            if (!isBuilt(config)) {
                missing.add(config);
            }
        }
        Optional<Launcher> builder = missing.isEmpty() ? Optional.empty() : machines.builder();
        if (builder.isPresent()) {
            ImageBuild.run(builder.get(), false, progress);
            return;
        }
        for (SandboxConfig config : missing) {
            try {
                machines.build(config);
            } catch (SandboxException e) {
                // The start of a sandbox from this image says it again. Others are not to suffer.
                progress.report("Image " + config.image() + ": " + e.getMessage());
            }
        }
    }

    private void endBuilds() throws InterruptedException {
        if (!Launcher.hasStartedThis()) {
            return;
        }
        try {
            // This also gives the launcher QEMU's settings, before anybody else could.
            Optional<Launcher> builder = machines.builder();
            if (builder.isPresent()) {
                builder.get().endBuilds();
            }
        } catch (IOException e) {
            progress.report("Not confined: the launcher goes on building: " + e.getMessage());
        }
    }

    /** Also true for an image that nobody can build, whose sandboxes say so themselves. */
    private boolean isBuilt(SandboxConfig config) throws InterruptedException {
        try {
            return machines.isBuilt(config);
        } catch (SandboxException e) {
            return true;
        }
    }

    /** Says what to do if a start has failed because this process cannot build images any more. */
    private SandboxStartException explain(SandboxStartException failure, SandboxConfig config)
            throws InterruptedException {
        return isBuilt(config)
                ? failure
                : new SandboxStartException(
                        "The image %s is not built, and this process, which is confined, cannot build it. 'msb image build --name %s' does, while this runs."
                                .formatted(config.image(), config.image()),
                        failure);
    }

    private void install(boolean programs) {
        try {
            if (programs) {
                SystemCallFilter.withPrograms().install();
                log.accept(
                        "Confined: a filter of system calls is on for all threads. It lets this process start programs, because it starts QEMU itself");
            } else {
                SystemCallFilter.withoutPrograms().install();
                log.accept(
                        "Confined: a filter of system calls is on for all threads, and this process can start no program any more");
            }
        } catch (IOException e) {
            progress.report(
                    "Not confined: the kernel refuses the filter of system calls: "
                            + e.getMessage());
        }
    }
}
