#define _GNU_SOURCE
#include "confinement/rights.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	LAST_CAPABILITY = 63,
	/* QEMU's block layer alone may start 64 threads. */
	MOST_THREADS = 512,
	MOST_FILES = 256,
};

static struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};

static bool get(struct __user_cap_data_struct data[2])
{
	return syscall(SYS_capget, &header, data) == 0;
}

bool rights_has(enum capability capability)
{
	struct __user_cap_data_struct data[2];
	return get(data) && (data[capability / 32].effective >> (capability % 32) & 1) != 0;
}

void rights_bound(uint64_t capabilities)
{
	for (int i = 0; i <= LAST_CAPABILITY; i++)
		if ((capabilities >> i & 1) == 0 && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
			break;
}

bool rights_keep(uint64_t capabilities)
{
	struct __user_cap_data_struct data[2];
	if (!get(data))
		return false;
	rights_bound(capabilities);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (int i = 0; i < 2; i++) {
		uint32_t kept = (uint32_t)(capabilities >> (32 * i));
		data[i].permitted &= kept;
		data[i].effective &= kept;
		/* What is not root keeps its capabilities across execve only if they are ambient. */
		data[i].inheritable = geteuid() == 0 ? 0 : data[i].permitted;
	}
	if (syscall(SYS_capset, &header, data) < 0)
		return false;
	for (int i = 0; geteuid() != 0 && i <= LAST_CAPABILITY; i++)
		if ((data[i / 32].permitted >> (i % 32) & 1) != 0)
			prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0);
	return true;
}

bool rights_use_files_as(uint32_t user)
{
	struct __user_cap_data_struct data[2];
	setfsuid(user);
	/* It returns the user before the call, and this one changes nothing. */
	if ((uint32_t)setfsuid((uid_t)-1) != user || !get(data))
		return false;
	/* The change of users took away all capabilities for files. */
	data[0].effective |= data[0].permitted & 1U << HAS_CHOWN;
	return syscall(SYS_capset, &header, data) == 0;
}

bool rights_become(uint32_t user)
{
	return setgroups(0, NULL) == 0 && setresgid(user, user, user) == 0 && setresuid(user, user, user) == 0;
}

bool rights_users_exist(uint32_t first, uint32_t last)
{
	FILE *map = fopen("/proc/self/uid_map", "re");
	if (map == NULL)
		return false;
	unsigned inside, outside, count;
	bool found = false;
	while (!found && fscanf(map, "%u %u %u", &inside, &outside, &count) == 3)
		found = first >= inside && last - inside < count;
	fclose(map);
	return found;
}

static bool limit(int resource, rlim_t most)
{
	struct rlimit present;
	if (getrlimit(resource, &present) < 0)
		return false;
	if (present.rlim_max < most)
		most = present.rlim_max;
	struct rlimit limits = {most, most};
	return setrlimit(resource, &limits) == 0;
}

bool rights_limit_qemu(bool own_user)
{
	return limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_MEMLOCK, 0) &&
	       limit(RLIMIT_MSGQUEUE, 0) && limit(RLIMIT_NOFILE, MOST_FILES) && limit(RLIMIT_RTPRIO, 0) &&
	       (!own_user || limit(RLIMIT_NPROC, MOST_THREADS));
}

bool rights_die_with_parent(void)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0;
}
