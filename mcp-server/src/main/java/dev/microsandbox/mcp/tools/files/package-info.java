/** {@code read_file}, {@code write_file}, {@code edit_file} and {@code list_files}. */
@NullMarked
package dev.microsandbox.mcp.tools.files;

import org.jspecify.annotations.NullMarked;
