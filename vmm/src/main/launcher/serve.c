#define _GNU_SOURCE
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "requests/channel.h"
#include "confinement/landlock.h"
#include "processes.h"
#include "qemu.h"
#include "workers/link.h"
#include "workers/sessions.h"
#include "workers/tenant.h"

enum {
	FIXED = 2,                 /* polled beside the reports: the signals and the socket */
	REQUESTS_AT_ONCE = 16,     /* before it looks at everything else again */
	KILLED = 128,
	LATE = 100,                /* milliseconds between looks at workers that are overdue */
};

/* A reply that waits for room. */
struct pending {
	bool waits;
	struct message message;
	char more[PATH_MAX];
	size_t length;
	int file;
};

static struct options *options;
static uint32_t layers;
static bool prepared;      /* whether the layers are known */
static bool configured;    /* whether QEMU's settings are final */
static bool builds_ended;  /* whether nothing is built any more */
static struct pending pending = {.file = -1};
static pid_t server;
static bool over;         /* whether the launcher has nobody to serve any more */
static bool at_once;      /* whether it ends without waiting for its workers */
static int64_t deadline;  /* until when workers may run: milliseconds; 0 while there is no end */
static int result;

static bool send_pending(int socket)
{
	if (!pending.waits)
		return true;
	if (!channel_send(socket, &pending.message, pending.more, pending.length, pending.file))
		return false;
	if (pending.file >= 0)
		close(pending.file);
	pending = (struct pending){.file = -1};
	return true;
}

static void reply(uint32_t id, uint32_t error, const void *more, size_t length, int file)
{
	pending = (struct pending){.waits = true, .length = length, .file = file};
	pending.message = (struct message){.type = REPLY, .id = id, .first = error};
	memcpy(pending.more, more, length);
}

static void refuse_because(uint32_t id, int error, const char *reason)
{
	reply(id, (uint32_t)error, reason, strlen(reason), -1);
}

static void refuse(uint32_t id, int error)
{
	refuse_because(id, error, strerror(error));
}

/* Finds out what confines QEMU here, when somebody needs to know. */
static void prepare(void)
{
	/* QEMU may be installed while the server runs. */
	if (prepared && (layers & LAYER_QEMU) != 0)
		return;
	layers = qemu_prepare(options);
	processes_use(layers);
	prepared = true;
}

/* Takes QEMU's settings, once: the server sends them before it serves anybody. */
static int configure(const struct request *request)
{
	static char locks[MAX_MESSAGE];
	if (configured)
		return EPERM;
	configured = true;
	options->qemu_unconfined |= (request->first & CONFIGURE_UNCONFINED) != 0;
	options->first_uid = request->first_uid;
	options->last_uid = request->last_uid;
	snprintf(locks, sizeof locks, "%s", request->locks);
	if (locks[0] != 0 && options->lock_count < MAX_LOCKS)
		options->locks[options->lock_count++] = locks;
	prepared = false;
	return 0;
}

static int start_qemu(const struct request *request, const int files[])
{
	configured = true;
	builds_ended = true;
	prepare();
	return (layers & LAYER_QEMU) == 0 ? ENOENT : processes_start(request, files, options);
}

static void about(uint32_t id)
{
	prepare();
	bool own = (layers & LAYER_OWN_USER) != 0;
	uint32_t other = options->build.count > 0 && !builds_ended ? LAYER_BUILD : 0;
	if (tenants_are_apart(options))
		other |= LAYER_WORKERS | (tenants_have_users(options) ? LAYER_WORKER_USERS : 0);
	uint32_t facts[] = {
		PROTOCOL_VERSION,
		layers | other,
		(uint32_t)landlock_version(),
		own ? options->first_uid : 0,
		own ? options->last_uid : 0,
	};
	reply(id, 0, facts, sizeof facts, -1);
}

static void open_kvm(uint32_t id)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0)
		refuse(id, errno);
	else
		reply(id, 0, NULL, 0, kvm);
}

static void start_worker(const struct request *request)
{
	char why[MAX_REASON] = "";
	configured = true;
	builds_ended = true;
	int error = options->worker.command.count == 0 ? EPERM : processes_start_worker(request, options, why);
	if (error != 0)
		refuse_because(request->id, error, why[0] != 0 ? why : strerror(error));
}

static void move_sessions(const struct request *request)
{
	char why[MAX_REASON] = "";
	int error;
	if (options->worker.command.count == 0)
		error = EPERM;
	else if (request->type == REQUEST_ADOPT)
		error = sessions_adopt(options, request->entry, request->namespace, why);
	else if (processes_have_worker(request->namespace))
		error = EBUSY;
	else
		error = sessions_give_back(options, request->namespace);
	if (error != 0)
		refuse_because(request->id, error, why[0] != 0 ? why : strerror(error));
	else
		reply(request->id, 0, NULL, 0, -1);
}

static void connect_worker(const struct request *request)
{
	int connection = processes_connect(request, options);
	if (connection < 0)
		refuse(request->id, errno);
	else
		reply(request->id, 0, NULL, 0, connection);
}

/* The reply to a link is its path, which is as long as any. */
static void link_for_worker(const struct request *request, int file)
{
	char link[PATH_MAX];
	int error = link_file(options, file, request->entry, link);
	if (error != 0)
		refuse(request->id, error);
	else
		reply(request->id, 0, link, strlen(link), -1);
}

