package dev.microsandbox.vmm.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.microsandbox.vmm.MimeBundle;
import dev.microsandbox.vmm.RunListener;
import java.util.List;

/** Passes on what code displays: the records of RUN (docs/agent-protocol.md, section 6). */
final class Displays implements RecordParser.Sink {

    private final RunListener listener;

    Displays(RunListener listener) {
        this.listener = listener;
    }

    /** The greatest size of a record of a kind. */
    static int most(int kind) throws ProtocolException {
        return switch (kind) {
            case Protocol.RECORD_DISPLAY, Protocol.RECORD_RESULT -> Protocol.RECORD_MAX;
            case Protocol.RECORD_CLEAR -> Protocol.CLEAR_MAX;
            default -> throw new ProtocolException("a record of kind " + kind);
        };
    }

    @Override
    public void record(int kind, PayloadReader body) throws ProtocolException {
        if (kind == Protocol.RECORD_CLEAR) {
            boolean _ = body.bool();
            listener.clear();
        } else {
            pass(kind, Results.bundle(body));
        }
    }

    @Override
    public void leftOut(int kind, int size) {
        String note =
                "[a value of %d bytes: the server has no memory to show it; save it to a file]"
                        .formatted(size);
        pass(
                kind,
                new MimeBundle(
                        List.of(
                                new MimeBundle.Representation(
                                        "text/plain", note.getBytes(UTF_8)))));
    }

    private void pass(int kind, MimeBundle bundle) {
        if (kind == Protocol.RECORD_RESULT) {
            listener.result(bundle);
        } else {
            listener.display(bundle);
        }
    }
}
