/**
 * State on the disk that survives a crash: files and directories that are there whole or not at
 * all, locks that the kernel releases with their process, sealed fields, deletion of trees.
 *
 * <p>Internal: exported for the server that is built with this module, and no part of the library's
 * API. Depends on nothing but the JDK and knows nothing of what is stored. For Linux.
 *
 * <p>A <em>durable</em> change is on the disk when the method returns: the data is written through
 * (fsync) before the rename that shows it, and the directory is written through after the rename.
 * What a killed process leaves behind has a hidden name, is locked while its writer lives, and goes
 * when the next writer begins there.
 */
@NullMarked
package dev.microsandbox.vmm.storage;

import org.jspecify.annotations.NullMarked;
