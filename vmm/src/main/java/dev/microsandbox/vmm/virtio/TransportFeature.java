package dev.microsandbox.vmm.virtio;

/** Feature bits that every device offers: virtio 1.2, section 6. */
final class TransportFeature {

    static final long EVENT_IDX = 1L << 29;
    static final long VERSION_1 = 1L << 32;
    static final long ALL = EVENT_IDX | VERSION_1;

    private TransportFeature() {}
}
