/** Limits what a machine takes of the host's memory, processors and process ids: cgroups(7). */
@NullMarked
package dev.microsandbox.vmm.cgroup;

import org.jspecify.annotations.NullMarked;
