#define _GNU_SOURCE
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "requests/channel.h"
#include "confinement/landlock.h"
#include "processes.h"
#include "qemu.h"

enum {
	FIXED = 2,                 /* polled beside the reports: the signals and the socket */
	REQUESTS_AT_ONCE = 16,     /* before it looks at everything else again */
	KILLED = 128,
};

/* A reply that waits for room. */
struct pending {
	bool waits;
	struct message message;
	char more[MAX_REASON];
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
static bool over;
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

static void refuse(uint32_t id, int error)
{
	const char *reason = strerror(error);
	reply(id, (uint32_t)error, reason, strlen(reason), -1);
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
	uint32_t facts[] = {
		PROTOCOL_VERSION,
		layers | (options->build_count > 0 && !builds_ended ? LAYER_BUILD : 0),
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
		result = WIFSIGNALED(status) ? KILLED + WTERMSIG(status) : WEXITSTATUS(status);
	}
}

static void take_signals(int signals)
{
	struct signalfd_siginfo info;
	while (read(signals, &info, sizeof info) == sizeof info) {
		if (info.ssi_signo == SIGCHLD)
			continue;
		/* The terminal sends its signals to the server too. */
		if (server > 0 && info.ssi_code <= 0)
			kill(server, (int)info.ssi_signo);
		else if (server == 0 && info.ssi_signo == SIGTERM)
			over = true;
	}
	reap();
}

/* Kills all that is left, also what the server has started: the launcher adopts orphans. */
static void end_all(void)
{
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
		else if (server > 0 && !over)
			kill(server, SIGKILL);
	} while (waitpid(-1, NULL, 0) > 0 || errno == EINTR);
}

int serve(struct options *given, int socket, int signals, pid_t child)
{
	static struct pollfd polled[FIXED + MAX_PROCESSES];
	options = given;
	server = child;
	while (!over) {
		bool told = socket < 0 || (send_pending(socket) && processes_tell(socket));
		polled[0] = (struct pollfd){.fd = signals, .events = POLLIN};
		/* While nobody takes the replies, no request is taken. */
		polled[1] = (struct pollfd){.fd = socket, .events = told ? POLLIN : POLLOUT};
		int count = processes_poll(polled, FIXED);
		if (poll(polled, (nfds_t)count, -1) < 0 && errno != EINTR)
			break;
		processes_read(polled + FIXED, count - FIXED);
		if (polled[0].revents != 0)
			take_signals(signals);
		for (int i = 0; told && i < REQUESTS_AT_ONCE && take_request(socket) && send_pending(socket); i++)
			;
		/* An end that only sends no more is one too: poll would report it for ever. */
		if ((polled[1].revents & (POLLIN | POLLHUP)) != 0 && channel_ended(socket)) {
			/* Nobody can ask for anything any more, nor wants what was started. */
			processes_kill_all();
			socket = -1;
			over = over || server == 0;
		}
	}
	end_all();
	return result;
}
