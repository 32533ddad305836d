/* SPDX-License-Identifier: MIT */
#include "tone-model.h"

#include <math.h>
#include <string.h>

#include "checkpoint-fixture.h"

#define SAMPLE_RATE_HZ 16000
#define FIRST_LETTER 4 /* its token, after the special ones; it is the gap between words */
#define LETTERS "|ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define N_TOKENS 32
#define N_TONES 27
/* Cosine and sine and the negatives of both: squares of what is positive add up to the power. */
#define N_FILTERS (4 * N_TONES)
#define KERNEL 400
#define STRIDE 320
#define GAIN 10.0

#define CONFIG                                                                                     \
  "{\"model_type\": \"sew\", \"architectures\": [\"SEWForCTC\"], \"hidden_size\": 32,"             \
  " \"num_hidden_layers\": %u, \"num_attention_heads\": 1, \"intermediate_size\": 1,"              \
  " \"conv_dim\": [108], \"conv_kernel\": [400], \"conv_stride\": [320],"                          \
  " \"num_feat_extract_layers\": 1, \"conv_bias\": false, \"feat_extract_norm\": \"layer\","       \
  " \"feat_extract_activation\": \"relu2\", \"num_conv_pos_embeddings\": 2,"                       \
  " \"num_conv_pos_embedding_groups\": 1, \"squeeze_factor\": 2, \"vocab_size\": 32,"              \
  " \"pad_token_id\": 0}"

static double
get_frequency_hz (guint tone)
{
  return 400.0 + 120.0 * tone;
}

/* A tensor of that name and shape with all values the same. */
static FixtureTensor *
add (GPtrArray *tensors, const char *name, float value, guint n_dims, guint a, guint b, guint c)
{
  FixtureTensor *tensor = fixture_add_tensor (tensors, name, n_dims, a, b, c);

  for (gsize i = 0; i < tensor->n_values; i++)
    tensor->values[i] = value;
  return tensor;
}

static void
add_norm (GPtrArray *tensors, const char *module, guint n)
{
  g_autofree char *weight = g_strconcat (module, ".weight", NULL);
  g_autofree char *bias = g_strconcat (module, ".bias", NULL);

  add (tensors, weight, 1.0f, 1, n, 0, 0);
  add (tensors, bias, 0.0f, 1, n, 0, 0);
}

static FixtureTensor *
add_linear (GPtrArray *tensors, const char *module, guint n_out, guint n_in)
{
  g_autofree char *weight = g_strconcat (module, ".weight", NULL);
  g_autofree char *bias = g_strconcat (module, ".bias", NULL);

  add (tensors, bias, 0.0f, 1, n_out, 0, 0);
  return add (tensors, weight, 0.0f, 2, n_out, n_in, 0);
}

/* One row an output: takes up the input of the same number, counted around. */
static void
make_identity (FixtureTensor *tensor)
{
  gsize n_in = tensor->shape[1];

  for (gsize out = 0; out < tensor->shape[0]; out++)
    tensor->values[out * n_in + out % n_in] = 1.0f;
}

/* Frames do not overlap: a filter looks no farther than to the next frame. */
static void
add_filters (GPtrArray *tensors)
{
  FixtureTensor *tensor = add (tensors, "sew.feature_extractor.conv_layers.0.conv.weight", 0.0f, 3,
                               N_FILTERS, 1, KERNEL);

  for (guint filter = 0; filter < N_FILTERS; filter++) {
    double omega = 2.0 * G_PI * get_frequency_hz (filter / 4) / SAMPLE_RATE_HZ;
    double sign = filter % 2 == 0 ? 1.0 : -1.0;
    for (guint i = 0; i < STRIDE; i++) {
      double wave = filter / 2 % 2 == 0 ? cos (omega * i) : sin (omega * i);
      double shape = 1.0 - cos (2.0 * G_PI * (i + 0.5) / STRIDE);
      tensor->values[filter * KERNEL + i] = (float) (sign * GAIN * shape * wave / STRIDE);
    }
  }
  add_norm (tensors, "sew.feature_extractor.conv_layers.0.layer_norm", N_FILTERS);
}

