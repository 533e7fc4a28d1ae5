package dev.microsandbox.vmm.image.build;

/** The kinds of assets. */
public enum AssetKind {
    /** The guest kernel, an ELF file. */
    KERNEL("kernel", "vmlinux"),
    /** The system that a recipe describes, without agent and runners. */
    TREE("tree", "tree.tar"),
    /** The file system that sandboxes start from. */
    ROOTFS("rootfs", "rootfs.erofs");

    private final String label;
    private final String fileName;

    AssetKind(String label, String fileName) {
        this.label = label;
        this.fileName = fileName;
    }

    public String label() {
        return label;
    }

    public String fileName() {
        return fileName;
    }
}
