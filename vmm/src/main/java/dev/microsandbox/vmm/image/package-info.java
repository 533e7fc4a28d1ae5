/**
 * Guest images by name, the entry for everybody else: {@link
 * dev.microsandbox.vmm.image.GuestAssetStore} finds the kernel and the root file system of an image
 * and builds them where they are missing. An image is built once and found again by the hash of
 * what it is made from: see {@code image.source} for the sources, {@code image.recipe} for what a
 * user may choose, {@code image.build} for how it is built, and {@code image.store} for how it is
 * kept.
 */
@NullMarked
package dev.microsandbox.vmm.image;

import org.jspecify.annotations.NullMarked;
