/**
 * Templates: booted guests with their interpreters up, saved once and cloned for each sandbox that
 * is like them.
 */
@NullMarked
package dev.microsandbox.vmm.template;

import org.jspecify.annotations.NullMarked;
