/** The public API: an isolated Linux computer in which code and commands run. */
@NullMarked
package dev.microsandbox.vmm;

import org.jspecify.annotations.NullMarked;
