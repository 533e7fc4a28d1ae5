package dev.microsandbox.vmm.qemu;

/** The files of a template. */
final class TemplateFiles {

    /** RAM: a file of its size, with holes where it is zero. */
    static final String MEMORY = "memory";

    /** The rest of the machine, as QEMU writes it. */
    static final String STATE = "state";

    /** A {@link SavedManifest}, written last. */
    static final String MANIFEST = "manifest";

    /** A state without RAM has some hundred KiB. */
    static final int MOST_STATE_BYTES = 16 << 20;

    private TemplateFiles() {}
}
