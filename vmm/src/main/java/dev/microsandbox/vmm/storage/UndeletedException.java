package dev.microsandbox.vmm.storage;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Some files of a tree could not be deleted. The message names them; {@link #getReason} gives the
 * first reason without a path.
 */
public final class UndeletedException extends FileSystemException {

    private static final long serialVersionUID = 1L;

    /** The most paths that a message names. */
    private static final int NAMED = 5;

    private final String message;

    /**
     * @param left the remaining paths with the reasons; not empty
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
