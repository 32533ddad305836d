/* SPDX-License-Identifier: MIT */
#include "model-private.h"

#include "sew/sew-error.h"

#include <math.h>

#include "math/gemm.h"

/**
 * SewModel:
 *
 * A speech recognition model: the encoder of a Hugging Face checkpoint and its vocabulary.
 *
 * The architectures are `SEWForCTC`, `SEWDForCTC` (Wu et al. 2021, [arXiv
 * 2109.06870](https://arxiv.org/abs/2109.06870)), `Wav2Vec2ForCTC` (Baevski et al. 2020) and
 * `HubertForCTC` (Hsu et al. 2021), in the folder layout of the `transformers` library.
 *
 * A model is immutable: any number of recognizers, in any threads, may share one.
 */
struct _SewModel {
  GObject parent_instance;

  char *folder;
  gboolean is_english;    /* or not known to be another language */
  SewPrecision precision; /* never SEW_PRECISION_AUTO */
  SewModelConfig config;
  SewVocabulary *vocabulary;
  SewWeights *weights;
  SewEncoder *encoder;
};

G_DEFINE_FINAL_TYPE (SewModel, sew_model, G_TYPE_OBJECT)

static void
sew_model_finalize (GObject *object)
{
  SewModel *self = SEW_MODEL (object);

  g_clear_pointer (&self->encoder, sew_encoder_free);
  g_clear_pointer (&self->weights, sew_weights_free);
  g_clear_pointer (&self->vocabulary, sew_vocabulary_free);
  g_free (self->folder);
  G_OBJECT_CLASS (sew_model_parent_class)->finalize (object);
}

static void
sew_model_class_init (SewModelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sew_model_finalize;
}

static void
sew_model_init (SewModel *self)
{
}

/* Whether a model's words stay the same with integers only whoever has compared them knows, or has
 * made integers of it. */
static SewFormat
choose_format (const SewModel *self, SewPrecision precision)
{
  switch (precision) {
  case SEW_PRECISION_FLOAT32:
    return SEW_FORMAT_FLOAT32;
  case SEW_PRECISION_BF16:
    return SEW_FORMAT_BF16;
  case SEW_PRECISION_INT8:
    return SEW_FORMAT_INT8;
  case SEW_PRECISION_AUTO:
    break;
  }
  return sew_gemm_find_fastest (self->config.int8_agrees
                                || self->weights->layers[0].query.weight.dtype == SEW_DTYPE_I8);
}

static void
make_encoder (SewModel *self, SewPrecision precision)
{
  static const SewPrecision precisions[] = {
    [SEW_FORMAT_FLOAT32] = SEW_PRECISION_FLOAT32,
    [SEW_FORMAT_BF16] = SEW_PRECISION_BF16,
    [SEW_FORMAT_INT8] = SEW_PRECISION_INT8,
  };

  SewFormat format = choose_format (self, precision);
  self->precision = precisions[format];
  self->encoder = sew_encoder_new (&self->config, self->weights, format);
}

