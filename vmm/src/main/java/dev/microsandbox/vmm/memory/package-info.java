/** The guest's physical memory: its layout, access to it, and images of its content. */
@NullMarked
package dev.microsandbox.vmm.memory;

import org.jspecify.annotations.NullMarked;
