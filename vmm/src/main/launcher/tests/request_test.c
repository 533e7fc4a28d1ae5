#include "../requests/request.h"

#include <errno.h>
#include <string.h>

#include "check.h"

static char bytes[MAX_MESSAGE];
static size_t length;
static struct request request;

static void begin(uint32_t type, uint32_t first, uint32_t second)
{
	struct message message = {type, 77, first, second};
	memcpy(bytes, &message, sizeof message);
	length = sizeof message;
}

static void number(uint32_t value)
{
	memcpy(bytes + length, &value, sizeof value);
	length += sizeof value;
}

static void text(const char *value)
{
	memcpy(bytes + length, value, strlen(value) + 1);
	length += strlen(value) + 1;
}

/* Decodes a copy that ends where the message does, so that the sanitizer sees what reads on. */
static int decode(int descriptors)
{
	static char *copy;
	free(copy);
	copy = malloc(length > 0 ? length : 1);
	memcpy(copy, bytes, length);
	return request_decode(copy, length, descriptors, &request);
}

static void qemu_has_files_and_arguments(void)
{
	begin(REQUEST_QEMU, 0, 2);
	number(3);
	number(0);
	number(15);
	number(4);
	text("-smp");
	text("");
	CHECK(decode(3) == 0);
	CHECK(request.id == 77);
	CHECK(request.program.count == 3);
	CHECK(request.program.number[1] == 15);
	CHECK(request.program.arguments == 2);
	CHECK(strcmp(request.program.argument[1], "-smp") == 0);
	CHECK(request.program.argument[2][0] == 0);
	CHECK(request.program.argument[3] == NULL);
	CHECK(decode(2) == EINVAL);
	CHECK(decode(4) == EINVAL);
	for (size_t whole = length; length > 0; length--)
		CHECK(length == whole || decode(3) != 0);
}

static void files_have_different_numbers_in_range(void)
{
	begin(REQUEST_QEMU, 0, 0);
	number(2);
	number(1);
	number(1);
	CHECK(decode(2) == EINVAL);
	begin(REQUEST_QEMU, 0, 0);
	number(1);
	number(MAX_FILES);
	CHECK(decode(1) == EINVAL);
	begin(REQUEST_QEMU, 0, 0);
	number(0xffffffff);
	CHECK(decode(-1) == EINVAL);
	begin(REQUEST_QEMU, 0, 0);
	number(MAX_FILES + 1);
	CHECK(decode(MAX_FILES + 1) == EINVAL);
}

static void arguments_are_as_many_as_announced(void)
{
	begin(REQUEST_QEMU, 0, 1);
	number(0);
	text("a");
	text("b");
	CHECK(decode(0) == EINVAL);
	begin(REQUEST_QEMU, 0, MAX_ARGUMENTS + 1);
	number(0);
	for (int i = 0; i <= MAX_ARGUMENTS; i++)
		text("x");
	CHECK(decode(0) == E2BIG);
	begin(REQUEST_QEMU, 0, MAX_ARGUMENTS);
	number(0);
	for (int i = 0; i < MAX_ARGUMENTS; i++)
		text("x");
	CHECK(decode(0) == 0);
	CHECK(request.program.argument[MAX_ARGUMENTS + 1] == NULL);
	begin(REQUEST_QEMU, 0, 1);
	number(0);
	bytes[length++] = 'x';
	CHECK(decode(0) == EINVAL);
}

static void unknown_flags_are_refused(void)
{
	begin(REQUEST_QEMU, 2, 0);
	number(0);
	CHECK(decode(0) == EINVAL);
}

static void a_build_takes_nothing_but_standard_streams(void)
{
	begin(REQUEST_BUILD, 0, 0);
	number(1);
	number(2);
	CHECK(decode(1) == 0);
	begin(REQUEST_BUILD, 0, 0);
	number(1);
	number(3);
	CHECK(decode(1) == EINVAL);
	begin(REQUEST_BUILD, 0, 1);
	number(0);
	text("--other");
	CHECK(decode(0) == EINVAL);
}

static void the_others_are_a_message_alone(void)
{
	static const uint32_t types[] = {REQUEST_ABOUT, REQUEST_OPEN_KVM, REQUEST_KILL, REQUEST_NICE,
					 REQUEST_END_BUILDS};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		begin(types[i], 5, 19);
		CHECK(decode(0) == 0);
		CHECK(decode(1) == EINVAL);
		number(1);
		CHECK(decode(0) == EINVAL);
	}
	begin(REQUEST_NICE, 5, 20);
	CHECK(decode(0) == EINVAL);
	begin(0, 0, 0);
	CHECK(decode(0) == ENOSYS);
	begin(0xffffffff, 0, 0);
	CHECK(decode(0) == ENOSYS);
}

