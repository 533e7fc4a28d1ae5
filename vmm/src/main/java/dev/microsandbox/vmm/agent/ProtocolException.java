package dev.microsandbox.vmm.agent;

import java.io.IOException;

/** The agent broke the protocol. Its machine must not be used any more. */
final class ProtocolException extends IOException {

    private static final long serialVersionUID = 1L;

    ProtocolException(String message) {
        super(message);
    }
}
