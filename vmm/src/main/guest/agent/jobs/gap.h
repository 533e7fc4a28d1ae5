/*
 * What is left of a log that has grown beyond its bound: its beginning and its end. Pure.
 *
 * The log is one file in which every byte stays at its offset; the middle is a hole.
 */
#ifndef JOBS_GAP_H
#define JOBS_GAP_H

#include <stdint.h>

/* Where the hole of a log of so many bytes ends; it begins at JOB_LOG_HEAD. 0: there is none. */
uint64_t job_gap_end(uint64_t size);

/*
 * Where to read a log: moves the offset out of the gap, and returns how many bytes there are
 * from there on, up to the gap or the end, at most most.
 */
uint64_t job_window(uint64_t size, uint64_t gap_end, uint64_t *offset, uint64_t most);

#endif
