/**
 * The host's end of the agent protocol (docs/agent-protocol.md). Everything read from the agent is
 * checked and bounded here; nothing behind this package sees a raw byte of it.
 */
@NullMarked
package dev.microsandbox.vmm.agent;

import org.jspecify.annotations.NullMarked;
