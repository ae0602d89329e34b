/*
 * Figures of repeated runs and what is made of them. The machine that
 * measures is rarely quiet: medians, and the median of the distances from it
 * (MAD) for how much they scatter.
 */
#ifndef JAIL_BENCH_SAMPLES_H
#define JAIL_BENCH_SAMPLES_H

#include "lib/base.h"

#include <string.h>
#include <time.h>

enum { SAMPLES_MAX = 2000 };

struct samples {
	double values[SAMPLES_MAX];
	size_t count;
};

static inline int samples_compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static inline void samples_add(struct samples *samples, double value)
{
	if (samples->count < SAMPLES_MAX)
		samples->values[samples->count++] = value;
}

/* 0 if there are none. Sorts. */
static inline double samples_median(struct samples *samples)
{
	size_t half = samples->count / 2;

	if (samples->count == 0)
		return 0;
	qsort(samples->values, samples->count, sizeof(double), samples_compare);
	if (samples->count % 2)
		return samples->values[half];
	return (samples->values[half - 1] + samples->values[half]) / 2;
}

static inline double samples_scatter(struct samples *samples)
{
	double median = samples_median(samples);
	struct samples distances = { .count = samples->count };

	for (size_t i = 0; i < samples->count; i++) {
		double distance = samples->values[i] - median;

		distances.values[i] = distance < 0 ? -distance : distance;
	}
	return samples_median(&distances);
}

/* Milliseconds on the monotonic clock. */
static inline double milliseconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

#endif
