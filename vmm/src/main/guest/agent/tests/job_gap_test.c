#include "check.h"
#include "jobs/gap.h"
#include "protocol/protocol.h"

#include <string.h>

static void a_log_within_its_bound_has_no_gap(void)
{
	CHECK(job_gap_end(0) == 0);
	CHECK(job_gap_end(LOG_MAX) == 0);
	CHECK(job_gap_end(LOG_MAX + 1) > JOB_LOG_HEAD);
}

/* Whatever its size: no more than the bound is kept, and no less than the end that is promised. */
static void what_is_kept_is_bounded(void)
{
	uint64_t before = 0;
	for (uint64_t size = LOG_MAX + 1; size < 8ull * LOG_MAX; size += 65521) {
		uint64_t end = job_gap_end(size);
		CHECK(end >= before && end > JOB_LOG_HEAD && end <= size);
		CHECK(JOB_LOG_HEAD + (size - end) <= LOG_MAX);
		CHECK(size - end >= JOB_LOG_TAIL);
		before = end;
	}
	CHECK(job_gap_end(INT64_MAX) < INT64_MAX);
}

static void a_window_is_bounded_by_what_is_there(void)
{
	uint64_t offset = 0;
	CHECK(job_window(100, 0, &offset, 10) == 10 && offset == 0);
	offset = 95;
	CHECK(job_window(100, 0, &offset, 10) == 5 && offset == 95);
	offset = 100;
	CHECK(job_window(100, 0, &offset, 10) == 0 && offset == 100);
	offset = INT64_MAX;
	CHECK(job_window(100, 0, &offset, 10) == 0 && offset == INT64_MAX);
}

static void a_window_never_shows_the_gap(void)
{
	const uint64_t size = 4ull * LOG_MAX, gap = job_gap_end(size);
	uint64_t offset = JOB_LOG_HEAD - 4;
	CHECK(job_window(size, gap, &offset, 10) == 4 && offset == JOB_LOG_HEAD - 4);
	offset = JOB_LOG_HEAD;
	CHECK(job_window(size, gap, &offset, 10) == 10 && offset == gap);
	offset = gap - 1;
	CHECK(job_window(size, gap, &offset, 10) == 10 && offset == gap);
	offset = gap;
	CHECK(job_window(size, gap, &offset, 10) == 10 && offset == gap);
	offset = size - 3;
	CHECK(job_window(size, gap, &offset, 10) == 3);
}

int main(void)
{
	a_log_within_its_bound_has_no_gap();
	what_is_kept_is_bounded();
	a_window_is_bounded_by_what_is_there();
	a_window_never_shows_the_gap();
	puts("job gap: ok");
}
