/** The interface between a machine of any kind and the rest of the module. */
@NullMarked
package dev.microsandbox.vmm.machine;

import org.jspecify.annotations.NullMarked;
