#define _GNU_SOURCE
#include "processes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "build.h"
#include "requests/channel.h"
#include "qemu.h"
#include "user.h"
#include "workers/worker.h"

enum kind {
	KIND_QEMU,
	KIND_BUILD,
	KIND_WORKER,
};

struct process {
	bool used;
	enum kind kind;
	uint32_t handle;
	uint32_t request;           /* its id */
	pid_t pid;
	int pidfd;
	int report;                 /* -1 once it has been read */
	char reason[MAX_REASON];    /* why it could not be executed */
	size_t reason_length;
	bool replied;
	bool ended;
	int status;
	struct user user;           /* of a QEMU */
	struct tenant tenant;       /* of a worker */
};

static struct process processes[MAX_PROCESSES];
static uint32_t last_handle;
static uint32_t layers_of_qemu;

static struct process *find(uint32_t handle)
{
	for (int i = 0; i < MAX_PROCESSES; i++)
		if (processes[i].used && processes[i].handle == handle && !processes[i].ended)
			return &processes[i];
	return NULL;
}

static bool is_worker(const struct process *one)
{
	return one->used && !one->ended && one->kind == KIND_WORKER;
}

static struct process *unused(void)
{
	for (int i = 0; i < MAX_PROCESSES; i++)
		if (!processes[i].used)
			return &processes[i];
	return NULL;
}

static int start_qemu(const struct request *request, const int files[], const struct options *options,
		      struct process *one, int report)
{
	if ((request->first & QEMU_USES_KVM) != 0 && !options->qemu_kvm)
		return EPERM;
	if (!options->qemu_unconfined && !qemu_is_confined(layers_of_qemu))
		return EOPNOTSUPP;
	/* A user without an account could not open /dev/kvm. */
	if ((layers_of_qemu & LAYER_OWN_USER) != 0 && (request->first & QEMU_USES_KVM) == 0) {
		int error = user_take(options, &one->user);
		if (error != 0)
			return error;
	}
	one->pid = qemu_start(request, files, one->user.id, report, &one->pidfd);
	if (one->pid >= 0)
		return 0;
	int error = errno;
	user_release(&one->user);
	return error;
}

static int start(const struct request *request, const int files[], const struct tenant *tenant,
		 const struct options *options)
{
	struct process *one = unused();
	if (one == NULL)
		return EAGAIN;
	int report[2];
	if (pipe2(report, O_CLOEXEC | O_NONBLOCK) < 0)
		return errno;
	*one = (struct process){.request = request->id, .report = report[0], .user = {.lock = -1}};
	int error;
	if (request->type == REQUEST_BUILD) {
		one->kind = KIND_BUILD;
		one->pid = build_start(request, files, options->build.word, report[1], &one->pidfd);
		error = one->pid < 0 ? errno : 0;
	} else if (request->type == REQUEST_WORKER) {
		one->kind = KIND_WORKER;
		one->tenant = *tenant;
		one->pid = worker_start(options, tenant, report[1], &one->pidfd);
		error = one->pid < 0 ? errno : 0;
	} else {
		error = start_qemu(request, files, options, one, report[1]);
	}
	close(report[1]);
	if (error != 0) {
		close(report[0]);
		return error;
	}
	one->handle = ++last_handle;
	one->used = true;
	return 0;
}

int processes_start(const struct request *request, const int files[], const struct options *options)
{
	return start(request, files, NULL, options);
}

int processes_start_worker(const struct request *request, const struct options *options, char why[MAX_REASON])
{
	int running = 0;
	for (int i = 0; i < MAX_PROCESSES; i++)
		running += is_worker(&processes[i]);
	if (processes_have_worker(request->namespace))
		return EBUSY;
	if (running == MAX_WORKERS)
		return EAGAIN;
	if (!tenants_are_apart(options))
		return EOPNOTSUPP;
	struct tenant tenant;
	int error = tenant_prepare(options, request->namespace, &tenant, why);
	return error != 0 ? error : start(request, NULL, &tenant, options);
}

int processes_connect(const struct request *request, const struct options *options)
{
	struct process *one = find(request->first);
	if (one == NULL || one->kind != KIND_WORKER) {
		errno = ESRCH;
		return -1;
	}
	return worker_connect(options, &one->tenant, request->second);
}

void processes_use(uint32_t layers)
{
	layers_of_qemu = layers;
}

int processes_poll(struct pollfd *polled, int count)
{
	for (int i = 0; i < MAX_PROCESSES; i++)
		if (processes[i].used && processes[i].report >= 0)
			polled[count++] = (struct pollfd){.fd = processes[i].report, .events = POLLIN};
	return count;
}

