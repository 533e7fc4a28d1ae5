/** What a machine is to the rest of the module, whichever way it runs. */
@NullMarked
package dev.microsandbox.vmm.machine;

import org.jspecify.annotations.NullMarked;
