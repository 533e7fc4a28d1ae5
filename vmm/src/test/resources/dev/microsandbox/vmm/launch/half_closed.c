/*
 * Starts a launcher (its program and a QEMU are the arguments), and then sends no more requests, but
 * keeps its end of the socket open. Exits with the launcher's status, or 1 if it has not ended by then.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SOCKET = 3, SECONDS = 10 };

int main(int argc, char **argv)
{
	int ends[2];
	if (argc < 3 || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) < 0)
		return 2;
	pid_t launcher = fork();
	if (launcher == 0) {
		/* Both ends are above the standard streams, one of them may be 3 already. */
		int theirs = dup(ends[1]);
		close(ends[0]);
		dup2(theirs, SOCKET);
		execl(argv[1], argv[1], "serve", "--socket", "3", "--qemu", argv[2], NULL);
		_exit(2);
	}
	close(ends[1]);
	shutdown(ends[0], SHUT_WR);
	for (int tenths = 0; tenths < 10 * SECONDS; tenths++) {
		int status;
		if (waitpid(launcher, &status, WNOHANG) == launcher)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
		usleep(100000);
	}
	kill(launcher, SIGKILL);
	printf("the launcher has not ended\n");
	return 1;
}
