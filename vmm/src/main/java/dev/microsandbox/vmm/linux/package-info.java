/** The Linux system calls that machines need, called through the Foreign Function & Memory API. */
@NullMarked
package dev.microsandbox.vmm.linux;

import org.jspecify.annotations.NullMarked;
