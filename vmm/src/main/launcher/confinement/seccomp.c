#define _GNU_SOURCE
#include "confinement/seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "confinement/qemu_calls.h"

enum {
	MAX_FILTER = 512,
	SECRETS = 3,             /* execve uses three of six arguments */
	CLONE3 = 435,
};

#define X32_BIT 0x40000000U
#define RETURN_ERRNO(number) (SECCOMP_RET_ERRNO | ((number) & SECCOMP_RET_DATA))

struct filter {
	struct sock_filter code[MAX_FILTER];
	unsigned short length;
};

static void emit(struct filter *filter, uint16_t code, uint8_t yes, uint8_t no, uint32_t value)
{
	if (filter->length < MAX_FILTER)
		filter->code[filter->length] = (struct sock_filter){code, yes, no, value};
	filter->length++;
}

static void load(struct filter *filter, size_t offset)
{
	emit(filter, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
}

static void end(struct filter *filter, uint32_t action)
{
	emit(filter, BPF_RET | BPF_K, 0, 0, action);
}

/* Loads a half of an argument. This machine is little-endian. */
static void load_argument(struct filter *filter, int number, int half)
{
	load(filter, offsetof(struct seccomp_data, args) + 8 * (size_t)number + 4 * (size_t)half);
}

/* The accumulator has the call's number before and after each of the following. */

static void reload(struct filter *filter)
{
	load(filter, offsetof(struct seccomp_data, nr));
}

static void always(struct filter *filter, int call, uint32_t action)
{
	emit(filter, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (uint32_t)call);
	end(filter, action);
}

/* Allows a call if the lower half of an argument, masked, has a value. */
static void masked(struct filter *filter, int call, int argument, uint32_t mask, uint32_t value)
{
	emit(filter, BPF_JMP | BPF_JEQ | BPF_K, 0, 5, (uint32_t)call);
	load_argument(filter, argument, 0);
	emit(filter, BPF_ALU | BPF_AND | BPF_K, 0, 0, mask);
	emit(filter, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, value);
	end(filter, SECCOMP_RET_ALLOW);
	reload(filter);
}

static void with(struct filter *filter, int call, int argument, uint32_t value)
{
	masked(filter, call, argument, ~0U, value);
}

/* Allows prlimit of the process itself (0), without new limits (NULL). */
static void reading_limits(struct filter *filter)
{
	emit(filter, BPF_JMP | BPF_JEQ | BPF_K, 0, 8, SYS_prlimit64);
	load_argument(filter, 0, 0);
	emit(filter, BPF_JMP | BPF_JEQ | BPF_K, 0, 5, 0);
	load_argument(filter, 2, 0);
	emit(filter, BPF_JMP | BPF_JEQ | BPF_K, 0, 3, 0);
	load_argument(filter, 2, 1);
	emit(filter, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
	end(filter, SECCOMP_RET_ALLOW);
	reload(filter);
}

/* Allows execve with the secret, once: nobody knows it afterwards. */
static void execution(struct filter *filter, const uint64_t secret[SECRETS])
{
	emit(filter, BPF_JMP | BPF_JEQ | BPF_K, 0, 4 * SECRETS + 2, SYS_execve);
	for (int i = 0; i < SECRETS; i++) {
		uint8_t left = (uint8_t)(4 * (SECRETS - 1 - i));
		load_argument(filter, 3 + i, 0);
		emit(filter, BPF_JMP | BPF_JEQ | BPF_K, 0, left + 3, (uint32_t)secret[i]);
		load_argument(filter, 3 + i, 1);
		emit(filter, BPF_JMP | BPF_JEQ | BPF_K, 0, left + 1, (uint32_t)(secret[i] >> 32));
	}
	end(filter, SECCOMP_RET_ALLOW);
	reload(filter);
}

static void make(struct filter *filter, const uint64_t secret[SECRETS], bool kvm)
{
	filter->length = 0;
	load(filter, offsetof(struct seccomp_data, arch));
	emit(filter, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, AUDIT_ARCH_X86_64);
	end(filter, SECCOMP_RET_KILL_PROCESS);
	reload(filter);
	emit(filter, BPF_JMP | BPF_JGE | BPF_K, 0, 1, X32_BIT);
	end(filter, SECCOMP_RET_KILL_PROCESS);

	for (size_t i = 0; i < sizeof QEMU_CALLS / sizeof *QEMU_CALLS; i++)
		always(filter, QEMU_CALLS[i], SECCOMP_RET_ALLOW);
	/* Threads, but no processes and no namespaces. The C library then does without clone3, whose
	   flags a filter cannot see. */
	masked(filter, SYS_clone, 0, CLONE_THREAD | CLONE_VM | QEMU_NO_CLONE, CLONE_THREAD | CLONE_VM);
	always(filter, CLONE3, RETURN_ERRNO(ENOSYS));
	/* Signals to itself. */
	uint32_t self = (uint32_t)getpid();
	with(filter, SYS_kill, 0, self);
	with(filter, SYS_tgkill, 0, self);
	with(filter, SYS_rt_tgsigqueueinfo, 0, self);
	reading_limits(filter);
	for (size_t i = 0; i < sizeof QEMU_FCNTL / sizeof *QEMU_FCNTL; i++)
		with(filter, SYS_fcntl, 1, QEMU_FCNTL[i]);
	for (size_t i = 0; i < sizeof QEMU_PRCTL / sizeof *QEMU_PRCTL; i++)
		with(filter, SYS_prctl, 0, QEMU_PRCTL[i]);
	for (size_t i = 0; i < sizeof QEMU_IOCTL / sizeof *QEMU_IOCTL; i++)
		with(filter, SYS_ioctl, 1, QEMU_IOCTL[i]);
	if (kvm)
		masked(filter, SYS_ioctl, 1, 0xff00, KVM_IOCTL_TYPE << 8);
	execution(filter, secret);
	end(filter, RETURN_ERRNO(EPERM));
}

bool seccomp_works(void)
{
	/* With no filter to install, a kernel that knows filters reads it and fails. */
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) < 0 && errno == EFAULT;
}

int seccomp_execute(const char *path, char *const argv[], char *const envp[], bool kvm)
{
	static struct filter filter;
	uint64_t secret[SECRETS];
	if (getrandom(secret, sizeof secret, 0) != sizeof secret)
		return errno;
	make(&filter, secret, kvm);
	if (filter.length > MAX_FILTER)
		return E2BIG;
	struct sock_fprog program = {.len = filter.length, .filter = filter.code};
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return errno;
	syscall(SYS_execve, path, argv, envp, secret[0], secret[1], secret[2]);
	return errno;
}
