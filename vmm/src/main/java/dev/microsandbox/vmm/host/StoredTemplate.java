package dev.microsandbox.vmm.host;

import java.time.Instant;

/**
 * A template that is there.
 *
 * @param id names it in a {@link TemplateCatalog}
 * @param machine kind of machine that it is of
 * @param image name of its image
 * @param cpus vCPUs of a sandbox that is made of it
 * @param memoryBytes of such a sandbox
 * @param bytes that it takes on the disk
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
