#include "sandbox/memory_kill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHOICE "oom-kill:"
#define GROUP ",task_memcg=/sandbox/code/"
#define END ": Killed process "

/* The last occurrence, because a process may have any of these texts in its name. */
static const char *last(const char *text, const char *wanted)
{
	const char *found = NULL;
	for (const char *at = text; (at = strstr(at, wanted)); at++)
		found = at;
	return found;
}

static void read_choice(struct memory_log *log, const char *message)
{
	const char *group = strstr(message, GROUP), *pid = last(message, ",pid=");
	log->chosen = 0;
	if (!group || !pid)
		return;
	log->group = (unsigned int)strtoul(group + strlen(GROUP), NULL, 10);
	log->chosen = (pid_t)strtol(pid + strlen(",pid="), NULL, 10);
}

static uint64_t kilobytes(const char *text, const char *name)
{
	const char *at = strstr(text, name);
	return at ? strtoull(at + strlen(name), NULL, 10) * 1024 : 0;
}

bool memory_log_read(struct memory_log *log, const char *message, struct memory_victim *victim,
		     unsigned int *group)
{
	if (strncmp(message, CHOICE, strlen(CHOICE)) == 0) {
		read_choice(log, message);
		return false;
	}
	const char *killed = strstr(message, END), *facts = last(message, ") total-vm:");
	if (!killed || !facts || log->chosen <= 0)
		return false;
	killed += strlen(END);
	const char *name = strchr(killed, '(');
	if (strtol(killed, NULL, 10) != log->chosen || !name || name > facts)
		return false;
	snprintf(victim->name, sizeof victim->name, "%.*s", (int)(facts - name - 1), name + 1);
	victim->bytes = kilobytes(facts, "anon-rss:") + kilobytes(facts, "shmem-rss:");
	*group = log->group;
	log->chosen = 0;
	return true;
}
