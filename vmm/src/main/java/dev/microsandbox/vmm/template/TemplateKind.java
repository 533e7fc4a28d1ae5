package dev.microsandbox.vmm.template;

import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.image.GuestAssets;
import dev.microsandbox.vmm.machine.GuestMachine;
import java.io.IOException;
import java.nio.file.Path;

/** A kind of machine of which templates can be made. Thread-safe. */
public interface TemplateKind {

    /** Part of a template's identity: templates of one kind are of no use to another. */
    String name();

    /**
     * Boots a machine that can be saved.
     *
     * @throws dev.microsandbox.vmm.SandboxStartException if it cannot be made
     */
    Savable boot(String name, GuestAssets assets, SandboxConfig config) throws InterruptedException;

    /**
     * Opens what was saved, and checks it.
     *
     * @throws IOException if it is damaged or of no use here; says why
     */
    OpenTemplate open(Path directory, GuestAssets assets) throws IOException, InterruptedException;

    /** A machine that runs and can be saved. */
    interface Savable {

        GuestMachine machine();

        /**
         * Saves it. It may be over afterwards.
         *
         * @param directory appears whole, or not at all
         */
        void save(Path directory) throws IOException, InterruptedException;
    }

    /** A template of which machines can be made. */
    interface OpenTemplate {

        /**
         * Makes a machine that goes on where the saved one was.
         *
         * @throws dev.microsandbox.vmm.SandboxStartException if it cannot be made
         */
        GuestMachine start(String name, SandboxConfig config) throws InterruptedException;
    }
}
