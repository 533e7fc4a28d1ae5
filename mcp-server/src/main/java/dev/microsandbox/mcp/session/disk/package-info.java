/** The files of a session: its record, its checkpoints, and its suspended computers. */
@NullMarked
package dev.microsandbox.mcp.session.disk;

import org.jspecify.annotations.NullMarked;
