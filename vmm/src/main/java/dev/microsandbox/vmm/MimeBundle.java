package dev.microsandbox.vmm;

import java.util.List;
import java.util.Optional;

/**
 * A value in one or more representations, the richest first.
 *
 * @param representations never empty, at most 64
 */
public record MimeBundle(List<Representation> representations) {

    public MimeBundle {
        representations = List.copyOf(representations);
    }

    /** The representation of the given MIME type. */
    public Optional<Representation> get(String mimeType) {
        return representations.stream().filter(r -> r.mimeType().equals(mimeType)).findFirst();
    }

    /**
     * A value in one MIME type.
     *
     * @param mimeType for example {@code image/png}; untrusted, because the guest chooses it
     * @param data UTF-8 for text types, raw bytes otherwise; treat as immutable
     */
    public record Representation(String mimeType, byte[] data) {}
}
