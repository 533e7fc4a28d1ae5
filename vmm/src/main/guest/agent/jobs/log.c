#define _GNU_SOURCE
#include "jobs/log.h"

#include "jobs/gap.h"
#include "processes/process.h"
#include "protocol/protocol.h"
#include "streams/output.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOG_OF_CONTROL(source) ((struct job_log *)((char *)(source) - offsetof(struct job_log, control)))
#define LOG_OF_WORKER(child) ((struct job_log *)((char *)(child) - offsetof(struct job_log, worker)))

static void take_file(struct job_log *log, struct msghdr *message, char kind)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	if (!header || header->cmsg_type != SCM_RIGHTS)
		return;
	int file;
	memcpy(&file, CMSG_DATA(header), sizeof file);
	if (log->file >= 0) {
		close(file);
		return;
	}
	log->file = file;
	log->named = kind == JOB_LOG_NAMED;
}

static void receive(struct job_log *log)
{
	for (;;) {
		char kind;
		union {
			struct cmsghdr header;
			char space[CMSG_SPACE(sizeof(int))];
		} control;
		struct msghdr message = {
			.msg_iov = &(struct iovec){&kind, 1},
			.msg_iovlen = 1,
			.msg_control = control.space,
			.msg_controllen = sizeof control.space,
		};
		ssize_t size = log->control.fd < 0 ? 0
			       : recvmsg(log->control.fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (size > 0) {
			take_file(log, &message, kind);
			continue;
		}
		if (size == 0 || (errno != EAGAIN && errno != EINTR))
			source_close(&log->control);
		return;
	}
}

static void control_ready(struct source *source, uint32_t events)
{
	(void)events;
	struct job_log *log = LOG_OF_CONTROL(source);
	receive(log);
	log->changed(log);
}

/* Reads and drops further output, so that its writers neither block nor get SIGPIPE. */
static void drop_the_rest(struct job_log *log)
{
	struct output output;
	if (log->pipe < 0)
		return;
	output_open(&output, log->pipe, NULL, 0, NULL);
	output_abandon(&output);
	log->pipe = -1;
}

static void worker_exited(struct child *child, int status)
{
	struct job_log *log = LOG_OF_WORKER(child);
	receive(log);
	source_close(&log->control);
	if (status != 0)
		drop_the_rest(log);
	else
		close(log->pipe);
	log->pipe = -1;
	log->changed(log);
}

static bool start_worker(struct job_log *log, job_log_kept *is_kept)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return false;
	pid_t pid = process_fork_worker(log->pipe, ends[1], ends[1]);
	if (pid == 0)
		job_log_worker(log->id, log->state, is_kept);
	int error = errno;
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		errno = error;
		return false;
	}
	child_watch(&log->worker, pid, worker_exited);
	source_open(&log->control, ends[0], EPOLLIN, control_ready);
	return true;
}

bool job_log_open(struct job_log *log, const char *id, int pipe, job_log_kept *is_kept,
		  void (*changed)(struct job_log *log))
{
	*log = (struct job_log){.id = id, .control = CLOSED_SOURCE, .pipe = pipe, .file = -1,
				.changed = changed};
	log->state = mmap(NULL, sizeof *log->state, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (log->state == MAP_FAILED)
		return false;
	if (start_worker(log, is_kept))
		return true;
	munmap(log->state, sizeof *log->state);
	return false;
}

bool job_log_is_open(const struct job_log *log)
{
	return log->worker.pid > 0;
}

uint64_t job_log_size(const struct job_log *log)
{
	return log->state->size;
}

size_t job_log_read(struct job_log *log, uint64_t *offset, uint8_t *data, size_t most)
{
	receive(log);
	if (log->file < 0)
		return 0;
	for (;;) {
		uint64_t size = log->state->size, gap = log->state->gap_end;
		uint64_t wanted = job_window(size, gap, offset, most);
		ssize_t got = wanted == 0 ? 0 : pread(log->file, data, wanted, (off_t)*offset);
		/* The hole may have grown over these bytes in the meantime. */
		uint64_t now = log->state->gap_end;
		if (now != gap && *offset + wanted > JOB_LOG_HEAD && *offset < now)
			continue;
		return got > 0 ? (size_t)got : 0;
	}
}

bool job_log_await(struct job_log *log, uint64_t bytes)
{
	log->state->wanted = true;
	return log->state->size <= bytes;
}

bool job_log_is_quiet(const struct job_log *log)
{
	int waiting = 0;
	return log->pipe < 0 || ioctl(log->pipe, FIONREAD, &waiting) < 0 || waiting == 0;
}

uint64_t job_log_held(const struct job_log *log)
{
	uint64_t size = log->state->size, gap = log->state->gap_end;
	return gap > JOB_LOG_HEAD ? size - (gap - JOB_LOG_HEAD) : size;
}

const char *job_log_name(const struct job_log *log)
{
	static char path[64];
	if (!log->named)
		return "";
	job_log_path(path, sizeof path, log->id);
	return path;
}

void job_log_forget(struct job_log *log)
{
	if (log->worker.pid > 0)
		kill(log->worker.pid, SIGKILL);
	child_forget(&log->worker);
	source_close(&log->control);
	drop_the_rest(log);
	/* The name stays until the worker of the next job removes it. */
	if (log->file >= 0 && ftruncate(log->file, 0) == 0)
		log->named = false;
	if (log->file >= 0)
		close(log->file);
	munmap(log->state, sizeof *log->state);
}
