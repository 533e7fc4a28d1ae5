/** The public API: a computer that code and commands run in. */
@NullMarked
package dev.microsandbox.vmm;

import org.jspecify.annotations.NullMarked;
