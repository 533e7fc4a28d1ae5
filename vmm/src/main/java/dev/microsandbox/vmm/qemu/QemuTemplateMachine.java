package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.linux.FileDescriptor;
import dev.microsandbox.vmm.linux.Memfd;
import dev.microsandbox.vmm.linux.OpenFile;
import dev.microsandbox.vmm.machine.GuestFiles;
import dev.microsandbox.vmm.machine.TemplateMachine;
import dev.microsandbox.vmm.qemu.SavedManifest.Contents;
import dev.microsandbox.vmm.storage.NewDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A machine in QEMU that can be saved as a {@link QemuTemplate}. Only for guests that run nothing
 * but what belongs to the template. Thread-safe.
 */
public final class QemuTemplateMachine implements TemplateMachine {

    private final MonitoredProcess qemu;
    private final OpenFile memory;
    private final GuestFiles guest;
    private final SandboxConfig config;
    private final QemuMachineKind kind;

    /** Held by the thread that reads the memory or closes it. */
    private final ReentrantLock saving = new ReentrantLock();

    private QemuTemplateMachine(
            MonitoredProcess qemu,
            OpenFile memory,
            GuestFiles guest,
            SandboxConfig config,
            QemuMachineKind kind) {
        this.qemu = qemu;
        this.memory = memory;
        this.guest = guest;
        this.config = config;
        this.kind = kind;
    }

    /**
     * Boots a machine.
     *
     * @param name for thread names
     * @param kind with the accelerator that QEMU uses
     * @throws SandboxStartException if it cannot be started
     */
    public static QemuTemplateMachine start(
            String name, GuestFiles guest, SandboxConfig config, QemuMachineKind kind)
            throws InterruptedException {
        try (FileDescriptor created = Memfd.create(name, config.memoryBytes())) {
            // Opens the memory under a second descriptor, which stays open until this machine
            // closes it.
            OpenFile memory = OpenFile.readOnly(InheritedFile.pathOf(created));
            try {
                return new QemuTemplateMachine(
                        MonitoredProcess.start(
                                name,
                                List.of(
                                        InheritedFile.readOnly(
                                                QemuOptions.KERNEL_FD, guest.kernel()),
                                        InheritedFile.readOnly(
                                                QemuOptions.ROOTFS_FD, guest.rootfs()),
                                        InheritedFile.readWrite(QemuOptions.MEMORY_FD, created)),
                                monitor -> QemuOptions.savable(config, kind.accelerator(), monitor),
                                kind),
                        memory,
                        guest,
                        config,
                        kind);
            } catch (InterruptedException | RuntimeException e) {
                memory.close();
                throw e;
            }
        } catch (IOException e) {
            throw new SandboxStartException("The sandbox has no memory: " + e.getMessage(), e);
        }
    }

    /**
     * Saves the machine as a template, and ends it. The agent's connection must be quiesced. The
     * directory appears complete or not at all, even after a crash.
     *
     * @param directory the template's place; its parent must exist
     * @throws QemuTemplateException if the directory exists already, or the machine cannot be saved
     */
    @Override
    public void save(Path directory) throws InterruptedException {
        saving.lockInterruptibly();
        try (NewDirectory files = NewDirectory.begin(directory, QemuTemplate.MANIFEST)) {
            String version = QemuVersion.installed(kind.confinement());
            String state = saveState(files.create(QemuTemplate.STATE, 0));
            String pages;
            try (OpenFile copy =
                    OpenFile.readWrite(files.create(QemuTemplate.MEMORY, config.memoryBytes()))) {
                pages = PageCopy.copy(memory, copy, config.memoryBytes());
            }
            files.commit(
                    SavedManifest.of(
                                    Contents.TEMPLATE,
                                    guest,
                                    kind.accelerator(),
                                    config,
                                    version,
                                    Map.of(QemuTemplate.MEMORY, pages, QemuTemplate.STATE, state))
                            .encode());
        } catch (FileAlreadyExistsException e) {
            throw new QemuTemplateException(
                    "The machine could not be saved as " + directory + ": it is there already", e);
        } catch (IOException e) {
            throw new QemuTemplateException(
                    "The machine could not be saved as " + directory + ": " + e.getMessage(), e);
        } finally {
            qemu.stop();
            memory.close();
            saving.unlock();
        }
    }

    /**
     * Saves everything but the memory, and ends QEMU, so that nothing changes the memory any more.
     */
    private String saveState(Path file) throws IOException, InterruptedException {
        qemu.execute("stop");
        String hash = qemu.sendState(file, QemuTemplate.MOST_STATE_BYTES, () -> false);
        qemu.stop();
        qemu.process().handle().waitFor();
        return hash;
    }

    @Override
    public Isolation isolation() {
        return qemu.process().isolation();
    }

    @Override
    public String description() {
        return qemu.process().description();
    }

    @Override
    public InputStream agentInput() {
        return qemu.process().agentInput();
    }

    @Override
    public OutputStream agentOutput() {
        return qemu.process().agentOutput();
    }

    @Override
    public String lastWords() {
        return qemu.process().lastWords();
    }

    @Override
    public void stop() {
        if (saving.tryLock()) {
            try {
                qemu.stop();
                memory.close();
            } finally {
                saving.unlock();
            }
        } else {
            // A thread is saving the machine. It notices that the process has ended, and closes the
            // rest.
            qemu.process().stop();
        }
    }
}
