/* SPDX-License-Identifier: MIT */
#include "stream/activity.h"

#include <math.h>
#include <string.h>

#define BLOCK 320 /* samples: 20 ms; divisible by two as often as there are bands */
#define N_BANDS 5 /* from 4 to 8 kHz down to 250 to 500 Hz; what is below is hum */
#define SILENT_POWER 2.5e-7

/* The floor is the least power over this many blocks (320 ms) within so many around (4 s back, and
 * a little ahead so that the first sound of a clip has a floor too). */
#define FLOOR_BLOCKS 16
#define FLOOR_REACH_BACK 200
#define FLOOR_REACH_AHEAD 16

/* How far the power of 40 ms of noise strays above that floor by chance, once in an hour or so:
 * the narrower the band, the farther. */
static const float standing_out[N_BANDS] = { 1.55f, 1.8f, 2.25f, 3.0f, 4.8f };

typedef struct {
  float power[N_BANDS];
  float average[N_BANDS]; /* of the last FLOOR_BLOCKS */
  gboolean silent;
} Block;

struct _SewActivity {
  Block *blocks;    /* ring [n_slots] */
  gsize n_slots;    /* as far back as one is asked about, and the floor from there */
  guint64 n_blocks; /* measured in this clip */
  float partial[BLOCK];
  gsize n_partial; /* samples of the block to come */
};

SewActivity *
sew_activity_new (gsize n_samples)
{
  SewActivity *activity = g_new0 (SewActivity, 1);

  activity->n_slots = n_samples / BLOCK + FLOOR_REACH_BACK + 2;
  activity->blocks = g_new (Block, activity->n_slots);
  return activity;
}

void
sew_activity_free (SewActivity *activity)
{
  g_free (activity->blocks);
  g_free (activity);
}

void
sew_activity_reset (SewActivity *activity)
{
  activity->n_blocks = 0;
  activity->n_partial = 0;
}

static Block *
get_block (const SewActivity *activity, guint64 index)
{
  return &activity->blocks[index % activity->n_slots];
}

static gboolean
is_silent (const float *samples, gsize n)
{
  double sum = 0.0, sum_of_squares = 0.0;

  for (gsize i = 0; i < n; i++) {
    sum += (double) samples[i];
    sum_of_squares += (double) samples[i] * (double) samples[i];
  }
  return (sum_of_squares - sum * sum / (double) n) / (double) n <= SILENT_POWER;
}

/* Haar's wavelets: differences of neighbours are the upper half of what is there, their sums go on
 * to the next octave. samples: [BLOCK], overwritten. */
static void
measure_bands (float *samples, float power[N_BANDS])
{
  gsize n = BLOCK;

  for (guint band = 0; band < N_BANDS; band++) {
    float sum = 0.0f;
    n /= 2;
    for (gsize i = 0; i < n; i++) {
      float difference = samples[2 * i] - samples[2 * i + 1];
      samples[i] = (samples[2 * i] + samples[2 * i + 1]) * (float) G_SQRT2 / 2.0f;
      sum += difference * difference / 2.0f;
    }
    power[band] = sum / BLOCK;
  }
}

static void
average_blocks (SewActivity *activity, Block *block)
{
  for (guint band = 0; band < N_BANDS; band++) {
    float sum = block->power[band];
    guint64 n = MIN (activity->n_blocks, FLOOR_BLOCKS - 1);
    for (guint64 i = 1; i <= n; i++)
      sum += get_block (activity, activity->n_blocks - i)->power[band];
    block->average[band] = sum / (float) (n + 1);
  }
}

static void
finish_block (SewActivity *activity)
{
  Block *block = get_block (activity, activity->n_blocks);

  block->silent = is_silent (activity->partial, BLOCK);
  measure_bands (activity->partial, block->power);
  average_blocks (activity, block);
  activity->n_blocks++;
  activity->n_partial = 0;
}

void
sew_activity_push (SewActivity *activity, const float *samples, gsize n_samples)
{
  while (n_samples > 0) {
    gsize n = MIN (n_samples, BLOCK - activity->n_partial);
    memcpy (activity->partial + activity->n_partial, samples, n * sizeof (float));
    activity->n_partial += n;
    samples += n;
    n_samples -= n;
    if (activity->n_partial == BLOCK)
      finish_block (activity);
  }
}

/* FALSE if too little of the clip has been heard. */
static gboolean
find_floor (const SewActivity *activity, guint64 index, float floor[N_BANDS])
{
  guint64 oldest = activity->n_blocks - MIN (activity->n_blocks, activity->n_slots);
  guint64 first = MAX (index - MIN (index, FLOOR_REACH_BACK), oldest);
  guint64 end = MIN (index + FLOOR_REACH_AHEAD, activity->n_blocks);

  first = MAX (first, FLOOR_BLOCKS - 1);
  for (guint band = 0; band < N_BANDS; band++)
    floor[band] = INFINITY;
  for (guint64 i = first; i < end; i++)
    for (guint band = 0; band < N_BANDS; band++)
      floor[band] = MIN (floor[band], get_block (activity, i)->average[band]);
  return first < end;
}

static gboolean
is_block_quiet (const SewActivity *activity, guint64 index)
{
  const Block *block = get_block (activity, index);
  const Block *before = index > 0 ? get_block (activity, index - 1) : block;
  float floor[N_BANDS];

  if (block->silent)
    return TRUE;
  if (!find_floor (activity, index, floor))
    return FALSE;
  for (guint band = 0; band < N_BANDS; band++)
    if ((block->power[band] + before->power[band]) / 2.0f > standing_out[band] * floor[band])
      return FALSE;
  return TRUE;
}

guint64
sew_activity_find_quiet (const SewActivity *activity, guint64 first_sample)
{
  guint64 first = first_sample / BLOCK;
  guint64 end = activity->n_blocks;

  /* less than a block is nothing to hear, unless it is the whole clip */
  if (end == 0)
    return is_silent (activity->partial, MAX (activity->n_partial, 1)) ? first_sample : G_MAXUINT64;
  while (end > first && is_block_quiet (activity, end - 1))
    end--;
  return MAX (end * BLOCK, first_sample);
}
