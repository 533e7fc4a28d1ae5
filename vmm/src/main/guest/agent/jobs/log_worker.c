#define _GNU_SOURCE
#include "jobs/log_worker.h"

#include "jobs/gap.h"
#include "protocol/protocol.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define OUTPUT STDIN_FILENO
#define AGENT STDOUT_FILENO
#define SUFFIX ".log"

void job_log_path(char *path, size_t capacity, const char *id)
{
	snprintf(path, capacity, LOG_DIRECTORY "/%s" SUFFIX, id);
}

/* is_kept works here, because this process has a copy of the agent's table of jobs. */
static void remove_forgotten(job_log_kept *is_kept)
{
	DIR *logs = opendir(LOG_DIRECTORY);
	if (!logs)
		return;
	for (struct dirent *entry; (entry = readdir(logs));) {
		const char *name = entry->d_name;
		size_t length = strlen(name), suffix = strlen(SUFFIX);
		char id[JOB_ID_MAX + 1];
		if (*name != JOB_ID_PREFIX || length <= suffix || length - suffix > JOB_ID_MAX ||
		    strcmp(name + length - suffix, SUFFIX) != 0)
			continue;
		snprintf(id, sizeof id, "%.*s", (int)(length - suffix), name);
		if (!is_kept(id))
			unlinkat(dirfd(logs), name, 0);
	}
	closedir(logs);
}

/* If the file cannot be made, the log has no name and only JOB_READ reaches it. */
static int open_log(const char *id, enum job_log_message *kind)
{
	char path[64];
	job_log_path(path, sizeof path, id);
	*kind = JOB_LOG_NAMED;
	int log = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (log >= 0)
		return log;
	*kind = JOB_LOG_NAMELESS;
	return memfd_create(id, MFD_CLOEXEC);
}

static bool hand_over(int log, enum job_log_message kind)
{
	char text = (char)kind;
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct msghdr message = {
		.msg_iov = &(struct iovec){&text, 1},
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof control.space,
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof log);
	memcpy(CMSG_DATA(header), &log, sizeof log);
	return sendmsg(AGENT, &message, MSG_NOSIGNAL) == 1;
}

static void punch(int log, struct job_log_state *state, uint64_t size)
{
	uint64_t before = state->gap_end, end = job_gap_end(size);
	if (end <= before)
		return;
	/*
	 * First the end, then the hole: a reader that sees the old end after reading has read no
	 * hole.
	 */
	state->gap_end = end;
	uint64_t start = before > JOB_LOG_HEAD ? before : JOB_LOG_HEAD;
	if (end > start)
		fallocate(log, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)start,
			  (off_t)(end - start));
}

static void append(int log, struct job_log_state *state, const char *data, size_t size)
{
	uint64_t offset = state->size;
	size_t done = 0;
	while (done < size) {
		ssize_t step = pwrite(log, data + done, size - done, (off_t)(offset + done));
		if (step < 0 && errno == EINTR)
			continue;
		if (step <= 0)
			break;
		done += (size_t)step;
	}
	state->dropped += size - done;
	state->size = offset + done;
	punch(log, state, offset + done);
	if (atomic_exchange(&state->wanted, false)) {
		char news = JOB_LOG_NEWS;
		send(AGENT, &news, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
}

noreturn void job_log_worker(const char *id, struct job_log_state *state, job_log_kept *is_kept)
{
	static char buffer[65536];
	enum job_log_message kind;
	remove_forgotten(is_kept);
	int log = open_log(id, &kind);
	if (log < 0 || !hand_over(log, kind))
		_exit(1);
	for (;;) {
		ssize_t size = read(OUTPUT, buffer, sizeof buffer);
		if (size > 0)
			append(log, state, buffer, (size_t)size);
		else if (size < 0 && errno == EAGAIN)
			poll(&(struct pollfd){.fd = OUTPUT, .events = POLLIN}, 1, -1);
		else if (size == 0 || errno != EINTR)
			_exit(size < 0);
	}
}
