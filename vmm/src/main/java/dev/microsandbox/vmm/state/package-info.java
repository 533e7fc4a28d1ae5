/**
 * Encodes and decodes the state of a machine's parts. Each part writes and reads its own state,
 * next to the code that owns it.
 */
@NullMarked
package dev.microsandbox.vmm.state;

import org.jspecify.annotations.NullMarked;
