/*
 * What QEMU needs of the kernel: QEMU 7.2 (Debian 12) to 10 (Debian 13), with software emulation
 * and with KVM. All else is refused with EPERM: above all sockets (QEMU gets its connections as open
 * descriptors), processes, other processes' memory, mounts, and everything that changes a file's name
 * or rights.
 */
#ifndef QEMU_CALLS_H
#define QEMU_CALLS_H

#include <fcntl.h>
#include <linux/sockios.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

enum {
	SYS_RSEQ = 334,
	SYS_FUTEX_WAITV = 449,
	KVM_IOCTL_TYPE = 0xAE,
};

static const int QEMU_CALLS[] = {
	/* Its files, as far as Landlock lets it open any. */
	SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_preadv, SYS_pwritev,
	SYS_open, SYS_openat, SYS_close, SYS_lseek, SYS_fstat, SYS_stat, SYS_lstat, SYS_newfstatat,
	SYS_statx, SYS_access, SYS_faccessat, SYS_readlink, SYS_readlinkat, SYS_getdents64, SYS_getcwd,
	SYS_fstatfs, SYS_statfs, SYS_dup, SYS_dup2, SYS_dup3, SYS_ftruncate, SYS_fdatasync,
	SYS_fsync, SYS_fadvise64,
	/* Its connections, which are open when it starts, and waiting for them. */
	SYS_sendmsg, SYS_recvmsg, SYS_sendto, SYS_recvfrom, SYS_getsockname, SYS_getpeername,
	SYS_getsockopt, SYS_setsockopt, SYS_shutdown, SYS_poll, SYS_ppoll, SYS_select, SYS_pselect6,
	SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_wait, SYS_epoll_pwait, SYS_eventfd2, SYS_pipe, SYS_pipe2,
	SYS_signalfd4, SYS_timerfd_create, SYS_timerfd_settime, SYS_timerfd_gettime,
	/* Memory. */
	SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_brk, SYS_msync, SYS_mincore,
	SYS_mlock, SYS_munlock, SYS_membarrier,
	/* Threads, time and signals to itself. */
	SYS_futex, SYS_FUTEX_WAITV, SYS_set_robust_list, SYS_get_robust_list, SYS_RSEQ, SYS_set_tid_address,
	SYS_arch_prctl, SYS_gettid, SYS_getpid, SYS_getppid, SYS_getuid, SYS_geteuid, SYS_getgid,
	SYS_getegid, SYS_sched_yield, SYS_sched_getaffinity, SYS_sched_getparam, SYS_sched_getscheduler,
	SYS_sched_get_priority_max, SYS_sched_get_priority_min, SYS_getcpu, SYS_clock_gettime,
	SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday, SYS_time, SYS_times,
	SYS_getrusage, SYS_getrlimit, SYS_sysinfo, SYS_uname, SYS_getrandom, SYS_timer_create,
	SYS_timer_settime, SYS_timer_gettime, SYS_timer_delete, SYS_rt_sigaction, SYS_rt_sigprocmask,
	SYS_rt_sigreturn, SYS_rt_sigpending, SYS_rt_sigtimedwait, SYS_rt_sigsuspend, SYS_sigaltstack,
	SYS_restart_syscall, SYS_exit, SYS_exit_group, SYS_umask,
	/* The filter that QEMU adds to this one. */
	SYS_seccomp,
};

/* What a new thread must not ask for: namespaces, another parent, and to escape its tracer. */
#define QEMU_NO_CLONE                                                                              \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |  \
	 CLONE_NEWNET | CLONE_PTRACE | CLONE_UNTRACED | CLONE_PARENT | CLONE_VFORK)

/* Names of threads, their timers, and QEMU's own filter. PR_SET_PDEATHSIG is not among them. */
static const unsigned QEMU_PRCTL[] = {
	PR_SET_NAME, PR_GET_NAME, PR_SET_TIMERSLACK, PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS,
	PR_SET_SECCOMP, PR_GET_SECCOMP, PR_CAPBSET_READ, PR_GET_DUMPABLE, 0x53564d41 /* PR_SET_VMA */,
};

/* No signals to whom a file names (F_SETOWN), no leases. */
static const unsigned QEMU_FCNTL[] = {
	F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW,
	36 /* F_OFD_GETLK */, 37 /* F_OFD_SETLK */, 38 /* F_OFD_SETLKW */, 1032 /* F_GETPIPE_SZ */,
	1034 /* F_GET_SEALS */,
};

static const unsigned QEMU_IOCTL[] = {TCGETS, FIONREAD, FIONBIO, FIOCLEX};

#endif
