/**
 * How the state of a machine's parts becomes bytes. Each part writes and reads its own, beside the
 * code that has it.
 */
@NullMarked
package dev.microsandbox.vmm.state;

import org.jspecify.annotations.NullMarked;
