#define _GNU_SOURCE
#include "streams/logfile.h"

#include "processes/pipes.h"
#include "processes/process.h"
#include "protocol/protocol.h"
#include "streams/log_worker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* The most that is held in memory, whatever the threshold. One more read of output may be added. */
#define HELD_MAX 65536
#define HELD_CAPACITY (HELD_MAX + 65536)

#define LOG_OF_PIPE(source) ((struct logfile *)((char *)(source) - offsetof(struct logfile, pipe)))
#define LOG_OF_WORKER(child) ((struct logfile *)((char *)(child) - offsetof(struct logfile, worker)))

void logfile_open(struct logfile *log, uint32_t stream, uint32_t threshold,
		  void (*caught_up)(struct logfile *log), void (*finished)(struct logfile *log))
{
	*log = (struct logfile){
		.stream = stream,
		.threshold = threshold,
		.pipe = CLOSED_SOURCE,
		.caught_up = caught_up,
		.finished = finished,
	};
}

static void worker_exited(struct child *child, int status)
{
	struct logfile *log = LOG_OF_WORKER(child);
	if (status != 0)
		log->failed = true;
	source_close(&log->pipe);
	log->held_size = 0;
	if (log->finishing)
		log->finished(log);
	else
		log->caught_up(log);
}

static void write_held(struct logfile *log)
{
	size_t done = 0;
	while (log->pipe.fd >= 0 && done < log->held_size) {
		ssize_t size = write(log->pipe.fd, log->held + done, log->held_size - done);
		if (size < 0 && errno == EAGAIN)
			break;
		if (size < 0 && errno != EINTR) {
			log->failed = true;
			source_close(&log->pipe);
		}
		done += size > 0 ? (size_t)size : 0;
	}
	if (log->pipe.fd < 0)
		done = log->held_size;
	log->held_size -= done;
	if (done > 0 && log->held_size > 0)
		memmove(log->held, log->held + done, log->held_size);
	source_watch(&log->pipe, log->held_size > 0 ? EPOLLOUT : 0);
	if (log->finishing && log->held_size == 0)
		source_close(&log->pipe);
}

static void pipe_ready(struct source *source, uint32_t events)
{
	(void)events;
	struct logfile *log = LOG_OF_PIPE(source);
	write_held(log);
	if (!logfile_is_behind(log) && !log->finishing)
		log->caught_up(log);
}

static void start_worker(struct logfile *log)
{
	struct pipe_ends ends;
	log->started = true;
	if (!pipe_to_process(&ends)) {
		log->failed = true;
		return;
	}
	pid_t pid = process_fork_worker(ends.process, ends.process, ends.process);
	if (pid == 0)
		log_worker(log->stream, log->threshold);
	pipe_close_process(&ends);
	if (pid < 0) {
		pipe_close(&ends);
		log->failed = true;
		return;
	}
	child_watch(&log->worker, pid, worker_exited);
	source_open(&log->pipe, ends.agent, 0, pipe_ready);
}

static bool hold(struct logfile *log, const uint8_t *data, size_t size)
{
	if (!log->held)
		log->held = malloc(HELD_CAPACITY);
	if (!log->held || HELD_CAPACITY - log->held_size < size)
		return false;
	memcpy(log->held + log->held_size, data, size);
	log->held_size += size;
	return true;
}

void logfile_append(struct logfile *log, const uint8_t *data, size_t size)
{
	uint64_t before = log->bytes;
	log->bytes += size;
	if (log->threshold == 0 || log->failed || before >= LOG_MAX)
		return;
	if (size > LOG_MAX - before)
		size = (size_t)(LOG_MAX - before);
	if (!hold(log, data, size)) {
		log->failed = true;
		return;
	}
	if (!log->started && (log->bytes > log->threshold || log->held_size > HELD_MAX))
		start_worker(log);
	if (log->started)
		write_held(log);
}

bool logfile_is_behind(const struct logfile *log)
{
	return log->started && !log->failed && log->held_size > 0;
}

void logfile_finish(struct logfile *log)
{
	log->finishing = true;
	if (log->worker.pid == 0) {
		log->finished(log);
		return;
	}
	write_held(log);
}

const char *logfile_path(const struct logfile *log)
{
	static char path[64];
	if (!log->started || log->failed || log->bytes <= log->threshold)
		return "";
	log_path(path, sizeof path, log->stream);
	return path;
}

void logfile_close(struct logfile *log)
{
	if (log->worker.pid > 0)
		kill(log->worker.pid, SIGKILL);
	child_forget(&log->worker);
	source_close(&log->pipe);
	free(log->held);
	log->held = NULL;
}
