/** What a session keeps on the disk: its record, its checkpoints, the computers that sleep. */
@NullMarked
package dev.microsandbox.mcp.session.disk;

import org.jspecify.annotations.NullMarked;
