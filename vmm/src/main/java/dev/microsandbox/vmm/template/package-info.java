/**
 * Templates: booted guests with running interpreters, saved once and cloned for each sandbox with
 * the same configuration.
 */
@NullMarked
package dev.microsandbox.vmm.template;

import org.jspecify.annotations.NullMarked;
