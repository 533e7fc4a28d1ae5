/*
 * What a guest that has taken over QEMU would try. Started by the launcher exactly as QEMU is. Prints a
 * line for each attempt, "NAME: WHAT HAPPENED", and "done" at the end. An attempt that succeeds prints
 * "GRANTED".
 *
 * Arguments: the server's process id, the id of another process like this one, the server's TCP port, a
 * directory of the server's, and a file of another guest's memory by /proc/PID/fd. What would harm the
 * host if it succeeded is tried in a form that does not: with signal 0, for instance. With one more
 * argument it tries only some, where nothing confines it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

/* Numbers that old headers lack. */
enum { IO_URING_SETUP = 425, PIDFD_OPEN = 434, CLONE3 = 435, PIDFD_GETFD = 438, OPENAT2 = 437, VSOCK = 40 };

static void tried(const char *name, long result)
{
	if (result >= 0)
		printf("%s: GRANTED (%ld)\n", name, result);
	else
		printf("%s: %s\n", name, strerror(errno));
	fflush(stdout);
}

static void try_open(const char *path, int flags)
{
	char name[4200];
	snprintf(name, sizeof name, "open %s %s", flags == O_RDONLY ? "for reading" : "for writing", path);
	tried(name, open(path, flags, 0600));
}

static void try_below(const char *directory, const char *entry, int flags)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", directory, entry);
	try_open(path, flags);
}

static void files(const char *home)
{
	try_open("/etc/shadow", O_RDONLY);
	try_open("/etc/passwd", O_RDONLY);
	try_open("/root", O_RDONLY | O_DIRECTORY);
	try_open("/", O_RDONLY | O_DIRECTORY);
	try_open("/home", O_RDONLY | O_DIRECTORY);
	try_open(home, O_RDONLY | O_DIRECTORY);
	try_below(home, "secret", O_RDONLY);
	try_below(home, "secret", O_WRONLY);
	try_below(home, "open-to-all", O_RDONLY);
	try_below(home, "open-to-all", O_WRONLY | O_TRUNC);
	static const char *const places[] = {"/tmp", "/var/tmp", "/dev/shm", "/run", "/root", "/", "/usr/lib",
					     "/proc/self", "/sys/fs/cgroup", "/dev"};
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		try_below(places[i], "written", O_WRONLY | O_CREAT);
	try_below(home, "written", O_WRONLY | O_CREAT);
	tried("mkdir", mkdir("/tmp/made", 0700));
	tried("unlink", unlink("/usr/lib/os-release"));
	tried("symlink", symlink("/etc", "/tmp/linked"));
	tried("mknod", mknod("/tmp/device", S_IFCHR | 0600, makedev(1, 1)));
	tried("chmod", chmod("/usr", 0777));
	tried("truncate", truncate("/usr/lib/os-release", 0));
	tried("open by a handle", syscall(SYS_open_by_handle_at, AT_FDCWD, "", O_RDONLY));
	tried("openat2", syscall(OPENAT2, AT_FDCWD, "/etc/passwd", (uint64_t[3]){O_RDONLY, 0, 0}, 24));
	try_open("/dev/kvm", O_RDWR);
	try_open("/dev/mem", O_RDONLY);
	try_open("/proc/sys/kernel/core_pattern", O_WRONLY);
	try_open("/proc/1/environ", O_RDONLY);
	try_open("/proc/kallsyms", O_RDONLY);
}

