package dev.microsandbox.vmm.virtio;

/** Device ids: virtio 1.2, section 5. */
final class DeviceType {

    static final int BLOCK = 2;
    static final int CONSOLE = 3;
    static final int ENTROPY = 4;
    static final int BALLOON = 5;

    private DeviceType() {}

    /** The device's name for messages. */
    static String name(int type) {
        return switch (type) {
            case BLOCK -> "virtio-blk";
            case CONSOLE -> "virtio-console";
            case ENTROPY -> "virtio-rng";
            case BALLOON -> "virtio-balloon";
            default -> "virtio device of type " + type;
        };
    }
}
