#include "check.h"
#include "languages/manifest.h"
#include "processes/environment.h"
#include "protocol/protocol.h"
#include "protocol/text.h"

static void is_copied_as(const char *text, size_t size, size_t capacity, const char *expected)
{
	char out[64];
	size_t used = text_copy(out, capacity, text, size);
	CHECK(used == strlen(expected) && memcmp(out, expected, used) == 0);
}

static void what_is_not_utf8_is_replaced(void)
{
	is_copied_as("abc", 3, 64, "abc");
	is_copied_as("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9, 64, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
	is_copied_as("a\xff" "b\x80", 4, 64, "a?b?");
	is_copied_as("\xc0\x80", 2, 64, "??");          /* overlong */
	is_copied_as("\xe0\x80\x80", 3, 64, "???");     /* overlong */
	is_copied_as("\xed\xa0\x80", 3, 64, "???");     /* surrogate */
	is_copied_as("\xf4\x90\x80\x80", 4, 64, "????"); /* beyond U+10FFFF */
	is_copied_as("\xe2\x82", 2, 64, "??");          /* cut off */
}

static void text_is_cut_between_characters(void)
{
	is_copied_as("a\xe2\x82\xac", 4, 3, "a");
	is_copied_as("a\xe2\x82\xac", 4, 4, "a\xe2\x82\xac");
	is_copied_as("abc", 3, 0, "");
}

static void a_message_has_its_length(void)
{
	uint8_t bytes[16];
	struct writer writer = writer_into(bytes, sizeof bytes);
	write_message(&writer, "caf\xe9");
	struct reader reader = reader_of(bytes, writer.size);
	CHECK_TEXT(read_slice(&reader), "caf?");
	CHECK(reader_finished(&reader));
}

static void a_manifest_is_parsed(void)
{
	char text[] = "# Python\nstart=/usr/bin/python3 -X  dev main.py\nalias=py\r\nalias=python3\n"
		      "unknown=1\nversion=python3 --version\nno equals sign\n";
	struct manifest manifest;
	CHECK(manifest_parse(text, &manifest));
	CHECK(strcmp(manifest.start[0], "/usr/bin/python3") == 0);
	CHECK(strcmp(manifest.start[2], "dev") == 0 && strcmp(manifest.start[3], "main.py") == 0);
	CHECK(!manifest.start[4]);
	CHECK(strcmp(manifest.version[1], "--version") == 0);
	CHECK(manifest.alias_count == 2 && strcmp(manifest.aliases[0], "py") == 0);
	CHECK(strcmp(manifest.aliases[1], "python3") == 0 && !manifest.requires);
}

static void a_manifest_without_a_start_is_none(void)
{
	char text[] = "alias=x\nstart=\n";
	struct manifest manifest;
	CHECK(!manifest_parse(text, &manifest));
}

static void a_manifest_of_programs_needs_no_start(void)
{
	char text[] = "file=main.c\ncompile=gcc main.c\nrun=./a.out\npackage=gcc libc6-dev\n";
	struct manifest manifest;
	CHECK(manifest_parse(text, &manifest));
	CHECK(manifest.programs && manifest.addable);
	CHECK(strcmp(manifest.start[0], PROGRAMS_RUNNER) == 0 && !manifest.start[1]);
	char interpreter[] = "start=python3 main.py\n";
	CHECK(manifest_parse(interpreter, &manifest));
	CHECK(!manifest.programs && !manifest.addable);
}

static void a_manifest_with_too_much_is_cut(void)
{
	char text[4096] = "start=";
	for (int i = 0; i < 40; i++)
		strcat(text, "w ");
	for (int i = 0; i < 20; i++)
		strcat(text, "\nalias=a");
	struct manifest manifest;
	CHECK(manifest_parse(text, &manifest));
	CHECK(manifest.alias_count == MANIFEST_ALIASES_MAX && !manifest.start[MANIFEST_WORDS_MAX]);
}

static void etc_environment_is_parsed(void)
{
	char text[] = "# c\nA=1\nB=\"two words\"\nexport C='x'\n=none\nnone\n  D=d \t\nE=\n";
	char *entries[8];
	CHECK(environment_parse(text, entries, 8) == 5);
	CHECK(strcmp(entries[0], "A=1") == 0 && strcmp(entries[1], "B=two words") == 0);
	CHECK(strcmp(entries[2], "C=x") == 0 && strcmp(entries[3], "D=d") == 0);
	CHECK(strcmp(entries[4], "E=") == 0);
}

static void later_entries_replace_earlier_ones(void)
{
	char *extra[] = {"HOME=/tmp", "X=1", "X=2", NULL};
	char **environment = environment_build(extra, false);
	CHECK(strcmp(environment_get(environment, "HOME"), "/tmp") == 0);
	CHECK(strcmp(environment_get(environment, "X"), "2") == 0);
	CHECK(strcmp(environment_get(environment, "USER"), "sandbox") == 0);
	CHECK(!environment_get(environment, "HOM"));
	free(environment);
	environment = environment_build(NULL, true);
	CHECK(strcmp(environment_get(environment, "HOME"), "/root") == 0);
	free(environment);
}

int main(void)
{
	what_is_not_utf8_is_replaced();
	text_is_cut_between_characters();
	a_message_has_its_length();
	a_manifest_is_parsed();
	a_manifest_without_a_start_is_none();
	a_manifest_of_programs_needs_no_start();
	a_manifest_with_too_much_is_cut();
	etc_environment_is_parsed();
	later_entries_replace_earlier_ones();
	puts("text: ok");
}
