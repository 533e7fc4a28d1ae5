/** Loading a Linux kernel into guest memory, with what it must find there. */
@NullMarked
package dev.microsandbox.vmm.boot;

import org.jspecify.annotations.NullMarked;
