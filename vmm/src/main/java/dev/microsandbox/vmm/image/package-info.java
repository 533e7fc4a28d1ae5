/**
 * Guest images: kernels and root file systems, built once from the sources in this module, kept in
 * a store by the hash of what they are made from, and checked before use.
 */
@NullMarked
package dev.microsandbox.vmm.image;

import org.jspecify.annotations.NullMarked;
