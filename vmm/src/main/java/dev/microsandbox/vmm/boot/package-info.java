/** Loads a Linux kernel into guest memory, and writes the tables that it expects there. */
@NullMarked
package dev.microsandbox.vmm.boot;

import org.jspecify.annotations.NullMarked;
