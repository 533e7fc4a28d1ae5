package dev.microsandbox.vmm.template;

import java.time.Instant;

/**
 * A complete template of a {@link TemplateStore}.
 *
 * @param info describes it
 * @param made when it was made
 * @param bytes the disk space that it takes
 */
public record TemplateEntry(TemplateInfo info, Instant made, long bytes) {}