static void other_processes(pid_t server, pid_t other, const char *memory)
{
	const pid_t all[] = {server, other, getppid() > 0 ? getppid() : server};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		char path[64];
		pid_t pid = all[i];
		/* Its number in another PID namespace may be ours here. */
		if (pid == getpid())
			continue;
		snprintf(path, sizeof path, "/proc/%d/mem", pid);
		try_open(path, O_RDWR);
		snprintf(path, sizeof path, "/proc/%d/environ", pid);
		try_open(path, O_RDONLY);
		snprintf(path, sizeof path, "/proc/%d/fd", pid);
		try_open(path, O_RDONLY | O_DIRECTORY);
		tried("ptrace", ptrace(PTRACE_SEIZE, pid, NULL, NULL));
		char byte;
		struct iovec here = {&byte, 1}, there = {(void *)0x400000, 1};
		tried("process_vm_readv", process_vm_readv(pid, &here, 1, &there, 1, 0));
		tried("process_vm_writev", process_vm_writev(pid, &here, 1, &there, 1, 0));
		tried("kill", kill(pid, 0));
		tried("tgkill", syscall(SYS_tgkill, pid, pid, 0));
		tried("tkill", syscall(SYS_tkill, pid, 0));
		tried("sigqueue", sigqueue(pid, 0, (union sigval){0}));
		tried("pidfd_open", syscall(PIDFD_OPEN, pid, 0));
		tried("pidfd_getfd", syscall(PIDFD_GETFD, 3, 0, 0));
		tried("kcmp", syscall(SYS_kcmp, pid, getpid(), 0, 0, 0));
		tried("setpriority", setpriority(PRIO_PROCESS, (id_t)pid, 0));
		tried("sched_setscheduler", sched_setscheduler(pid, SCHED_OTHER, &(struct sched_param){0}));
		struct rlimit limits;
		tried("prlimit", prlimit(pid, RLIMIT_NOFILE, NULL, &limits));
		tried("move_pages", syscall(SYS_move_pages, pid, 0, NULL, NULL, NULL, 0));
	}
	/* Signals, sent by the kernel for a file. */
	tried("fcntl F_SETOWN", fcntl(0, F_SETOWN, server));
	tried("fcntl F_SETSIG", fcntl(0, F_SETSIG, SIGKILL));
	tried("fcntl F_SETOWN_EX", fcntl(0, F_SETOWN_EX, &(struct f_owner_ex){F_OWNER_PID, server}));
	tried("ioctl FIOSETOWN", ioctl(0, FIOSETOWN, &server));
	tried("ioctl SIOCSPGRP", ioctl(0, SIOCSPGRP, &server));
	tried("kill all", kill(-1, 0));
	tried("kill the group", kill(0, 0));
	try_open(memory, O_RDONLY);
	try_open(memory, O_RDWR);
	tried("survive the launcher", prctl(PR_SET_PDEATHSIG, 0));
}

static void connections(int port)
{
	static const int families[] = {AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, VSOCK, AF_UNIX, AF_ALG, AF_BLUETOOTH};
	for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
		char name[40];
		snprintf(name, sizeof name, "socket of family %d", families[i]);
		int type = families[i] == AF_NETLINK || families[i] == AF_PACKET ? SOCK_RAW : SOCK_STREAM;
		tried(name, socket(families[i], type, 0));
	}
	int inherited = 9; /* not open, but what is refused by its number alone is EPERM */
	struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	tried("connect to the server", connect(inherited, (struct sockaddr *)&server, sizeof server));
	tried("bind", bind(inherited, (struct sockaddr *)&server, sizeof server));
	tried("listen", listen(inherited, 1));
	tried("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, (int[2]){0}));
	tried("accept", accept(inherited, NULL, NULL));
}

static void programs(void)
{
	char *const shell[] = {"/bin/sh", "-c", "true", NULL};
	char *const none[] = {NULL};
	tried("execve", execve("/bin/sh", shell, none));
	tried("execve of itself", execve("/proc/self/exe", shell, none));
	/* The secret that lets one execve pass is not in the registers any more. */
	tried("execve with registers", syscall(SYS_execve, "/proc/self/exe", shell, none, 0, 0, 0));
	tried("execveat", syscall(SYS_execveat, AT_FDCWD, "/bin/sh", shell, none, 0));
	tried("fork", syscall(SYS_fork));
	tried("vfork", syscall(SYS_vfork));
	tried("clone", syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL));
	tried("clone with namespaces", syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL));
	tried("clone3", syscall(CLONE3, (uint64_t[11]){0, 0, 0, 0, SIGCHLD}, 88));
	if (errno != ENOSYS)
		printf("clone3: GRANTED, or refused so that the C library makes no threads\n");
}

