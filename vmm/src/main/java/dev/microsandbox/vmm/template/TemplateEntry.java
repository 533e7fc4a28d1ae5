package dev.microsandbox.vmm.template;

import java.time.Instant;

/**
 * A template that is there.
 *
 * @param bytes that it takes on the disk
 */
public record KeptTemplate(TemplateInfo info, Instant made, long bytes) {}
