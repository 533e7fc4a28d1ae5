/** Examines this host, chooses the kind of machine, and starts sandboxes on it. */
@NullMarked
package dev.microsandbox.vmm.host;

import org.jspecify.annotations.NullMarked;
