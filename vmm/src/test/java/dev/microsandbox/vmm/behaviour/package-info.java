/** What users of each language can rely on: tables of code and what comes of it, run in guests. */
@NullMarked
package dev.microsandbox.vmm.behaviour;

import org.jspecify.annotations.NullMarked;
