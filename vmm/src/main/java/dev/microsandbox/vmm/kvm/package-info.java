/** Handles of {@code /dev/kvm}: the system, a VM, a vCPU. Each ioctl has one method. */
@NullMarked
package dev.microsandbox.vmm.kvm;

import org.jspecify.annotations.NullMarked;
