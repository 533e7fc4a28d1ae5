/**
 * The sources that come with this module and that every guest is built from: kernel patches, build
 * scripts, agent and runners. {@link dev.microsandbox.vmm.image.source.GuestSources} lists and
 * reads them; {@link dev.microsandbox.vmm.image.source.ContentHash} gives them the identity by
 * which built images are found.
 */
@NullMarked
package dev.microsandbox.vmm.image.source;

import org.jspecify.annotations.NullMarked;