static void read_report(struct process *one)
{
	size_t room = sizeof one->reason - one->reason_length;
	ssize_t count = read(one->report, one->reason + one->reason_length, room);
	if (count > 0) {
		one->reason_length += (size_t)count;
	} else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
		close(one->report);
		one->report = -1;
	}
}

void processes_read(const struct pollfd *polled, int count)
{
	for (int i = 0; i < MAX_PROCESSES; i++)
		for (int j = 0; j < count && processes[i].used && processes[i].report >= 0; j++)
			if (polled[j].fd == processes[i].report && polled[j].revents != 0) {
				read_report(&processes[i]);
				break;
			}
}

void processes_ended(int pid, int status)
{
	for (int i = 0; i < MAX_PROCESSES; i++) {
		struct process *one = &processes[i];
		if (!one->used || one->ended || one->pid != pid)
			continue;
		one->ended = true;
		one->status = status;
		/* Nobody has that user any more. */
		user_release(&one->user);
	}
}

/* Replies to the request that started it. */
static bool tell_start(struct process *one, int socket)
{
	struct message reply = {.type = REPLY, .id = one->request};
	if (one->reason_length > 0) {
		reply.first = ECHILD;
		return channel_send(socket, &reply, one->reason, one->reason_length, -1);
	}
	reply.second = one->handle;
	uint32_t pid = (uint32_t)one->pid;
	return channel_send(socket, &reply, &pid, sizeof pid, one->pidfd);
}

static bool tell_end(struct process *one, int socket)
{
	struct message event = {.type = EVENT_EXIT, .id = one->handle};
	if (WIFSIGNALED(one->status))
		event.second = (uint32_t)WTERMSIG(one->status);
	else
		event.first = (uint32_t)WEXITSTATUS(one->status);
	return channel_send(socket, &event, NULL, 0, -1);
}

bool processes_tell(int socket)
{
	for (int i = 0; i < MAX_PROCESSES; i++) {
		struct process *one = &processes[i];
		if (!one->used)
			continue;
		if (one->report < 0 && !one->replied) {
			if (!tell_start(one, socket))
				return false;
			one->replied = true;
		}
		if (one->replied && one->ended) {
			if (one->reason_length == 0 && !tell_end(one, socket))
				return false;
			close(one->pidfd);
			one->used = false;
		}
	}
	return true;
}

/* It is not reaped yet, so its number is not another's. */
static void kill_one(const struct process *one)
{
	/* A worker's launcher ends with all that it has started. */
	if (one->kind == KIND_WORKER)
		kill(one->pid, SIGUSR1);
	else if (one->kind == KIND_QEMU || kill(-one->pid, SIGKILL) < 0)
		kill(one->pid, SIGKILL);
}

int processes_kill(uint32_t handle)
{
	struct process *one = find(handle);
	if (one == NULL)
		return ESRCH;
	kill_one(one);
	return 0;
}

int processes_nice(uint32_t handle, int value)
{
	struct process *one = find(handle);
	if (one == NULL || one->kind != KIND_QEMU)
		return ESRCH;
	char path[40];
	snprintf(path, sizeof path, "/proc/%d/task", one->pid);
	DIR *tasks = opendir(path);
	if (tasks == NULL)
		return errno;
	int error = 0;
	struct dirent *entry;
	while ((entry = readdir(tasks)) != NULL) {
		int thread = atoi(entry->d_name);
		if (thread > 0 && setpriority(PRIO_PROCESS, (id_t)thread, value) < 0 && errno != ESRCH)
			error = errno;
	}
	closedir(tasks);
	return error;
}

bool processes_have_workers(void)
{
	for (int i = 0; i < MAX_PROCESSES; i++)
		if (is_worker(&processes[i]))
			return true;
	return false;
}

bool processes_have_worker(const char *namespace)
{
	for (int i = 0; i < MAX_PROCESSES; i++)
		if (is_worker(&processes[i]) && strcmp(processes[i].tenant.name, namespace) == 0)
			return true;
	return false;
}

void processes_kill_others(void)
{
	for (int i = 0; i < MAX_PROCESSES; i++)
		if (processes[i].used && !processes[i].ended && processes[i].kind != KIND_WORKER)
			kill_one(&processes[i]);
}

void processes_signal_workers(int number)
{
	for (int i = 0; i < MAX_PROCESSES; i++)
		if (is_worker(&processes[i]))
			kill(processes[i].pid, number);
}

void processes_kill_all(void)
{
	for (int i = 0; i < MAX_PROCESSES; i++)
		if (processes[i].used && !processes[i].ended)
			kill_one(&processes[i]);
}
