/** A machine on KVM: its vCPU threads, buses, I/O thread and life cycle. */
@NullMarked
package dev.microsandbox.vmm.kvmmachine;

import org.jspecify.annotations.NullMarked;
