package dev.microsandbox.mcp.bench.sessions;

import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What {@link SessionsBench} measures, and how long.
 *
 * @param clones makes sandboxes of a template that is there
 * @param boots boots the same sandboxes
 * @param peer makes them of QEMU's own template; null where there is no such peer
 * @param language whose interpreter runs in the template, and gives the first answer
 * @param runs how often what takes milliseconds is measured
 * @param boot how often a machine is booted
 * @param idleBytes how much of the host's memory idle sandboxes may take
 * @param settling how long idle sandboxes are left alone before their memory is looked at
 * @param directory for checkpoints; empty
 * @param progress hears what is being done
 */
public record SessionsSetup(
        SandboxFactory clones,
        SandboxFactory boots,
        @Nullable SandboxFactory peer,
        SandboxConfig config,
        String language,
        int runs,
        int boot,
        long idleBytes,
        Duration settling,
        Path directory,
        Consumer<String> progress) {}
