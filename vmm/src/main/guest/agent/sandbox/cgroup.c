#define _GNU_SOURCE
#include "sandbox/cgroup.h"

#include "loop/console.h"
#include "sandbox/victims.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define ROOT "/sys/fs/cgroup"
/* More than the most processes that can be left, plus the groups that jobs keep. */
#define GROUPS_MAX 1280
#define LOOKS 4
#define MIB (1ull << 20)

/* Memory for the kernel, the agent and page tables. */
#define RESERVE_MIN (48 * MIB)
#define AGENT_MEMORY_MIN "16777216"
/* Memory for file workers, in addition to that of code. */
#define TOOLS_MEMORY (16 * MIB)
#define PROCESSES_MAX 1024
#define TOOL_PROCESSES_MAX "192"

static struct cgroup groups[GROUPS_MAX];
static int groups_made, next_look;
static int sandbox = -1, code = -1, tools = -1, name_space = -1;
static uint64_t memory_limit;
static uint32_t process_limit;

static bool write_file(int directory, const char *file, const char *text)
{
	int fd = openat(directory, file, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t written = write(fd, text, strlen(text));
	int error = errno;
	close(fd);
	errno = error;
	return written >= 0;
}

static void set(int directory, const char *file, const char *text)
{
	if (!write_file(directory, file, text))
		die("cannot set the control group's %s to %s: %m", file, text);
}

static bool read_file(int directory, const char *file, char *text, size_t capacity)
{
	int fd = openat(directory, file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t size = read(fd, text, capacity - 1);
	close(fd);
	if (size < 0)
		return false;
	text[size] = '\0';
	return true;
}

/* The number in the line that begins with a name and a space. */
static uint64_t field(int directory, const char *file, const char *name)
{
	char text[512];
	if (!read_file(directory, file, text, sizeof text))
		return 0;
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ' ')
			return strtoull(line + strlen(name) + 1, NULL, 10);
	return 0;
}

static uint64_t number(int directory, const char *file)
{
	char text[64];
	return read_file(directory, file, text, sizeof text) ? strtoull(text, NULL, 10) : 0;
}

static int make(int parent, const char *name)
{
	if (mkdirat(parent, name, 0755) < 0 && errno != EEXIST)
		return -1;
	return openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int make_or_die(int parent, const char *name)
{
	int directory = make(parent, name);
	if (directory < 0)
		die("cannot make the control group %s: %m", name);
	return directory;
}

static void choose_limits(void)
{
	struct sysinfo info;
	sysinfo(&info);
	uint64_t memory = (uint64_t)info.totalram * info.mem_unit;
	uint64_t reserve = memory / 10 > RESERVE_MIN ? memory / 10 : RESERVE_MIN;
	if (reserve > memory / 2)
		reserve = memory / 2;
	memory_limit = memory - reserve - TOOLS_MEMORY;
	uint64_t processes = memory / MIB * 4;
	process_limit = processes < PROCESSES_MAX ? (uint32_t)processes : PROCESSES_MAX;
}

static void set_number(int directory, const char *file, uint64_t value)
{
	char text[32];
	snprintf(text, sizeof text, "%llu", (unsigned long long)value);
	set(directory, file, text);
}

/* The root of the namespace is the group in which the caller is when it makes the namespace. */
static void make_namespace(void)
{
	int own = open("/proc/self/ns/cgroup", O_RDONLY | O_CLOEXEC);
	set(code, "cgroup.procs", "0");
	if (own < 0 || unshare(CLONE_NEWCGROUP) < 0)
		die("cannot make a cgroup namespace: %m");
	name_space = open("/proc/self/ns/cgroup", O_RDONLY | O_CLOEXEC);
	if (name_space < 0 || setns(own, CLONE_NEWCGROUP) < 0)
		die("cannot keep the cgroup namespace: %m");
	close(own);
	/*
	 * No more namespaces: with one of its own, root in the sandbox could mount the groups in a
	 * user namespace and change its operation's limits. A kernel without user namespaces has no
	 * such file.
	 */
	int fd = open("/proc/sys/user/max_cgroup_namespaces", O_WRONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return;
	if (fd < 0 || write(fd, "0", 1) < 0)
		die("cannot forbid cgroup namespaces: %m");
	close(fd);
}

void cgroups_open(void)
{
	int root = open(ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		die("cannot open " ROOT ": %m");
	choose_limits();
	set(root, "cgroup.subtree_control", "+cpu +memory +pids");
	int agent = make_or_die(root, "agent");
	sandbox = make_or_die(root, "sandbox");
	set(sandbox, "cgroup.subtree_control", "+cpu +memory +pids");
	code = make_or_die(sandbox, "code");
	tools = make_or_die(sandbox, "tools");
	make_namespace();
	set(agent, "cgroup.procs", "0");
	/* Not earlier: a group with processes cannot enable controllers for its children. */
	set(code, "cgroup.subtree_control", "+cpu +memory +pids");

	set(agent, "memory.min", AGENT_MEMORY_MIN);
	set(agent, "cpu.weight", "10000");
	set_number(sandbox, "memory.max", memory_limit + TOOLS_MEMORY);
	/* Programs in the sandbox read this as their limit. */
	set_number(code, "memory.max", memory_limit);
	set_number(code, "pids.max", process_limit);
	set(tools, "pids.max", TOOL_PROCESSES_MAX);
	set(tools, "cpu.weight", "1000");
	close(agent);
	close(root);
}

bool cgroup_is_empty(const struct cgroup *cgroup)
{
	return field(cgroup->directory, "cgroup.events", "populated") == 0;
}

/*
 * Looks at the given number of groups, beginning with the one released last, which is the most
 * likely to be empty. cgroup_take() looks at all of them only when it cannot make another.
 */
static struct cgroup *find_free(int most)
{
	for (int i = 0; i < groups_made && i < most; i++) {
		struct cgroup *cgroup = &groups[next_look];
		if (!cgroup->taken && cgroup_is_empty(cgroup))
			return cgroup;
		next_look = (next_look + 1) % groups_made;
	}
	return NULL;
}

static struct cgroup *make_group(void)
{
	if (groups_made == GROUPS_MAX)
		return NULL;
	char name[16];
	snprintf(name, sizeof name, "%d", groups_made);
	int directory = make(code, name);
	if (directory < 0)
		return NULL;
	/* A fork bomb leaves room for other commands, such as one that ends it. */
	char most[16];
	snprintf(most, sizeof most, "%u", process_limit - process_limit / 8);
	write_file(directory, "pids.max", most);
	groups[groups_made].directory = directory;
	return &groups[groups_made++];
}

struct cgroup *cgroup_take(void)
{
	struct cgroup *cgroup = find_free(LOOKS);
	if (!cgroup)
		cgroup = make_group();
	if (!cgroup)
		cgroup = find_free(groups_made);
	if (!cgroup) {
		errno = EAGAIN;
		return NULL;
	}
	cgroup->taken = true;
	cgroup->left_by = NULL;
	cgroup->oom_kills = (uint32_t)field(cgroup->directory, "memory.events", "oom_kill");
	if (cgroup->oom_kills > 0)
		cgroup_victim(cgroup);
	return cgroup;
}

void cgroup_release(struct cgroup *cgroup)
{
	cgroup->taken = false;
	next_look = (int)(cgroup - groups);
}

void cgroup_leave(struct cgroup *cgroup, const void *owner)
{
	cgroup_release(cgroup);
	cgroup->left_by = owner;
}

void cgroup_kill_left(const void *owner)
{
	for (int i = 0; i < groups_made; i++)
		if (groups[i].left_by == owner) {
			cgroup_kill(&groups[i]);
			groups[i].left_by = NULL;
		}
}

void cgroup_kill(const struct cgroup *cgroup)
{
	write_file(cgroup->directory, "cgroup.kill", "1");
}

void cgroup_signal(const struct cgroup *cgroup, int signal)
{
	int fd = openat(cgroup->directory, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	FILE *processes = fd >= 0 ? fdopen(fd, "r") : NULL;
	if (!processes) {
		close(fd);
		return;
	}
	/*
	 * 0 is a process of another namespace. To kill() it would mean the agent's own process
	 * group.
	 */
	for (int pid; fscanf(processes, "%d", &pid) == 1;)
		if (pid > 1)
			kill(pid, signal);
	fclose(processes);
}

uint32_t cgroup_oom_kills(const struct cgroup *cgroup)
{
	return (uint32_t)field(cgroup->directory, "memory.events", "oom_kill") - cgroup->oom_kills;
}

static void killed(unsigned int number, const struct memory_victim *victim)
{
	if (number < (unsigned int)groups_made)
		groups[number].victim = *victim;
}

struct memory_victim cgroup_victim(struct cgroup *cgroup)
{
	victims_read(killed);
	struct memory_victim victim = cgroup->victim;
	cgroup->victim = (struct memory_victim){0};
	return victim;
}

int cgroup_tools(void)
{
	return tools;
}

int cgroup_namespace(void)
{
	return name_space;
}

void cgroup_kill_all(void)
{
	write_file(code, "cgroup.kill", "1");
}

bool cgroup_all_gone(void)
{
	return field(code, "cgroup.events", "populated") == 0;
}

uint64_t cgroup_memory_limit(void)
{
	return memory_limit;
}

uint64_t cgroup_memory_used(void)
{
	return number(sandbox, "memory.current");
}

uint32_t cgroup_process_limit(void)
{
	return process_limit;
}

uint32_t cgroup_processes(void)
{
	return (uint32_t)number(code, "pids.current");
}
