package dev.microsandbox.vmm.host;

import java.time.Duration;

/**
 * What the start of a sandbox that is a clone took this process, up to when its guest began to run.
 *
 * @param begun when its machine was asked for, by {@link System#nanoTime}
 * @param map opening the disk and mapping the memory
 * @param makeVm opening KVM and making a VM
 * @param assemble giving it memory, interrupt controllers, devices and vCPUs
 * @param setState giving these their state
 * @param enter starting the threads, up to the first KVM_RUN
 */
public record CloneTimes(
        long begun,
        Duration map,
        Duration makeVm,
        Duration assemble,
        Duration setState,
        Duration enter) {

    /** When the guest began to run, by {@link System#nanoTime}. */
    public long entered() {
        return begun + map.plus(makeVm).plus(assemble).plus(setState).plus(enter).toNanos();
    }
}
