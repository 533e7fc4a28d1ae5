/** Tests of the product as users run it: separate processes, real guests, third-party clients. */
@NullMarked
package dev.microsandbox.mcp.endtoend;

import org.jspecify.annotations.NullMarked;
