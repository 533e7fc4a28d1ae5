/**
 * What the host holds of an agent's bytes until somebody takes them: bounded by construction, and
 * independent of what the bytes mean.
 */
@NullMarked
package dev.microsandbox.vmm.agent.stream;

import org.jspecify.annotations.NullMarked;
