#include "runners/runner.h"

#include <sys/epoll.h>

static struct runner runners[LANGUAGES_MAX];

struct runner *runner_of(struct language *language)
{
	size_t count;
	struct runner *runner = &runners[language - languages(&count)];
	runner->language = language;
	return runner;
}

bool runner_is_busy(const struct runner *runner)
{
	return runner->client || (runner->state == RUNNER_CALLED && !runner->stale) ||
	       runner->state == RUNNER_EXITED;
}

bool runner_is_at_work(const struct runner *runner)
{
	return runner->state == RUNNER_CALLED || runner->state == RUNNER_RENEWING;
}

void runner_resume(struct runner *runner)
{
	if (runner->control.fd >= 0)
		source_watch(&runner->control, EPOLLIN);
}
