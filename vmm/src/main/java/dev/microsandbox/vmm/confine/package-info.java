/**
 * What this process denies itself once it runs sandboxes, so that whoever takes it over from within
 * a guest gains little.
 */
@NullMarked
package dev.microsandbox.vmm.confine;

import org.jspecify.annotations.NullMarked;
