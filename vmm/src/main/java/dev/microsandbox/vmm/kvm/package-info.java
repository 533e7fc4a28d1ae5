/** Handles for {@code /dev/kvm}: the system, a VM, a vCPU. One method per ioctl. */
@NullMarked
package dev.microsandbox.vmm.kvm;

import org.jspecify.annotations.NullMarked;
