/** What this host can do, and sandboxes made accordingly. */
@NullMarked
package dev.microsandbox.vmm.host;

import org.jspecify.annotations.NullMarked;
