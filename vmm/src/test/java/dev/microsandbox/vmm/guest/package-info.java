/** The guest agent's own tests and fuzzers, in C, run with the others. */
@NullMarked
package dev.microsandbox.vmm.guest;

import org.jspecify.annotations.NullMarked;
