package dev.microsandbox.vmm.virtio;

/** Numbers of the block device: virtio 1.2, section 5.2 (linux/virtio_blk.h). */
final class BlockProtocol {

    // Features.
    static final long SEG_MAX = 1 << 2;
    static final long READ_ONLY = 1 << 5;
    static final long BLOCK_SIZE = 1 << 6;
    static final long FLUSH = 1 << 9;
    static final long DISCARD = 1 << 13;
    static final long WRITE_ZEROES = 1 << 14;

    // Configuration space: struct virtio_blk_config.
    static final int CONFIG_BYTES = 60;
    static final int CONFIG_CAPACITY = 0;
    static final int CONFIG_SEG_MAX = 12;
    static final int CONFIG_BLOCK_SIZE = 20;
    static final int CONFIG_MAX_DISCARD_SECTORS = 36;
    static final int CONFIG_MAX_DISCARD_SEGMENTS = 40;
    static final int CONFIG_DISCARD_ALIGNMENT = 44;
    static final int CONFIG_MAX_WRITE_ZEROES_SECTORS = 48;
    static final int CONFIG_MAX_WRITE_ZEROES_SEGMENTS = 52;
    static final int CONFIG_WRITE_ZEROES_MAY_UNMAP = 56;

    // A request's header: type, a reserved word, first sector.
    static final int HEADER_BYTES = 16;
    static final int HEADER_TYPE = 0;
    static final int HEADER_SECTOR = 8;

    // Types.
    static final int IN = 0;
    static final int OUT = 1;
    static final int FLUSH_REQUEST = 4;
    static final int GET_ID = 8;
    static final int DISCARD_REQUEST = 11;
    static final int WRITE_ZEROES_REQUEST = 13;

    static final int ID_BYTES = 20;

    // A range to discard or to zero: struct virtio_blk_discard_write_zeroes.
    static final int RANGE_BYTES = 16;
    static final int RANGE_SECTOR = 0;
    static final int RANGE_COUNT = 8;
    static final int RANGE_FLAGS = 12;
    static final int RANGE_FLAG_UNMAP = 1;

    // Status, the last byte of a request.
    static final int OK = 0;
    static final int IO_ERROR = 1;
    static final int UNSUPPORTED = 2;

    private BlockProtocol() {}
}
