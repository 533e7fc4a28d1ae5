/*
 * The numbers of docs/agent-protocol.md. Every name here is the document's; a test compares it
 * with this file, and with the host's Protocol.java.
 */
#ifndef PROTOCOL_PROTOCOL_H
#define PROTOCOL_PROTOCOL_H

#define PROTOCOL_MAGIC "microsandbox-agent"
#define PROTOCOL_VERSION 4
#define PORT_NAME "dev.microsandbox.agent.0"

/* Section 2, frames. */
#define FRAME_HEADER 12
#define FRAME_PAYLOAD_MAX 65536
#define FRAME_DATA_MAX 65535 /* the channel takes the remaining byte */
#define CONNECTION_STREAM 0
#define STREAM_ID_MAX 0x7fffffffu

enum frame_type {
	FRAME_HELLO = 1,
	FRAME_ACCEPT = 2,
	FRAME_OPEN = 3,
	FRAME_DATA = 4,
	FRAME_EOF = 5,
	FRAME_CREDIT = 6,
	FRAME_SIGNAL = 7,
	FRAME_CANCEL = 8,
	FRAME_END = 9,
	FRAME_PING = 10,
	FRAME_PONG = 11,
	FRAME_FATAL = 12,
	FRAME_RENEW = 13,
	FRAME_RENEWED = 14,
};

#define STREAMS_MAX 64
#define TOKEN_SIZE 16
#define MACHINE_ID_SIZE 16
#define RENEW_ENTROPY_MIN 64
#define WINDOW_INITIAL 262144u
#define WINDOW_MAX 0x7fffffffu

/* Section 3, channels. */
enum channel {
	CHANNEL_INPUT = 0,
	CHANNEL_OUTPUT = 1,
	CHANNEL_ERRORS = 2,
	CHANNEL_RECORDS = 3,
	CHANNEL_CODE = 4,
};

/* Section 4, status; 1 to 4095 are errno values. */
enum status {
	STATUS_OK = 0,
	STATUS_CANCELLED = 0x1000,
	STATUS_UNKNOWN_OPERATION = 0x1001,
	STATUS_BAD_ARGUMENT = 0x1002,
	STATUS_UNKNOWN_LANGUAGE = 0x1003,
	STATUS_BUSY = 0x1004,
	STATUS_RUNNER_FAILED = 0x1005,
	STATUS_CHANGED = 0x1006,
};

/* Section 5, operations. */
enum operation {
	OPERATION_CONFIGURE = 1,
	OPERATION_EXEC = 2,
	OPERATION_RUN = 3,
	OPERATION_RESET = 4,
	OPERATION_INSPECT = 5,
	OPERATION_FILE_READ = 6,
	OPERATION_FILE_WRITE = 7,
	OPERATION_FILE_STAT = 8,
	OPERATION_FILE_LIST = 9,
	OPERATION_FILE_MKDIR = 10,
	OPERATION_FILE_REMOVE = 11,
	OPERATION_FILE_RENAME = 12,
	OPERATION_INFO = 13,
	OPERATION_SHUTDOWN = 14,
	OPERATION_WARM = 15,
	OPERATION_JOB_START = 16,
	OPERATION_JOB_READ = 17,
	OPERATION_JOB_STOP = 18,
	OPERATION_JOB_LIST = 19,
	OPERATION_INFO_NOW = 20,
};

#define ENTROPY_MAX 512
#define ARGV_MAX 4096
#define ARGV_BYTES_MAX 60000
#define CODE_MAX (8u << 20)
#define STDIN_MAX (64u << 20)
#define MODE_MAX 07777
#define LIST_DEPTH_MAX 64
#define LIST_ENTRIES_MAX 100000
#define TO_END UINT64_MAX
#define HOSTNAME_MAX 63
#define READY_MS 120000 /* the ready time-out on a processor */
#define READY_MS_MIN 1000
#define READY_MS_MAX 3600000
#define MODULES_MAX 64
#define MODULES_BYTES_MAX 2048
#define SIGNAL_MAX 64
#define JOB_ID_MAX 32
#define JOB_LABEL_MAX 200
#define JOB_READ_MAX 61440
#define JOB_WAIT_MAX 3600000
#define SETTLE_MS 100 /* JOB_READ: output that is printed together is read together */
#define JOB_END_MS 1000 /* a job ends then, even if its pipe never falls silent */
#define JOBS_RUNNING_MAX 32
#define JOBS_KEPT 100
#define JOB_LOGS_MAX (64u << 20) /* logs of ended jobs, together */

