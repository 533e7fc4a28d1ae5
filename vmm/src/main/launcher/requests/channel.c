#define _GNU_SOURCE
#include "requests/channel.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

bool channel_receive(int socket, struct received *message)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(MAX_FILES * sizeof(int))];
	} control;
	struct iovec vector = {message->bytes, sizeof message->bytes};
	struct msghdr header = {
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control,
	};
	message->count = 0;
	message->error = 0;
	ssize_t length = recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (length < 0)
		return false;
	message->length = (size_t)length;
	for (struct cmsghdr *one = CMSG_FIRSTHDR(&header); one != NULL; one = CMSG_NXTHDR(&header, one)) {
		if (one->cmsg_level != SOL_SOCKET || one->cmsg_type != SCM_RIGHTS)
			continue;
		size_t count = (one->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int file;
			memcpy(&file, CMSG_DATA(one) + i * sizeof file, sizeof file);
			if (message->count < MAX_FILES)
				message->files[message->count++] = file;
			else
				close(file);
		}
	}
	if ((header.msg_flags & MSG_TRUNC) != 0 || message->length > MAX_MESSAGE)
		message->error = EMSGSIZE;
	else if ((header.msg_flags & MSG_CTRUNC) != 0)
		message->error = E2BIG;
	return true;
}

bool channel_ended(int socket)
{
	/* An empty message is received as the end is, so the length does not tell. */
	struct pollfd state = {.fd = socket, .events = POLLIN | POLLRDHUP};
	char byte;
	return poll(&state, 1, 0) == 1 && (state.revents & (POLLHUP | POLLRDHUP)) != 0 &&
	       recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

bool channel_send(int socket, const struct message *message, const void *more, size_t length, int file)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec vectors[] = {
		{(void *)message, sizeof *message},
		{(void *)more, length},
	};
	struct msghdr header = {.msg_iov = vectors, .msg_iovlen = length > 0 ? 2 : 1};
	if (file >= 0) {
		memset(&control, 0, sizeof control);
		header.msg_control = &control;
		header.msg_controllen = sizeof control;
		struct cmsghdr *one = CMSG_FIRSTHDR(&header);
		one->cmsg_level = SOL_SOCKET;
		one->cmsg_type = SCM_RIGHTS;
		one->cmsg_len = CMSG_LEN(sizeof file);
		memcpy(CMSG_DATA(one), &file, sizeof file);
	}
	ssize_t sent = sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
	/* If nobody receives any more, there is nothing to wait for. */
	return sent >= 0 || (errno != EAGAIN && errno != ENOBUFS && errno != ENOMEM && errno != ETOOMANYREFS);
}
