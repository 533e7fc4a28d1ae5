package dev.microsandbox.vmm.host;

import java.time.Instant;

/**
 * What an operator is shown of a template on the disk.
 *
 * @param id its name in a {@link TemplateCatalog}
 * @param machine name of its kind of machine
 * @param image name of its image
 * @param cpus number of vCPUs of a sandbox that starts from it
 * @param memoryBytes memory of such a sandbox
 * @param bytes the disk space that it takes
 * @param made when it was made
 */
public record StoredTemplate(
        String id,
        String machine,
        String image,
        int cpus,
        long memoryBytes,
        long bytes,
        Instant made) {}
