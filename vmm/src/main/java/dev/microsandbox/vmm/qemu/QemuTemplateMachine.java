package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.linux.FileDescriptor;
import dev.microsandbox.vmm.linux.Memfd;
import dev.microsandbox.vmm.linux.OpenFile;
import dev.microsandbox.vmm.machine.GuestMachine;
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
 * A machine in software emulation that can be saved as a {@link QemuTemplate}. For guests that run
 * nothing but what is to be in the template. Thread-safe.
 */
public final class QemuTemplateMachine implements GuestMachine {

    private final MonitoredProcess qemu;
    private final OpenFile memory;
    private final QemuGuest guest;
    private final SandboxConfig config;
    private final QemuAccelerator accelerator;

    /** Held by who uses the memory, and closes it. */
    private final ReentrantLock saving = new ReentrantLock();

    private QemuTemplateMachine(
            MonitoredProcess qemu,
            OpenFile memory,
            QemuGuest guest,
            SandboxConfig config,
            QemuAccelerator accelerator) {
        this.qemu = qemu;
        this.memory = memory;
        this.guest = guest;
        this.config = config;
        this.accelerator = accelerator;
    }

    /**
     * Starts a machine in software emulation.
     *
     * @param name for thread names
     * @param description what {@link #description} is to say
     * @throws SandboxStartException if it cannot be started
     */
    public static QemuTemplateMachine start(
            String name, QemuGuest guest, SandboxConfig config, String description)
            throws InterruptedException {
        return start(name, guest, config, QemuAccelerator.TCG, description);
    }

    /** Starts a machine as above, on any accelerator. */
    public static QemuTemplateMachine start(
            String name,
            QemuGuest guest,
            SandboxConfig config,
            QemuAccelerator accelerator,
            String description)
            throws InterruptedException {
        try (FileDescriptor created = Memfd.create(name, config.memoryBytes())) {
            // Under a descriptor that is known to nobody else, and so is not closed too early.
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
                                monitor -> QemuOptions.savable(config, accelerator, monitor),
                                accelerator,
                                description),
                        memory,
                        guest,
                        config,
                        accelerator);
            } catch (InterruptedException | RuntimeException e) {
                memory.close();
                throw e;
            }
        } catch (IOException e) {
            throw new SandboxStartException("The sandbox has no memory: " + e.getMessage(), e);
        }
    }

    /**
     * Saves the machine as a template, and ends it. Its agent's connection must be at rest. What is
     * saved is all in the directory or, whatever happens, not there at all.
     *
     * @param directory to be made; its parent exists
     * @throws QemuTemplateException if it is there already, or the machine cannot be saved
     */
    public void save(Path directory) throws InterruptedException {
        saving.lockInterruptibly();
        try (NewDirectory files = NewDirectory.begin(directory, TemplateFiles.MANIFEST)) {
            String version = QemuVersion.installed();
            String state = saveState(files.create(TemplateFiles.STATE, 0));
            String pages;
            try (OpenFile copy =
                    OpenFile.readWrite(files.create(TemplateFiles.MEMORY, config.memoryBytes()))) {
                pages = PageCopy.copy(memory, copy, config.memoryBytes());
            }
            files.commit(
                    SavedManifest.of(
                                    Contents.TEMPLATE,
                                    guest,
                                    accelerator,
                                    config,
                                    version,
                                    Map.of(TemplateFiles.MEMORY, pages, TemplateFiles.STATE, state))
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

    /** Saves all but the memory, and ends QEMU, so that nobody changes the memory any more. */
    private String saveState(Path file) throws IOException, InterruptedException {
        qemu.execute("stop");
        String hash = qemu.sendState(file, TemplateFiles.MOST_STATE_BYTES, () -> false);
        qemu.stop();
        qemu.machine().process().waitFor();
        return hash;
    }

    @Override
    public Isolation isolation() {
        return qemu.machine().isolation();
    }

    @Override
    public String description() {
        return qemu.machine().description();
    }

    @Override
    public InputStream agentInput() {
        return qemu.machine().agentInput();
    }

    @Override
    public OutputStream agentOutput() {
        return qemu.machine().agentOutput();
    }

    @Override
    public String lastWords() {
        return qemu.machine().lastWords();
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
            // Who saves it finds it gone, and closes the rest.
            qemu.machine().stop();
        }
    }
}
