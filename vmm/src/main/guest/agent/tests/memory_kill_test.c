#include "check.h"
#include "sandbox/memory_kill.h"

static struct memory_log kernel;
static struct memory_victim victim;
static unsigned int group;

static bool reads(const char *message)
{
	return memory_log_read(&kernel, message, &victim, &group);
}

static bool choice(const char *name, const char *pid)
{
	char message[256];
	snprintf(message, sizeof message,
		 "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
		 "oom_memcg=/sandbox,task_memcg=/sandbox/code/17,task=%s,pid=%s,uid=1000",
		 name, pid);
	return reads(message);
}

static bool end(const char *name, const char *pid)
{
	char message[256];
	snprintf(message, sizeof message,
		 "Memory cgroup out of memory: Killed process %s (%s) total-vm:431808kB, "
		 "anon-rss:409600kB, file-rss:3072kB, shmem-rss:1024kB, UID:1000 pgtables:888kB "
		 "oom_score_adj:200",
		 pid, name);
	return reads(message);
}

static void both_messages_make_a_victim(void)
{
	CHECK(!choice("python3", "412"));
	CHECK(!reads("python3 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0"));
	CHECK(end("python3", "412"));
	CHECK(strcmp(victim.name, "python3") == 0 && group == 17);
	CHECK(victim.bytes == (409600 + 1024) * 1024ull);
	CHECK(!end("python3", "412"));
}

static void an_end_without_its_choice_is_nobodys(void)
{
	CHECK(!end("python3", "412"));
	CHECK(!choice("python3", "412"));
	CHECK(!end("node", "413"));
	CHECK(!reads("oom-kill:constraint=CONSTRAINT_NONE,task_memcg=/sandbox/tools,task=a,pid=412,uid=1000"));
	CHECK(!end("python3", "412"));
}

static void a_process_may_call_itself_anything(void)
{
	CHECK(!choice("a,pid=1,uid=0", "412"));
	CHECK(end(") total-vm:1kB", "412"));
	CHECK(strcmp(victim.name, ") total-vm:1kB") == 0 && victim.bytes == (409600 + 1024) * 1024ull);
	CHECK(!choice("", "412"));
	CHECK(end("", "412"));
	CHECK(*victim.name == '\0');
	CHECK(!choice("x", "412"));
	CHECK(!reads("Memory cgroup out of memory: Killed process 412 total-vm:"));
	CHECK(!reads("Memory cgroup out of memory: Killed process 412 ) total-vm:1kB (x"));
}

int main(void)
{
	both_messages_make_a_victim();
	an_end_without_its_choice_is_nobodys();
	a_process_may_call_itself_anything();
	puts("memory_kill: ok");
}
