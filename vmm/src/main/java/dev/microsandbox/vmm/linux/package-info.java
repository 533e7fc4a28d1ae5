/** The Linux system calls that machines are made of, through the Foreign Function & Memory API. */
@NullMarked
package dev.microsandbox.vmm.linux;

import org.jspecify.annotations.NullMarked;