enum exec_user { USER_SANDBOX = 0, USER_ROOT = 1 };
enum write_flag { WRITE_APPEND = 1, WRITE_PARENTS = 2, WRITE_EXCLUSIVE = 4 };
enum exit_kind { EXIT_EXITED = 0, EXIT_SIGNALED = 1, EXIT_RUNNING = 2 };
enum outcome {
	OUTCOME_FINISHED = 0,
	OUTCOME_ERROR = 1,
	OUTCOME_INTERRUPTED = 2,
	OUTCOME_INTERPRETER_ENDED = 3,
};
/* The interpreter that RUN used. With the last two, an earlier one ended since the call before. */
enum interpreter {
	INTERPRETER_SAME = 0,
	INTERPRETER_NEW = 1,
	INTERPRETER_REPLACED = 2,
	INTERPRETER_REPLACED_AFTER_MEMORY_KILL = 3,
};
enum run_state { STATE_KEPT = 0, STATE_LOST = 1, STATE_NONE = 2 };
enum file_type {
	FILE_TYPE_FILE = 1,
	FILE_TYPE_DIRECTORY = 2,
	FILE_TYPE_SYMBOLIC_LINK = 3,
	FILE_TYPE_OTHER = 4,
};

#define QUIET_MS 100       /* a silent pipe that another process holds open counts as ended */
#define TERMINATE_MS 2000  /* time-out of EXEC and jobs: from SIGTERM to SIGKILL */
#define INTERRUPT_MS 2000  /* RUN: from the first SIGINT to the second */
#define KILL_MS 2000       /* RUN: from the second SIGINT to SIGKILL */
#define DEATH_MS 300       /* RUN: from SIGKILL to the result, if the process has not ended */
#define INSPECT_MS 2000
#define EXITING_MS 3000  /* from EXITING, or a closed socket, to SIGKILL */
#define VERSION_MS 10000 /* a language's version command */
#define ERROR_NAME_MAX 1024
#define ERROR_TEXT_MAX 49152
#define SHUTDOWN_MS 1000
#define RENEWAL_MS 60000    /* from RENEW to SIGINT, if the interpreter does not answer */
#define KEPT_OUTPUT_MAX 65536 /* output between two calls, for each channel */

/* Section 6, records. */
enum record_kind {
	RECORD_DISPLAY = 1,
	RECORD_RESULT = 2,
	RECORD_CLEAR = 3,
	RECORD_VARIABLE = 4,
	RECORD_ENTRY = 5,
};

/* Section 7. */
#define SANDBOX_UID 1000
#define SANDBOX_GID 1000
#define SANDBOX_HOME "/workspace"

/* Section 8, logs. */
#define LOG_DIRECTORY "/var/log/microsandbox"
#define LOG_MAX (16u << 20)
#define LOGS_KEPT 32
#define JOB_LOG_HEAD (6u << 20) /* a job's log: the beginning that is kept */
#define JOB_LOG_TAIL (9u << 20) /* the least of the end that is kept */
#define JOB_LOG_STEP (1u << 20) /* the step by which the hole between them grows */

/* Section 9, runners. */
#define RUNNERS_DIRECTORY "/usr/lib/microsandbox/runners"
#define PROGRAMS_RUNNER "/usr/lib/microsandbox/microsandbox-program"
#define RUNNER_FRAME_HEADER 5
#define RUNNER_PAYLOAD_MAX (1u << 20)

enum runner_frame_type {
	RUNNER_RUN = 1,
	RUNNER_INSPECT = 2,
	RUNNER_RENEW = 3,
	RUNNER_WARM = 4,
	RUNNER_READY = 16,
	RUNNER_RECORD = 17,
	RUNNER_DONE = 18,
	RUNNER_EXITING = 19,
};

#endif
