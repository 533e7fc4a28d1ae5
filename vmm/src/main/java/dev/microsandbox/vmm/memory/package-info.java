/** The guest's physical memory, and where in it things are. */
@NullMarked
package dev.microsandbox.vmm.memory;

import org.jspecify.annotations.NullMarked;