static void
add_layer (GPtrArray *tensors, guint i)
{
  static const char *const linears[] = { "attention.q_proj", "attention.k_proj", "attention.v_proj",
                                         "attention.out_proj" };

  for (guint j = 0; j < G_N_ELEMENTS (linears); j++) {
    g_autofree char *name = g_strdup_printf ("sew.encoder.layers.%u.%s", i, linears[j]);
    add_linear (tensors, name, N_TOKENS, N_TOKENS);
  }
  g_autofree char *base = g_strdup_printf ("sew.encoder.layers.%u.", i);
  g_autofree char *norm = g_strconcat (base, "layer_norm", NULL);
  g_autofree char *wide = g_strconcat (base, "feed_forward.intermediate_dense", NULL);
  g_autofree char *narrow = g_strconcat (base, "feed_forward.output_dense", NULL);
  g_autofree char *final_norm = g_strconcat (base, "final_layer_norm", NULL);
  add_norm (tensors, norm, N_TOKENS);
  add_linear (tensors, wide, 1, N_TOKENS);
  add_linear (tensors, narrow, N_TOKENS, 1);
  add_norm (tensors, final_norm, N_TOKENS);
}

/* Power of a tone to the hidden value of its letter; norms make that the same however loud it is;
 * the blank wins where no tone stands out. */
static GPtrArray *
make_tensors (guint n_layers)
{
  GPtrArray *tensors = fixture_new_tensors ("sew");

  g_ptr_array_set_size (tensors, 0);
  add_filters (tensors);
  add_norm (tensors, "sew.layer_norm", N_FILTERS);
  FixtureTensor *projection = add_linear (tensors, "sew.feature_projection", N_TOKENS, N_FILTERS);
  for (guint filter = 0; filter < N_FILTERS; filter++)
    projection->values[(FIRST_LETTER + filter / 4) * N_FILTERS + filter] = 1.0f;
  add (tensors, "sew.encoder.pos_conv_embed.conv.bias", 0.0f, 1, N_TOKENS, 0, 0);
  add (tensors, "sew.encoder.pos_conv_embed.conv.weight_g", 0.0f, 3, 1, 1, 2);
  add (tensors, "sew.encoder.pos_conv_embed.conv.weight_v", 1.0f, 3, N_TOKENS, N_TOKENS, 2);
  add_norm (tensors, "sew.encoder.layer_norm", N_TOKENS);
  for (guint i = 0; i < n_layers; i++)
    add_layer (tensors, i);
  make_identity (add_linear (tensors, "sew.encoder.upsample.projection", 2 * N_TOKENS, N_TOKENS));
  make_identity (add_linear (tensors, "lm_head", N_TOKENS, N_TOKENS));
  fixture_find_tensor (tensors, "lm_head.bias")->values[0] = 28.0f;
  return tensors;
}

static char *
make_vocabulary (void)
{
  GString *text = g_string_new ("{\"<pad>\": 0, \"<s>\": 1, \"</s>\": 2, \"<unk>\": 3");

  for (guint i = 0; LETTERS[i] != '\0'; i++)
    g_string_append_printf (text, ", \"%c\": %u", LETTERS[i], FIRST_LETTER + i);
  g_string_append (text, ", \"'\": 31}");
  return g_string_free (text, FALSE);
}

char *
tone_model_new_folder (guint n_layers)
{
  char *folder = fixture_new_folder ();
  g_autoptr (GPtrArray) tensors = make_tensors (n_layers);
  g_autofree char *config = g_strdup_printf (CONFIG, n_layers);
  g_autofree char *vocabulary = make_vocabulary ();

  fixture_write_text (folder, "config.json", config);
  fixture_write_text (folder, "vocab.json", vocabulary);
  fixture_write_text (folder, "preprocessor_config.json", "{\"do_normalize\": false}");
  fixture_write_array (folder, "model.safetensors",
                       fixture_encode_safetensors (tensors, SEW_DTYPE_F32));
  return folder;
}

float *
tone_model_speak (const char *text, gsize *n_samples)
{
  *n_samples = strlen (text) * TONE_LETTER_SAMPLES;
  float *samples = g_new0 (float, *n_samples);

  for (gsize slot = 0; text[slot] != '\0'; slot++) {
    const char *letter = strchr (LETTERS, text[slot] == ' ' ? '|' : text[slot]);
    if (letter == NULL)
      continue;
    double omega = 2.0 * G_PI * get_frequency_hz ((guint) (letter - LETTERS)) / SAMPLE_RATE_HZ;
    for (guint i = 0; i < TONE_SAMPLES; i++)
      samples[slot * TONE_LETTER_SAMPLES + i] = (float) (0.2 * sin (omega * i + (double) slot));
  }
  return samples;
}
