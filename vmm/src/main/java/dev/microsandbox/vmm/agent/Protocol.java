package dev.microsandbox.vmm.agent;

/** The numbers of docs/agent-protocol.md. */
final class Protocol {

    /** The version that this host speaks. */
    static final int VERSION = 4;

    static final String MAGIC = "microsandbox-agent";

    /** Section 2: frames. */
    static final int HEADER_BYTES = 12;

    static final int MAX_PAYLOAD = 65_536;

    /** The longest content of one DATA frame; the channel takes the remaining byte. */
    static final int MAX_DATA = MAX_PAYLOAD - 1;

    /** Bytes in flight on a stream, each way, before the receiver has given credit. */
    static final int INITIAL_WINDOW = 262_144;

    static final int MAX_STREAMS = 64;

    static final int CONNECTION = 0;

    /** The random bytes by which a host finds the answer to its RENEW. */
    static final int TOKEN_BYTES = 16;

    /**
     * The most that can come out of an agent's port before that: what the queues of the port hold,
     * 128 buffers of 32 KiB, twice.
     */
    static final int MAX_STALE = 8 * 1024 * 1024;

    static final int HELLO = 1;
    static final int ACCEPT = 2;
    static final int OPEN = 3;
    static final int DATA = 4;
    static final int EOF = 5;
    static final int CREDIT = 6;
    static final int SIGNAL = 7;
    static final int CANCEL = 8;
    static final int END = 9;
    static final int PING = 10;
    static final int PONG = 11;
    static final int FATAL = 12;
    static final int RENEW = 13;
    static final int RENEWED = 14;

    /** Section 3: channels. */
    static final int INPUT = 0;

    static final int OUTPUT = 1;
    static final int ERRORS = 2;
    static final int RECORDS = 3;
    static final int CODE = 4;

    /** Section 4: statuses. Those below 0x1000 are the guest's errno. */
    static final int STATUS_OK = 0;

    /** Section 5: operations. */
    static final int CONFIGURE = 1;

    static final int EXEC = 2;
    static final int RUN = 3;
    static final int RESET = 4;
    static final int INSPECT = 5;
    static final int FILE_READ = 6;
    static final int FILE_WRITE = 7;
    static final int FILE_STAT = 8;
    static final int FILE_LIST = 9;
    static final int FILE_MKDIR = 10;
    static final int FILE_REMOVE = 11;
    static final int FILE_RENAME = 12;
    static final int INFO = 13;
    static final int SHUTDOWN = 14;
    static final int WARM = 15;
    static final int JOB_START = 16;
    static final int JOB_READ = 17;
    static final int JOB_STOP = 18;
    static final int JOB_LIST = 19;
    static final int INFO_NOW = 20;

    /** The most jobs that an agent remembers. */
    static final int MAX_JOBS = 100;

    /** Flags of FILE_WRITE. */
    static final int WRITE_APPEND = 1;

    static final int WRITE_MAKE_PARENTS = 2;
    static final int WRITE_MUST_BE_NEW = 4;

    /** Section 6: records. */
    static final int MAX_RECORD = 32 * 1024 * 1024;

    static final int RECORD_DISPLAY = 1;
    static final int RECORD_RESULT = 2;
    static final int RECORD_CLEAR = 3;
    static final int RECORD_VARIABLE = 4;
    static final int RECORD_ENTRY = 5;
    static final int MAX_REPRESENTATIONS = 64;

    /** The unsigned 64-bit value that stands for "to the end" and "unknown". */
    static final long U64_MAX = -1L;

    private Protocol() {}
}
