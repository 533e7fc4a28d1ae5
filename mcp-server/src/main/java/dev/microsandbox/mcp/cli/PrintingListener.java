package dev.microsandbox.mcp.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.microsandbox.mcp.command.CommandException;
import dev.microsandbox.mcp.command.Terminal;
import dev.microsandbox.mcp.units.ByteSize;
import dev.microsandbox.vmm.MimeBundle;
import dev.microsandbox.vmm.MimeBundle.Representation;
import dev.microsandbox.vmm.RunListener;
import java.io.IOException;
import java.util.Optional;

/** Prints the output of code as it arrives, and values as text. */
final class PrintingListener implements RunListener {

    private final Terminal terminal;
    private boolean complained;

    PrintingListener(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Whether the code has written to standard error. */
    boolean hasComplained() {
        return complained;
    }

    @Override
    public void stdout(byte[] bytes) {
        try {
            terminal.out().write(bytes);
        } catch (IOException e) {
            throw new CommandException("standard output cannot be written: " + e.getMessage());
        }
    }

    @Override
    public void stderr(byte[] bytes) {
        complained = true;
        terminal.err().write(bytes, 0, bytes.length);
        terminal.err().flush();
    }

    @Override
    public void display(MimeBundle bundle) {
        Optional<Representation> picture =
                bundle.representations().stream()
                        .filter(r -> r.mimeType().startsWith("image/"))
                        .findFirst();
        if (picture.isPresent()) {
            show(picture.get());
        } else {
            bundle.get("text/plain")
                    .ifPresentOrElse(
                            text -> terminal.print(new String(text.data(), UTF_8) + "\n"),
                            () -> show(bundle.representations().getFirst()));
        }
    }

    private void show(Representation representation) {
        String type = representation.mimeType().replaceAll("[^a-zA-Z0-9/+.;=-]", "?");
        String size = ByteSize.inWords(representation.data().length);
        terminal.print("[%s, %s]\n".formatted(type, size));
    }

    @Override
    public void result(MimeBundle bundle) {
        display(bundle);
    }

    @Override
    public void clear() {
        // Printed output cannot be taken back.
    }
}
