/**
 * The host's side of the agent protocol (docs/agent-protocol.md). This package checks and bounds
 * everything that it reads from the agent, so that no other package handles raw bytes of it.
 */
@NullMarked
package dev.microsandbox.vmm.agent;

import org.jspecify.annotations.NullMarked;
