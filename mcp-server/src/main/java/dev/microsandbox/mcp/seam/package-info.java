/**
 * What a front and its workers say to each other besides HTTP: settings and orders to the worker,
 * requests for resources to the front. docs/architecture.md describes it. Neither side is here.
 */
@NullMarked
package dev.microsandbox.mcp.seam;

import org.jspecify.annotations.NullMarked;
