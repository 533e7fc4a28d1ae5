#include "jobs/gap.h"

#include "protocol/protocol.h"

uint64_t job_gap_end(uint64_t size)
{
	if (size <= LOG_MAX)
		return 0;
	uint64_t end = size - JOB_LOG_TAIL;
	return end - end % JOB_LOG_STEP;
}

uint64_t job_window(uint64_t size, uint64_t gap_end, uint64_t *offset, uint64_t most)
{
	if (*offset >= JOB_LOG_HEAD && *offset < gap_end)
		*offset = gap_end;
	uint64_t end = gap_end > 0 && *offset < JOB_LOG_HEAD ? JOB_LOG_HEAD : size;
	uint64_t there = *offset < end ? end - *offset : 0;
	return there < most ? there : most;
}
