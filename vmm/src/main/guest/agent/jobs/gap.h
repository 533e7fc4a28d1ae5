/*
 * Which parts of a log are kept when it exceeds its limit: its beginning and its end. No I/O.
 *
 * The log is one file in which every byte stays at its offset. The middle is a hole.
 */
#ifndef JOBS_GAP_H
#define JOBS_GAP_H

#include <stdint.h>

/* The end of the hole in a log of size bytes; 0: none. The hole begins at JOB_LOG_HEAD. */
uint64_t job_gap_end(uint64_t size);

/*
 * Moves an offset that lies in the hole to its end. Returns how many bytes can be read from there,
 * up to the hole or the end of the log, and no more than most.
 */
uint64_t job_window(uint64_t size, uint64_t gap_end, uint64_t *offset, uint64_t most);

#endif
