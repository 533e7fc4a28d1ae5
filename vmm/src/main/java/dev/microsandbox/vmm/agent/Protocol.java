package dev.microsandbox.vmm.agent;

/**
 * The numbers of docs/agent-protocol.md that no public type defines. The names are those of the
 * agent's {@code protocol.h}. A test compares both with the document.
 */
final class Protocol {

    /** The version that this host speaks. */
    static final int PROTOCOL_VERSION = 4;

    static final String PROTOCOL_MAGIC = "microsandbox-agent";

    /** Section 2: frames. */
    static final int FRAME_HEADER = 12;

    static final int FRAME_PAYLOAD_MAX = 65_536;

    /** The longest content of one DATA frame; the channel takes the remaining byte. */
    static final int FRAME_DATA_MAX = 65_535;

    /** Bytes in flight on a stream, each way, before the receiver has given credit. */
    static final int WINDOW_INITIAL = 262_144;

    /** The most that credit may add up to. */
    static final int WINDOW_MAX = 0x7fffffff;

    static final int STREAMS_MAX = 64;

    static final int CONNECTION_STREAM = 0;

    /** The size of the random token by which the host finds the answer to its RENEW. */
    static final int TOKEN_SIZE = 16;

    /** The least entropy that a RENEW carries, in bytes. */
    static final int RENEW_ENTROPY_MIN = 64;

    /**
     * The most bytes that can come from an agent's port before the token: twice what the port's
     * queues hold, which is 128 buffers of 32 KiB.
     */
    static final int STALE_MAX = 8 * 1024 * 1024;

    static final int FRAME_HELLO = 1;
    static final int FRAME_ACCEPT = 2;
    static final int FRAME_OPEN = 3;
    static final int FRAME_DATA = 4;
    static final int FRAME_EOF = 5;
    static final int FRAME_CREDIT = 6;
    static final int FRAME_SIGNAL = 7;
    static final int FRAME_CANCEL = 8;
    static final int FRAME_END = 9;
    static final int FRAME_PING = 10;
    static final int FRAME_PONG = 11;
    static final int FRAME_FATAL = 12;
    static final int FRAME_RENEW = 13;
    static final int FRAME_RENEWED = 14;

    /** Section 3: channels. */
    static final int CHANNEL_INPUT = 0;

    static final int CHANNEL_OUTPUT = 1;
    static final int CHANNEL_ERRORS = 2;
    static final int CHANNEL_RECORDS = 3;
    static final int CHANNEL_CODE = 4;

    /** Section 4: statuses. Those below 0x1000 are the guest's errno. */
    static final int STATUS_OK = 0;

    /** Section 5: operations. */
    static final int OPERATION_CONFIGURE = 1;

    static final int OPERATION_EXEC = 2;
    static final int OPERATION_RUN = 3;
    static final int OPERATION_RESET = 4;
    static final int OPERATION_INSPECT = 5;
    static final int OPERATION_FILE_READ = 6;
    static final int OPERATION_FILE_WRITE = 7;
    static final int OPERATION_FILE_STAT = 8;
    static final int OPERATION_FILE_LIST = 9;
    static final int OPERATION_FILE_MKDIR = 10;
    static final int OPERATION_FILE_REMOVE = 11;
    static final int OPERATION_FILE_RENAME = 12;
    static final int OPERATION_INFO = 13;
    static final int OPERATION_SHUTDOWN = 14;
    static final int OPERATION_WARM = 15;
    static final int OPERATION_JOB_START = 16;
    static final int OPERATION_JOB_READ = 17;
    static final int OPERATION_JOB_STOP = 18;
    static final int OPERATION_JOB_LIST = 19;
    static final int OPERATION_INFO_NOW = 20;

    /** The highest signal number. */
    static final int SIGNAL_MAX = 64;

    /** FILE_LIST: levels of directories, and entries. */
    static final int LIST_DEPTH_MAX = 64;

    static final int LIST_ENTRIES_MAX = 100_000;

    /** The most bytes of entries that a listing keeps. What follows is left out. */
    static final int LIST_BYTES_MAX = 16 * 1024 * 1024;

    /** INSPECT: variables. */
    static final int VARIABLES_MAX = 200;

    /** INFO: languages. */
    static final int LANGUAGES_MAX = 24;

    /** The most bytes that a stream may still bring after its operation was cancelled. */
    static final int CANCELLED_MAX = 4 * 1024 * 1024;

    /** The longest id of a job, in characters. */
    static final int JOB_ID_MAX = 32;

    /** The most jobs that an agent remembers. */
    static final int JOBS_KEPT = 100;

    /** Flags of FILE_WRITE. */
    static final int WRITE_APPEND = 1;

    static final int WRITE_PARENTS = 2;
    static final int WRITE_EXCLUSIVE = 4;

    /** Section 6: records. The sizes do not count the length. */
    static final int RECORD_MAX = 32 * 1024 * 1024;

    static final int CLEAR_MAX = 2;
    static final int VARIABLE_MAX = 4096;
    static final int ENTRY_MAX = 16_384;

    static final int RECORD_DISPLAY = 1;
    static final int RECORD_RESULT = 2;
    static final int RECORD_CLEAR = 3;
    static final int RECORD_VARIABLE = 4;
    static final int RECORD_ENTRY = 5;
    static final int REPRESENTATIONS_MAX = 64;

    /** Stands for an unknown size of a variable: a u64 with all bits set. */
    static final long SIZE_UNKNOWN = -1L;

    private Protocol() {}
}
