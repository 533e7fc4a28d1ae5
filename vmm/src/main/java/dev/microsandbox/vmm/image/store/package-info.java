/**
 * The assets that were built, on disk. {@link dev.microsandbox.vmm.image.store.AssetStore} keeps
 * each in a directory of its own, with a {@link dev.microsandbox.vmm.image.store.Manifest} that
 * says what it was made from; {@link dev.microsandbox.vmm.image.store.AssetCheck} finds out whether
 * a file is still the one that was built. {@link dev.microsandbox.vmm.image.store.StoreLayout}
 * shows the directories. Several processes may use one store.
 */
@NullMarked
package dev.microsandbox.vmm.image.store;

import org.jspecify.annotations.NullMarked;
