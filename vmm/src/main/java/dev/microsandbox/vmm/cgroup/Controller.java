package dev.microsandbox.vmm.cgroup;

import java.util.Locale;

/** A controller of cgroups(7) that limits machines. */
public enum Controller {
    CPU,
    MEMORY,
    PIDS;

    /** The kernel's name for it. */
    String kernelName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
