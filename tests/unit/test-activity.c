/* SPDX-License-Identifier: MIT */
#include "stream/activity.h"

#include <math.h>

#include "sew/sew.h"
#include "tone-model.h"

#define STEP_SAMPLES 5760 /* 360 ms */

static float *
make_noise (gsize n_samples, float loudness, float colour)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (3);
  float *samples = g_new (float, n_samples);
  float smoothed = 0.0f;

  for (gsize i = 0; i < n_samples; i++) {
    smoothed += colour * ((float) g_rand_double_range (random, -1.0, 1.0) - smoothed);
    samples[i] = loudness * smoothed / sqrtf (colour);
  }
  return samples;
}

/* In how many of the steps something was to be heard. */
static guint
count_active_steps (const float *samples, gsize n_samples)
{
  SewActivity *activity = sew_activity_new (2 * STEP_SAMPLES);
  guint n_active = 0;

  for (gsize i = 0; i + STEP_SAMPLES <= n_samples; i += STEP_SAMPLES) {
    sew_activity_push (activity, samples + i, STEP_SAMPLES);
    n_active += sew_activity_find_quiet (activity, i) > i;
  }
  sew_activity_free (activity);
  return n_active;
}

/* Ten minutes of noise at one level, whatever its colour, are hardly ever worth a look. */
static void
test_noise (void)
{
  static const float colours[] = { 1.0f, 0.2f, 0.02f };
  static const float loudness[] = { 0.001f, 0.03f, 0.9f };
  const gsize n_samples = 600 * SEW_SAMPLE_RATE_HZ;

  for (guint i = 0; i < G_N_ELEMENTS (colours); i++) {
    g_autofree float *noise = make_noise (n_samples, loudness[i], colours[i]);
    g_assert_cmpuint (count_active_steps (noise, n_samples), <=, 8);
  }
}

static void
test_nothing (void)
{
  g_autofree float *samples = g_new0 (float, 10 * SEW_SAMPLE_RATE_HZ);

  g_assert_cmpuint (count_active_steps (samples, 10 * SEW_SAMPLE_RATE_HZ), ==, 0);
  for (gsize i = 0; i < 10 * SEW_SAMPLE_RATE_HZ; i++) /* an offset, and mains hum */
    samples[i] = 0.1f + 0.05f * sinf ((float) (i % 320) * 2.0f * (float) G_PI / 320.0f);
  g_assert_cmpuint (count_active_steps (samples, 10 * SEW_SAMPLE_RATE_HZ), ==, 0);
}

/* A fan that is switched on is heard for a few seconds, and then no more. */
static void
test_louder_noise (void)
{
  const gsize n_samples = 60 * SEW_SAMPLE_RATE_HZ;
  g_autofree float *noise = make_noise (n_samples, 0.01f, 0.5f);

  for (gsize i = n_samples / 2; i < n_samples; i++)
    noise[i] *= 8.0f;
  guint n_active = count_active_steps (noise, n_samples);
  g_assert_cmpuint (n_active, >=, 1);
  g_assert_cmpuint (n_active, <=, 5 * SEW_SAMPLE_RATE_HZ / STEP_SAMPLES);
}

/* No letter is missed, soft as it may be, also in noise that is as loud. */
static void
test_soft_speech (void)
{
  static const struct {
    float speech, noise;
  } mixes[] = { { 0.005f, 0.0f }, { 0.01f, 0.001f }, { 0.05f, 0.005f }, { 0.5f, 0.1f } };
  gsize n_samples;
  g_autofree float *speech = tone_model_speak ("..........THE.QUICK BROWN.FOX JUMPS OVER THE LAZY"
                                               " DOG.............AND.THEN.IT SLEEPS",
                                               &n_samples);

  for (guint mix = 0; mix < G_N_ELEMENTS (mixes); mix++) {
    g_autofree float *samples = make_noise (n_samples, mixes[mix].noise, 1.0f);
    SewActivity *activity = sew_activity_new (n_samples);
    for (gsize i = 0; i < n_samples; i++)
      samples[i] += mixes[mix].speech * speech[i];
    for (gsize i = 0; i < n_samples; i += TONE_LETTER_SAMPLES) {
      sew_activity_push (activity, samples + i, TONE_LETTER_SAMPLES);
      if (speech[i + TONE_SAMPLES / 2] != 0.0f)
        g_assert_cmpuint (sew_activity_find_quiet (activity, i), >, i);
    }
    sew_activity_free (activity);
  }
}

/* The pieces that samples come in make no difference. */
static void
test_pieces (void)
{
  gsize n_samples;
  g_autofree float *speech = tone_model_speak ("...SOME WORDS....AND.MORE", &n_samples);
  SewActivity *whole = sew_activity_new (n_samples);
  SewActivity *pieces = sew_activity_new (n_samples);

  sew_activity_push (whole, speech, n_samples);
  for (gsize i = 0; i < n_samples; i += 77)
    sew_activity_push (pieces, speech + i, MIN (77, n_samples - i));
  for (gsize i = 0; i < n_samples; i += 320)
    g_assert_cmpuint (sew_activity_find_quiet (whole, i), ==, sew_activity_find_quiet (pieces, i));
  sew_activity_reset (whole);
  g_assert_cmpuint (sew_activity_find_quiet (whole, 0), ==, 0);
  sew_activity_free (whole);
  sew_activity_free (pieces);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/activity/noise", test_noise);
  g_test_add_func ("/activity/nothing", test_nothing);
  g_test_add_func ("/activity/louder-noise", test_louder_noise);
  g_test_add_func ("/activity/soft-speech", test_soft_speech);
  g_test_add_func ("/activity/pieces", test_pieces);
  return g_test_run ();
}
