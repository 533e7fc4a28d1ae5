package dev.microsandbox.vmm.virtio;

/** Device ids: virtio 1.2, section 5. */
final class DeviceType {

    static final int BLOCK = 2;
    static final int CONSOLE = 3;
    static final int ENTROPY = 4;
    static final int BALLOON = 5;

    private DeviceType() {}
}
