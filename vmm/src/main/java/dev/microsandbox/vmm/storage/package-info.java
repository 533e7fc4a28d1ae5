/**
 * State on the disk that survives a crash: files and directories that appear complete or not at
 * all, locks that the kernel releases when their process ends, files with checksums, deletion of
 * trees.
 *
 * <p>Internal: exported for the server that is built with this module; not part of the library's
 * API. Depends only on the JDK, and knows nothing about what is stored. Requires Linux.
 *
 * <p>A <em>durable</em> change is on the disk when the method returns. The data is synced (fsync)
 * before the rename that makes it visible, and the directory is synced after the rename. A file or
 * directory that is being written has a hidden name and is locked while its writer lives. If the
 * writer is killed, the next writer in the same directory removes it.
 */
@NullMarked
package dev.microsandbox.vmm.storage;

import org.jspecify.annotations.NullMarked;