static void answer(const struct request *request, const int files[])
{
	int error = 0;
	switch (request->type) {
	case REQUEST_ABOUT:
		about(request->id);
		return;
	case REQUEST_OPEN_KVM:
		open_kvm(request->id);
		return;
	case REQUEST_WORKER:
		/* The reply comes when it runs. */
		start_worker(request);
		return;
	case REQUEST_ADOPT:
	case REQUEST_GIVE_BACK:
		move_sessions(request);
		return;
	case REQUEST_CONNECT:
		connect_worker(request);
		return;
	case REQUEST_LINK:
		link_for_worker(request, files[0]);
		return;
	case REQUEST_QEMU:
		error = start_qemu(request, files);
		break;
	case REQUEST_BUILD:
		/* A build has the launcher's rights, and works in the home. Whoever has taken the server over
		   has had time to prepare that for it. */
		error = builds_ended ? EPERM : processes_start(request, files, options);
		break;
	case REQUEST_END_BUILDS:
		builds_ended = true;
		break;
	case REQUEST_CONFIGURE:
		error = configure(request);
		break;
	case REQUEST_KILL:
		error = processes_kill(request->first);
		break;
	case REQUEST_NICE:
		error = processes_nice(request->first, (int)request->second);
		break;
	}
	/* The reply to these comes when the program runs. */
	bool later = request->type == REQUEST_QEMU || request->type == REQUEST_BUILD;
	if (error != 0)
		refuse(request->id, error);
	else if (!later)
		reply(request->id, 0, NULL, 0, -1);
}

/* Takes a request if there is one. */
static bool take_request(int socket)
{
	static struct received received;
	static struct request request;
	if (!channel_receive(socket, &received))
		return false;
	if (received.length == 0 && received.count == 0)
		return !channel_ended(socket);
	int error = received.error;
	if (error != 0)
		received.length = received.length < sizeof(struct message) ? 0 : sizeof(struct message);
	int wrong = request_decode(received.bytes, received.length, received.count, &request);
	if (error == 0)
		error = wrong;
	if (error != 0)
		refuse(request.id, error);
	else
		answer(&request, received.files);
	for (int i = 0; i < received.count; i++)
		close(received.files[i]);
	return true;
}

static void reap(void)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != server) {
			processes_ended(pid, status);
			continue;
		}
		over = true;
		server = 0;
		result = WIFSIGNALED(status) ? KILLED + WTERMSIG(status) : WEXITSTATUS(status);
	}
}

static void take_signals(int signals)
{
	struct signalfd_siginfo info;
	while (read(signals, &info, sizeof info) == sizeof info) {
		if (info.ssi_signo == SIGCHLD)
			continue;
		if (info.ssi_signo == SIGUSR1) {
			/* This is a worker's, and the launcher that started it wants its end. */
			over = at_once = true;
			result = KILLED + SIGKILL;
			continue;
		}
		/* The terminal sends its signals to the server too. */
		if (server > 0 && info.ssi_code <= 0)
			kill(server, (int)info.ssi_signo);
		else if (server == 0 && over)
			processes_signal_workers((int)info.ssi_signo);
		else if (server == 0 && info.ssi_signo == SIGTERM)
			over = at_once = true;
	}
	reap();
}

/* Kills all that is left, also what the server has started: the launcher adopts orphans. */
static void end_all(void)
{
	int status;
	pid_t ended;
	char path[60];
	snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
	do {
		processes_kill_all();
		FILE *children = fopen(path, "re");
		int child;
		while (children != NULL && fscanf(children, "%d", &child) == 1)
			kill(child, SIGKILL);
		if (children != NULL)
			fclose(children);
		else if (server > 0)
			kill(server, SIGKILL);
		ended = waitpid(-1, &status, 0);
		processes_ended(ended, status);
	} while (ended > 0 || errno == EINTR);
}

static int64_t now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

/*
 * Nobody can ask for anything any more, nor wants what was started. Only workers have something to
 * keep: they get the time to do so, and to end by themselves.
 */
static void end_requests(void)
{
	processes_kill_others();
	if (deadline == 0)
		deadline = now() + options->worker.grace * 1000LL;
}

/* How long to wait for events: milliseconds, or -1. */
static int patience(void)
{
	if (deadline == 0 || !processes_have_workers())
		return -1;
	int64_t left = deadline - now();
	return left > 0 ? (int)left : LATE;
}

/* Ends what is due to end. Returns whether nothing is left to be done but to kill what still runs. */
static bool finish(void)
{
	if (at_once)
		return true;
	if (over)
		end_requests();
	bool late = deadline != 0 && now() >= deadline;
	if (late)
		processes_kill_all();
	return over && (late || !processes_have_workers());
}

int serve(struct options *given, int socket, int signals, pid_t child)
{
	static struct pollfd polled[FIXED + MAX_PROCESSES];
	options = given;
	configured = options->settled;
	server = child;
	while (!finish()) {
		/* What the server has left behind asks for nothing. */
		if (over)
			socket = -1;
		bool told = socket < 0 || (send_pending(socket) && processes_tell(socket));
		polled[0] = (struct pollfd){.fd = signals, .events = POLLIN};
		/* While nobody takes the replies, no request is taken. */
		polled[1] = (struct pollfd){.fd = socket, .events = told ? POLLIN : POLLOUT};
		int count = processes_poll(polled, FIXED);
		if (poll(polled, (nfds_t)count, patience()) < 0 && errno != EINTR)
			break;
		processes_read(polled + FIXED, count - FIXED);
		if (polled[0].revents != 0)
			take_signals(signals);
		for (int i = 0; told && i < REQUESTS_AT_ONCE && take_request(socket) && send_pending(socket); i++)
			;
		/* An end that only sends no more is one too: poll would report it for ever. */
		if ((polled[1].revents & (POLLIN | POLLHUP)) != 0 && channel_ended(socket)) {
			end_requests();
			socket = -1;
			over = over || server == 0;
		}
	}
	end_all();
	return result;
}