static void settings_have_a_range_and_a_path(void)
{
	begin(REQUEST_CONFIGURE, CONFIGURE_UNCONFINED, 0);
	number(2000);
	number(3000);
	text("/home/x");
	CHECK(decode(0) == 0);
	CHECK(request.first_uid == 2000 && request.last_uid == 3000);
	CHECK(strcmp(request.locks, "/home/x") == 0);
	CHECK(decode(1) == EINVAL);
	for (size_t whole = length; length > 0; length--)
		CHECK(length == whole || decode(0) != 0);
	begin(REQUEST_CONFIGURE, 0, 0);
	number(0);
	number(0);
	text("");
	CHECK(decode(0) == 0);
	text("");
	CHECK(decode(0) == EINVAL);
	begin(REQUEST_CONFIGURE, 0, 0);
	number(0);
	number(5);
	text("");
	CHECK(decode(0) == EINVAL);
	begin(REQUEST_CONFIGURE, 0, 0);
	number(2000);
	number(3000);
	text("relative");
	CHECK(decode(0) == EINVAL);
}

static void a_worker_has_the_name_of_a_namespace(void)
{
	begin(REQUEST_WORKER, 0, 0);
	text("team-1_x");
	CHECK(decode(0) == 0);
	CHECK(strcmp(request.namespace, "team-1_x") == 0);
	CHECK(decode(1) == EINVAL);
	for (size_t whole = length; length > 0; length--)
		CHECK(length == whole || decode(0) != 0);
	char longest[MAX_NAME + 1] = {0};
	memset(longest, 'a', MAX_NAME - 1);
	begin(REQUEST_WORKER, 0, 0);
	text(longest);
	CHECK(decode(0) == 0);
	longest[MAX_NAME - 1] = 'a';
	begin(REQUEST_WORKER, 0, 0);
	text(longest);
	CHECK(decode(0) == EINVAL);
	static const char *const wrong[] = {"", ".", "..", "a/b", "/", "-a", "_a", "A", "a.", "a b", "\xc3\xa4"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		begin(REQUEST_WORKER, 0, 0);
		text(wrong[i]);
		CHECK(decode(0) == EINVAL);
	}
	begin(REQUEST_WORKER, 0, 0);
	text("a");
	text("b");
	CHECK(decode(0) == EINVAL);
	begin(REQUEST_WORKER, 1, 0);
	text("a");
	CHECK(decode(0) == EINVAL);
}

static void a_worker_has_two_sockets(void)
{
	begin(REQUEST_CONNECT, 5, SOCKET_CONTROL);
	CHECK(decode(0) == 0);
	CHECK(decode(1) == EINVAL);
	number(0);
	CHECK(decode(0) == EINVAL);
	begin(REQUEST_CONNECT, 5, SOCKETS);
	CHECK(decode(0) == EINVAL);
}

static void a_link_is_a_file_and_a_plain_name(void)
{
	begin(REQUEST_LINK, 0, 0);
	text("0a_B-c.d");
	CHECK(decode(1) == 0);
	CHECK(strcmp(request.entry, "0a_B-c.d") == 0);
	CHECK(decode(0) == EINVAL);
	CHECK(decode(2) == EINVAL);
	for (size_t whole = length; length > 0; length--)
		CHECK(length == whole || decode(1) != 0);
	char longest[MAX_ENTRY + 1] = {0};
	memset(longest, 'a', MAX_ENTRY);
	begin(REQUEST_LINK, 0, 0);
	text(longest);
	CHECK(decode(1) == EINVAL);
	static const char *const wrong[] = {"", ".", "..", ".a", "a/b", "/", "../a", "a b", "a\n"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		begin(REQUEST_LINK, 0, 0);
		text(wrong[i]);
		CHECK(decode(1) == EINVAL);
	}
}

static void a_session_moves_to_a_namespace_and_back(void)
{
	begin(REQUEST_ADOPT, 0, 0);
	text("Id_-1");
	text("one");
	CHECK(decode(0) == 0);
	CHECK(strcmp(request.entry, "Id_-1") == 0 && strcmp(request.namespace, "one") == 0);
	CHECK(decode(1) == EINVAL);
	for (size_t whole = length; length > 0; length--)
		CHECK(length == whole || decode(0) != 0);
	static const char *const wrong[][2] = {{"..", "one"}, {"", "one"}, {"a/b", "one"}, {"a", ".."}, {"a", ""}};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		begin(REQUEST_ADOPT, 0, 0);
		text(wrong[i][0]);
		text(wrong[i][1]);
		CHECK(decode(0) == EINVAL);
	}
	begin(REQUEST_GIVE_BACK, 0, 0);
	text("one");
	CHECK(decode(0) == 0);
	text("two");
	CHECK(decode(0) == EINVAL);
}

int main(void)
{
	qemu_has_files_and_arguments();
	files_have_different_numbers_in_range();
	arguments_are_as_many_as_announced();
	unknown_flags_are_refused();
	a_build_takes_nothing_but_standard_streams();
	the_others_are_a_message_alone();
	settings_have_a_range_and_a_path();
	a_worker_has_the_name_of_a_namespace();
	a_worker_has_two_sockets();
	a_link_is_a_file_and_a_plain_name();
	a_session_moves_to_a_namespace_and_back();
	puts("request: ok");
	return 0;
}
