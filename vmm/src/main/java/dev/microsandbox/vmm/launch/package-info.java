/**
 * The client of the launcher, the program that starts QEMU confined: docs/launcher.md. It keeps the
 * rights that this process may have given up.
 */
@NullMarked
package dev.microsandbox.vmm.launch;

import org.jspecify.annotations.NullMarked;
