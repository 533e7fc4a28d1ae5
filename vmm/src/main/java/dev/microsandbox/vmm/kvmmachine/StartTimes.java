package dev.microsandbox.vmm.kvmmachine;

/**
 * When the start of a machine on KVM got how far, by {@link System#nanoTime}. For who measures it.
 *
 * @param begun when it was asked for
 * @param mapped when its disk was open and its memory mapped
 * @param vmMade after KVM_CREATE_VM
 * @param assembled when it had its memory, interrupt controllers, devices and vCPUs
 * @param stateSet when these had their state
 * @param entered before the first KVM_RUN; 0 where that has not come
 */
public record StartTimes(
        long begun, long mapped, long vmMade, long assembled, long stateSet, long entered) {}
