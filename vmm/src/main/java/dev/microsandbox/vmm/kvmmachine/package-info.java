/** A machine on KVM: its vCPU threads, buses, I/O thread, life and end. */
@NullMarked
package dev.microsandbox.vmm.kvmmachine;

import org.jspecify.annotations.NullMarked;
