#include "../options.h"

#include <string.h>

#include "check.h"

static struct options options;

static const char *parse(const char *line)
{
	static char copy[4096];
	static char *words[200];
	int count = 0;
	strcpy(copy, line);
	for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
		words[count++] = word;
	words[count] = NULL;
	return options_parse(count, words, &options);
}

static void a_server_has_its_rules_and_its_command_line(void)
{
	CHECK(parse("l server --read /a --execute /b --write /c --keep-capability 5 --qemu /q "
		    "--uids 2000-2001 --locks /l --build /bin/b --build -x -- java --qemu x") == NULL);
	CHECK(options.starts_server && options.socket < 0);
	CHECK(options.rule_count == 3 && options.rules[2].use == USE_WRITE);
	CHECK(options.capabilities == 1 << 5 && !options.keeps_capabilities);
	CHECK(options.first_uid == 2000 && options.last_uid == 2001);
	CHECK(options.build.count == 2 && options.build.word[2] == NULL);
	CHECK(strcmp(options.server[0], "java") == 0 && strcmp(options.server[2], "x") == 0);
}

static void a_worker_has_rules_of_its_own(void)
{
	CHECK(parse("l server --read /a --worker java --worker @TENANT@/x --worker -- --worker-read /b "
		    "--worker-write /c --worker-execute /d --tenants /t --worker-uids 3000-3001 --worker-grace 5 "
		    "-- java") == NULL);
	CHECK(options.rule_count == 1 && options.worker.rule_count == 3);
	CHECK(options.worker.rules[1].use == USE_WRITE && options.worker.rules[2].use == USE_EXECUTE);
	CHECK(options.worker.command.count == 3 && strcmp(options.worker.command.word[2], "--") == 0);
	CHECK(options.worker.first_uid == 3000 && options.worker.last_uid == 3001);
	CHECK(options.worker.grace == 5 && strcmp(options.worker.tenants, "/t") == 0);
	CHECK(parse("l server -- java") == NULL && options.worker.grace == 60);
	CHECK(parse("l server --worker java -- java") != NULL);
	CHECK(parse("l server --tenants /t -- java") != NULL);
	CHECK(parse("l server --worker java --tenants t -- java") != NULL);
	CHECK(parse("l server --worker-other /x -- java") != NULL);
	CHECK(parse("l server --worker-uids 999-2000 -- java") != NULL);
	CHECK(parse("l server --worker-grace 3601 -- java") != NULL);
}

static void a_server_may_have_a_user_of_its_own(void)
{
	CHECK(parse("l server --user 60706 --settled -- java") == NULL);
	CHECK(options.server_uid == 60706 && options.settled);
	CHECK(parse("l server --user 0 -- java") != NULL);
	CHECK(parse("l server --user 999 -- java") != NULL);
	CHECK(parse("l server --user x -- java") != NULL);
}

static void who_serves_needs_a_socket(void)
{
	CHECK(parse("l serve --socket 3 --qemu /q") == NULL);
	CHECK(options.socket == 3);
	CHECK(parse("l serve --qemu /q") != NULL);
	CHECK(parse("l serve --socket 3 -- java") != NULL);
	CHECK(parse("l server --socket 3 -- java") != NULL);
	CHECK(parse("l serve --socket 2") != NULL);
	CHECK(parse("l serve --socket 9999") != NULL);
}

static void nonsense_is_refused(void)
{
	CHECK(parse("l") != NULL);
	CHECK(parse("l other") != NULL);
	CHECK(parse("l server --") != NULL);
	CHECK(parse("l server java") != NULL);
	CHECK(parse("l server --read") != NULL);
	CHECK(parse("l server --read relative -- java") != NULL);
	CHECK(parse("l server --other /x -- java") != NULL);
	CHECK(parse("l server --keep-capability 64 -- java") != NULL);
}

static void no_user_of_the_system_is_in_the_range(void)
{
	uint32_t first, last;
	CHECK(options_uids("61184-65519", &first, &last) && first == 61184 && last == 65519);
	CHECK(options_uids("1000-1000", &first, &last));
	static const char *const wrong[] = {"",        "0-5",     "999-2000", "2000-1999", "2000",
					    "2000-",   "-2000",   "+2000-3000", "2000-99999999999",
					    "2000-3000x", " 2000-3000", "4294967296-4294967297"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		CHECK(!options_uids(wrong[i], &first, &last));
}

int main(void)
{
	a_server_has_its_rules_and_its_command_line();
	a_worker_has_rules_of_its_own();
	a_server_may_have_a_user_of_its_own();
	who_serves_needs_a_socket();
	nonsense_is_refused();
	no_user_of_the_system_is_in_the_range();
	puts("options: ok");
	return 0;
}