static gboolean
load (SewModel *self, const char *folder, const char *language_code, SewPrecision precision,
      GCancellable *cancellable, GError **error)
{
  self->folder = g_strdup (folder);
  self->is_english = language_code == NULL || g_ascii_strncasecmp (language_code, "en", 2) == 0;
  if (!sew_model_config_load (&self->config, folder, error)
      || g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  self->weights = sew_weights_load (&self->config, folder, language_code, error);
  if (!self->weights || g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  self->config.vocabulary_size = self->weights->head.n_out;
  self->vocabulary = sew_vocabulary_load (folder, self->config.vocabulary_size,
                                          self->config.pad_token_id, language_code, error);
  if (!self->vocabulary || g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  make_encoder (self, precision);
  return TRUE;
}

/**
 * sew_model_new:
 * @folder: (type filename): a checkpoint folder as it is downloaded: `config.json`, `vocab.json`,
 *   optionally `preprocessor_config.json` and `tokenizer_config.json`, and the weights as
 *   `model.safetensors`, its shards, or `pytorch_model.bin`
 * @error: return location for an error
 *
 * Loads a model. Every name, shape and size is checked; what is missing, damaged or not supported
 * is an error of the domain `SEW_ERROR` that names the file and the reason. Takes time, but needs
 * no main loop: call it from any thread.
 *
 * Returns: (transfer full): a new model, or %NULL with @error set
 */
SewModel *
sew_model_new (const char *folder, GError **error)
{
  return sew_model_new_for_language (folder, NULL, NULL, error);
}

/**
 * sew_model_new_for_language: (constructor)
 * @folder: (type filename): a checkpoint folder, see [ctor@Sew.Model.new]
 * @language_code: (nullable): for checkpoints with an adapter a language (MMS): the language, as
 * the checkpoint names it ("deu") or as ISO 639-1 or BCP 47 do ("de", "de-DE"); %NULL for the
 *   checkpoint's own. Ignored by checkpoints of one language.
 * @cancellable: (nullable): to give up early from another thread
 * @error: return location for an error
 *
 * Loads a model as [ctor@Sew.Model.new] does, for one of the languages of a multilingual
 * checkpoint.
 *
 * Returns: (transfer full): a new model, or %NULL with @error set
 */
SewModel *
sew_model_new_for_language (const char *folder, const char *language_code,
                            GCancellable *cancellable, GError **error)
{
  return sew_model_new_at_precision (folder, language_code, SEW_PRECISION_FLOAT32, cancellable,
                                     error);
}

/**
 * sew_model_new_at_precision: (constructor)
 * @folder: (type filename): a checkpoint folder, see [ctor@Sew.Model.new]
 * @language_code: (nullable): see [ctor@Sew.Model.new_for_language]
 * @precision: what to calculate with; checkpoints of any precision can run at any
 * @cancellable: (nullable): to give up early from another thread
 * @error: return location for an error
 *
 * Loads a model as [ctor@Sew.Model.new_for_language] does, to run at some precision. What it takes
 * in memory are the weights at that precision.
 *
 * Returns: (transfer full): a new model, or %NULL with @error set
 */
SewModel *
sew_model_new_at_precision (const char *folder, const char *language_code, SewPrecision precision,
                            GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (folder != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  g_autoptr (SewModel) self = g_object_new (SEW_TYPE_MODEL, NULL);
  if (!load (self, folder, language_code, precision, cancellable, error))
    return NULL;
  return g_steal_pointer (&self);
}

/**
 * sew_model_new_random: (constructor)
 * @preset: one of [func@Sew.Model.list_presets], such as "sew-tiny"
 * @seed: of the random numbers
 * @precision: what to calculate with
 * @error: return location for an error
 *
 * Makes a model of a released shape with random weights, to measure speed and memory with. It
 * recognizes nothing.
 *
 * Returns: (transfer full): a new model, or %NULL with @error set if there is no such preset
 */
SewModel *
sew_model_new_random (const char *preset, guint32 seed, SewPrecision precision, GError **error)
{
  g_return_val_if_fail (preset != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  g_autoptr (SewModel) self = g_object_new (SEW_TYPE_MODEL, NULL);
  if (!sew_model_config_init_preset (&self->config, preset, error))
    return NULL;
  self->weights = sew_weights_new_random (&self->config, seed);
  self->vocabulary = sew_vocabulary_new_default (self->config.vocabulary_size);
  self->is_english = TRUE;
  make_encoder (self, precision);
  return g_steal_pointer (&self);
}

/**
 * sew_model_list_presets:
 *
 * Lists the released shapes that can be made with random weights.
 *
 * Returns: (transfer none) (array zero-terminated=1): the names [ctor@Sew.Model.new_random] knows
 */
const char *const *
sew_model_list_presets (void)
{
  return sew_model_config_list_presets ();
}

/**
 * sew_model_dup_bundled_folder:
 *
 * Where the English model is that comes with the library. The environment variable `SEW_DATA_DIR`
 * takes the place of the directory the library was configured with, for runs from a build tree.
 *
 * Returns: (transfer full) (type filename): a folder for [ctor@Sew.Model.new]
 */
char *
sew_model_dup_bundled_folder (void)
{
  const char *data_dir = g_getenv ("SEW_DATA_DIR");

  return g_build_filename (data_dir ? data_dir : SEW_MODEL_DIR, "sew-english", NULL);
}

/**
 * sew_model_dup_language_model_location:
 * @self: a model
 *
 * Tells where the language model is that the checkpoint brings along for a beam search: in a folder
 * `language_model` within its own, where Hugging Face's `Wav2Vec2ProcessorWithLM` puts it.
 *
 * Returns: (transfer full) (nullable) (type filename): a folder for [ctor@Sew.LanguageModel.new],
 * or %NULL if there is none
 */
char *
sew_model_dup_language_model_location (SewModel *self)
{
  g_return_val_if_fail (SEW_IS_MODEL (self), NULL);

  if (self->folder == NULL)
    return NULL;
  g_autofree char *location = g_build_filename (self->folder, "language_model", NULL);
  return g_file_test (location, G_FILE_TEST_IS_DIR) ? g_steal_pointer (&location) : NULL;
}

/**
 * sew_model_get_folder:
 * @self: a model
 *
 * Tells where the model is from.
 *
 * Returns: (transfer none) (nullable) (type filename): the folder it was loaded from; %NULL for
 * random weights
 */
const char *
sew_model_get_folder (SewModel *self)
{
  g_return_val_if_fail (SEW_IS_MODEL (self), NULL);

  return self->folder;
}

/**
 * sew_model_get_architecture:
 * @self: a model
 *
 * Names the architecture, as `config.json` does.
 *
 * Returns: (transfer none): "SEWForCTC", "SEWDForCTC", "Wav2Vec2ForCTC" or "HubertForCTC"
 */
const char *
sew_model_get_architecture (SewModel *self)
{
  g_return_val_if_fail (SEW_IS_MODEL (self), NULL);

  return sew_family_get_architecture (self->config.family);
}

/**
 * sew_model_get_precision:
 * @self: a model
 *
 * Tells what the encoder calculates with.
 *
 * Returns: a precision, never %SEW_PRECISION_AUTO
 */
SewPrecision
sew_model_get_precision (SewModel *self)
{
  g_return_val_if_fail (SEW_IS_MODEL (self), SEW_PRECISION_FLOAT32);

  return self->precision;
}

/**
 * sew_model_get_n_parameters:
 * @self: a model
 *
 * Counts the weights.
 *
 * Returns: how many weights the encoder and its head have
 */
guint64
sew_model_get_n_parameters (SewModel *self)
{
  g_return_val_if_fail (SEW_IS_MODEL (self), 0);

  return self->weights->n_parameters;
}

/**
 * sew_model_get_vocabulary_size:
 * @self: a model
 *
 * Counts the tokens.
 *
 * Returns: how many tokens the head tells apart, CTC's blank among them
 */
guint
sew_model_get_vocabulary_size (SewModel *self)
{
  g_return_val_if_fail (SEW_IS_MODEL (self), 0);

  return self->config.vocabulary_size;
}

/**
 * sew_model_get_token:
 * @self: a model
 * @id: from 0 to one less than [method@Sew.Model.get_vocabulary_size]
 *
 * Spells a token.
 *
 * Returns: (transfer none): how the vocabulary spells that token, UTF-8
 */
const char *
sew_model_get_token (SewModel *self, guint id)
{
  g_return_val_if_fail (SEW_IS_MODEL (self), NULL);
  g_return_val_if_fail (id < self->config.vocabulary_size, NULL);

  return sew_vocabulary_get_token (self->vocabulary, id);
}

/**
 * sew_model_get_samples_per_frame:
 * @self: a model
 *
 * Tells how far apart frames are.
 *
 * Returns: samples of 16 kHz from one frame of logits to the next; 320 (20 ms) for all released
 * models
 */
guint
sew_model_get_samples_per_frame (SewModel *self)
{
  g_return_val_if_fail (SEW_IS_MODEL (self), 0);

  return sew_model_config_get_hop (&self->config);
}

/**
 * sew_model_count_frames:
 * @self: a model
 * @n_samples: the length of a clip, in samples of 16 kHz
 *
 * Counts the frames of a clip of some length.
 *
 * Returns: how many frames of logits [method@Sew.Model.compute_logits] makes of it; 0 if it is
 * shorter than what one frame looks at
 */
gsize
sew_model_count_frames (SewModel *self, gsize n_samples)
{
  g_return_val_if_fail (SEW_IS_MODEL (self), 0);

  return sew_model_config_count_frames (&self->config, n_samples);
}

/**
 * sew_model_get_word_separator:
 * @self: a model
 *
 * What stands between two words when they are written in a row.
 *
 * Returns: (transfer none): " " unless the checkpoint's tokenizer says otherwise, "" for scripts
 *   without spaces
 */
const char *
sew_model_get_word_separator (SewModel *self)
{
  g_return_val_if_fail (SEW_IS_MODEL (self), NULL);

  return sew_vocabulary_get_separator (self->vocabulary);
}

/**
 * sew_model_compute_logits:
 * @self: a model
 * @samples: (array length=n_samples): a clip, mono, 16 kHz, full scale at 1.0
 * @n_samples: its length
 * @n_values: (out): how many values are returned: frames x [method@Sew.Model.get_vocabulary_size]
 * @error: return location for an error
 *
 * Runs the encoder over a whole clip at once: what `transformers` calls `logits`, before any
 * softmax. Memory grows with the length of the clip; [class@Sew.Recognizer] is for audio of any
 * length.
 *
 * Returns: (transfer full) (array length=n_values): the logits, one row of the vocabulary's size a
 *   frame; or %NULL with @error set (`SEW_ERROR_INVALID_AUDIO` if a sample is not a finite number)
 */
float *
sew_model_compute_logits (SewModel *self, const float *samples, gsize n_samples, gsize *n_values,
                          GError **error)
{
  g_return_val_if_fail (SEW_IS_MODEL (self), NULL);
  g_return_val_if_fail (samples != NULL || n_samples == 0, NULL);
  g_return_val_if_fail (n_values != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  *n_values = 0;
  if (!sew_samples_check (samples, n_samples, 0, error))
    return NULL;
  gsize n_frames = sew_model_count_frames (self, n_samples);
  *n_values = n_frames * self->config.vocabulary_size;
  float *logits = g_new (float, MAX (*n_values, 1));
  if (n_frames > 0) {
    SewEncoderState *state = sew_encoder_state_new (self->encoder, 1);
    sew_encoder_run (self->encoder, state, samples, n_samples, logits, NULL);
    sew_encoder_state_free (state);
  }
  return logits;
}

gboolean
sew_samples_check (const float *samples, gsize n_samples, guint64 first_sample, GError **error)
{
  for (gsize i = 0; i < n_samples; i++) {
    if (!isfinite (samples[i])) {
      g_set_error (error, SEW_ERROR, SEW_ERROR_INVALID_AUDIO,
                   "sample %" G_GUINT64_FORMAT " (at %.3f s) is %s, not a finite number",
                   first_sample + i, (double) (first_sample + i) / SEW_SAMPLE_RATE_HZ,
                   isnan (samples[i]) ? "NaN" : "infinite");
      return FALSE;
    }
  }
  return TRUE;
}

const SewModelConfig *
sew_model_get_config (SewModel *self)
{
  return &self->config;
}

const SewVocabulary *
sew_model_get_vocabulary (SewModel *self)
{
  return self->vocabulary;
}

const SewEncoder *
sew_model_get_encoder (SewModel *self)
{
  return self->encoder;
}

gboolean
sew_model_is_english (SewModel *self)
{
  return self->is_english;
}
