package dev.microsandbox.vmm.storage;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Something in a tree that was to be deleted cannot be. The message names it; {@link #getReason}
 * names no path.
 */
public final class UndeletedException extends FileSystemException {

    private static final long serialVersionUID = 1L;

    /** How many paths a message names. */
    private static final int NAMED = 5;

    private final String message;

    /**
     * @param left what is left and why; not empty
     */
    UndeletedException(Path tree, Map<Path, IOException> left) {
        super(tree.toString(), null, reason(left.values().iterator().next()));
        String more = left.size() > NAMED ? " and " + (left.size() - NAMED) + " more" : "";
        message =
                left.entrySet().stream()
                        .limit(NAMED)
                        .map(each -> each.getKey() + " (" + reason(each.getValue()) + ")")
                        .collect(Collectors.joining(", ", "These cannot be deleted: ", more));
        left.values().forEach(this::addSuppressed);
    }

    @Override
    public String getMessage() {
        return message;
    }

    private static String reason(IOException failure) {
        String reason =
                failure instanceof FileSystemException file
                        ? file.getReason()
                        : failure.getMessage();
        return Objects.requireNonNullElse(reason, failure.getClass().getSimpleName());
    }
}
