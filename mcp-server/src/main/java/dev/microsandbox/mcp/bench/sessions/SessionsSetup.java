package dev.microsandbox.mcp.bench.sessions;

import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of {@link SessionsBench}.
 *
 * @param clones starts sandboxes from an existing template
 * @param boots boots the same sandboxes
 * @param peer starts them from QEMU's own template; null if there is no such peer
 * @param config the configuration of the sandboxes
 * @param language the language whose interpreter runs in the template and gives the first answer
 * @param runs number of runs of measurements that take milliseconds
 * @param boot number of boots
 * @param idleBytes maximum memory of the host that idle sandboxes may use, in bytes
 * @param settling how long to wait before measuring the memory of idle sandboxes
 * @param directory an empty directory for checkpoints
 * @param progress receives a line for each step
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