static void kernel(void)
{
	tried("mount", mount("none", "/tmp", "tmpfs", 0, NULL));
	tried("umount", umount2("/proc", MNT_DETACH));
	tried("chroot", chroot("/"));
	tried("pivot_root", syscall(SYS_pivot_root, ".", "."));
	tried("unshare user", unshare(CLONE_NEWUSER));
	tried("unshare network", unshare(CLONE_NEWNET));
	tried("unshare mounts", unshare(CLONE_NEWNS));
	tried("setns", setns(0, 0));
	union bpf_attr program = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
	tried("bpf", syscall(SYS_bpf, BPF_MAP_CREATE, &program, sizeof program));
	tried("io_uring_setup", syscall(IO_URING_SETUP, 1, (char[120]){0}));
	tried("userfaultfd", syscall(SYS_userfaultfd, O_CLOEXEC | 1));
	tried("add_key", syscall(SYS_add_key, "user", "x", "y", 1, -3));
	tried("keyctl", syscall(SYS_keyctl, 0, -3, 1));
	tried("request_key", syscall(SYS_request_key, "user", "x", NULL, -3));
	tried("perf_event_open", syscall(SYS_perf_event_open, (char[128]){0}, 0, -1, -1, 0));
	tried("memfd_create", syscall(SYS_memfd_create, "x", 0));
	tried("msgget", syscall(SYS_msgget, 1, 01600));
	tried("shmget", syscall(SYS_shmget, 1, 4096, 01600));
	tried("semget", syscall(SYS_semget, 1, 1, 01600));
	tried("mq_open", syscall(SYS_mq_open, "x", O_RDWR | O_CREAT, 0600, NULL));
	tried("setuid", setuid(0));
	tried("setgid", setgid(0));
	tried("capset", syscall(SYS_capset, (uint32_t[2]){0x20080522, 0}, (uint32_t[6]){~0U, ~0U, 0}));
	tried("iopl", syscall(SYS_iopl, 3));
	tried("personality", syscall(SYS_personality, 0x0040000));
	tried("modify_ldt", syscall(SYS_modify_ldt, 0, NULL, 0));
	tried("acct", syscall(SYS_acct, NULL));
	tried("sethostname", sethostname("x", 1));
	tried("settimeofday", syscall(SYS_settimeofday, NULL, (int[2]){0, 0}));
	tried("syslog", syscall(SYS_syslog, 3, (char[10]){0}, 10));
	tried("TIOCSTI", ioctl(0, TIOCSTI, "x"));
	tried("more descriptors", setrlimit(RLIMIT_NOFILE, &(struct rlimit){4096, 4096}));
	tried("a core dump", setrlimit(RLIMIT_CORE, &(struct rlimit){1, 1}));
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	printf("user %d\n", getuid());
	if (strcmp(argv[1], "wait") == 0) {
		/* Another process like this one. */
		printf("waiting\n");
		fflush(stdout);
		for (;;)
			pause();
	}
	if (argc == 7) {
		/* To see that the attempts are right: some that are harmless where nothing confines. */
		try_below(argv[4], "open-to-all", O_RDONLY);
		try_below(argv[4], "secret", O_RDONLY);
		other_processes(atoi(argv[1]), atoi(argv[2]), argv[5]);
		connections(atoi(argv[3]));
		printf("done\n");
		return 0;
	}
	if (argc < 6)
		return 2;
	/* Its own files still work. */
	char byte;
	if (pread(3, &byte, 1, 0) != 1 || open("/proc/self/fd/3", O_RDONLY) < 0)
		printf("its own file cannot be read: %s\n", strerror(errno));
	/* An image, which other machines boot from. */
	try_open("/proc/self/fd/3", O_RDWR);
	try_open("/proc/self/fd/3", O_WRONLY | O_TRUNC);
	files(argv[4]);
	other_processes(atoi(argv[1]), atoi(argv[2]), argv[5]);
	connections(atoi(argv[3]));
	programs();
	kernel();
	/* What was opened with O_PATH is still not to be read. */
	try_open("/proc/self/fd/11", O_RDONLY);
	printf("done\n");
	return 0;
}
