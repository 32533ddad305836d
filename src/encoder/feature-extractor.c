/* SPDX-License-Identifier: MIT */
#include "encoder/feature-extractor.h"

#include <math.h>
#include <string.h>

/* Frames of one tile. The layers below see a few more rows than theirs (the receptive field is
 * wider than the hop), which tiles compute twice: a hundredth of the work at this size. */
#define TILE_FRAMES 64
/* Where several threads share a window: more tiles to share. */
#define TEAM_TILE_FRAMES 32

static gboolean
is_group_normed (const SewFeatureExtractor *extractor)
{
  return extractor->config->conv_norm == SEW_CONV_NORM_GROUP;
}

void
sew_feature_extractor_init (SewFeatureExtractor *extractor, SewFormat format,
                            const SewModelConfig *config, const SewWeights *weights)
{
  extractor->config = config;
  extractor->weights = weights;
  for (guint i = 0; i < config->n_conv_layers; i++) {
    const SewConv *conv = &weights->conv_layers[i].conv;
    SewLinearPart part = { &conv->weight, 0, conv->n_out, 1 };
    if (i == 0 && is_group_normed (extractor))
      extractor->first_weight = sew_weight_rows_dup (&conv->weight);
    else
      sew_linear_prepare (&extractor->layers[i], i == 0 ? SEW_FORMAT_FLOAT32 : format, &part, 1,
                          conv->bias);
  }
}

void
sew_feature_extractor_clear (SewFeatureExtractor *extractor)
{
  for (guint i = 0; i < SEW_MAX_CONV_LAYERS; i++)
    sew_linear_clear (&extractor->layers[i]);
  g_clear_pointer (&extractor->first_weight, g_free);
}

/* --- the group norm of the first layer --- */

/* First and second moments of what the taps see, over all frames: mean [kernel] and covariance
 * [kernel][kernel]. Exact to double precision. */
static void
measure_taps (const float *samples, gsize n_frames, guint stride, guint kernel, double *mean,
              double *covariance)
{
  memset (mean, 0, kernel * sizeof (double));
  memset (covariance, 0, kernel * kernel * sizeof (double));
  for (gsize t = 0; t < n_frames; t++) {
    const float *taps = samples + t * stride;
    for (guint j = 0; j < kernel; j++) {
      double tap = taps[j];
      mean[j] += tap;
      for (guint k = 0; k <= j; k++)
        covariance[j * kernel + k] += tap * taps[k];
    }
  }
  for (guint j = 0; j < kernel; j++)
    mean[j] /= (double) n_frames;
  for (guint j = 0; j < kernel; j++)
    for (guint k = 0; k <= j; k++) {
      double moment = covariance[j * kernel + k] / (double) n_frames;
      covariance[j * kernel + k] = covariance[k * kernel + j] = moment - mean[j] * mean[k];
    }
}

/* Every output channel c is a linear function of the taps, so its mean and variance over the window
 * follow from theirs: w.mean + b and w' covariance w. The norm that needs them is linear again and
 * goes into the weights of this window: weight [n_out][kernel], bias [n_out]. */
static void
fold_group_norm (const SewFeatureExtractor *extractor, const double *mean, const double *covariance,
                 float *weight, float *bias)
{
  const SewConvLayerWeights *layer = &extractor->weights->conv_layers[0];
  guint kernel = layer->conv.kernel;
  for (guint c = 0; c < layer->conv.n_out; c++) {
    const float *w = extractor->first_weight + c * kernel;
    double channel_mean = 0;
    double variance = 0;
    for (guint j = 0; j < kernel; j++) {
      channel_mean += w[j] * mean[j];
      for (guint k = 0; k < kernel; k++)
        variance += (double) w[j] * w[k] * covariance[j * kernel + k];
    }
    double scale = layer->norm.gain[c] / sqrt (MAX (variance, 0) + layer->norm.epsilon);
    for (guint j = 0; j < kernel; j++)
      weight[c * kernel + j] = (float) (w[j] * scale);
    /* The convolution's own bias moves the mean by as much and cancels. */
    bias[c] = (float) (layer->norm.bias[c] - channel_mean * scale);
  }
}

static void
prepare_first_layer (const SewFeatureExtractor *extractor, SewArena *arena, const float *samples,
                     gsize n_samples, SewPreparedLinear *first)
{
  const SewConvLayerWeights *layer = &extractor->weights->conv_layers[0];
  guint kernel = layer->conv.kernel;
  guint n_out = layer->conv.n_out;
  gsize n_frames = (n_samples - kernel) / layer->conv.stride + 1;
  g_autofree double *mean = g_new (double, kernel);
  g_autofree double *covariance = g_new (double, kernel *kernel);

  float *weight = sew_arena_take (arena, (gsize) n_out * kernel);
  float *bias = sew_arena_take (arena, n_out);
  float *packed = sew_arena_take (arena, sew_gemm_count_packed (SEW_FORMAT_FLOAT32, kernel, n_out));
  measure_taps (samples, n_frames, layer->conv.stride, kernel, mean, covariance);
  fold_group_norm (extractor, mean, covariance, weight, bias);
  first->bias = bias;
  sew_gemm_operand_pack (&first->operand, SEW_FORMAT_FLOAT32, weight, kernel, FALSE, kernel, n_out,
                         packed);
}

/* --- tiles --- */

/* The rows of each layer's output that a tile needs. */
typedef struct {
  gsize first[SEW_MAX_CONV_LAYERS];
  gsize n_rows[SEW_MAX_CONV_LAYERS];
} Tile;

static void
plan_tile (const SewModelConfig *config, gsize first_frame, gsize n_frames, Tile *tile)
{
  guint last = config->n_conv_layers - 1;
  tile->first[last] = first_frame;
  tile->n_rows[last] = n_frames;
  for (guint i = last; i > 0; i--) {
    tile->first[i - 1] = tile->first[i] * config->conv_stride[i];
    tile->n_rows[i - 1] = (tile->n_rows[i] - 1) * config->conv_stride[i] + config->conv_kernel[i];
  }
}

/* Whether a layer's output is bfloat16: what comes next takes nothing else, and no norm is between.
 */
static gboolean
leaves_halves (const SewFeatureExtractor *extractor, guint index)
{
  return is_group_normed (extractor) && index + 1 < extractor->config->n_conv_layers
         && sew_linear_takes_halves (&extractor->layers[index + 1])
         && (index == 0 || sew_linear_takes_halves (&extractor->layers[index]));
}

/* in: the rows before, the first of which is the first that this layer's first output looks at. */
static void
run_layer (const SewFeatureExtractor *extractor, SewArena *arena, const SewPreparedLinear *linear,
           guint index, SewRows in, SewRows out)
{
  const SewModelConfig *config = extractor->config;
  const SewConvLayerWeights *layer = &extractor->weights->conv_layers[index];
  gsize n_rows = out.floats.n_rows;
  gsize stride = (gsize) layer->conv.stride * layer->conv.n_in;
  SewRows windows = {
    .floats = { in.floats.data, n_rows, linear->operand.n_in, stride },
    .halves = { in.halves.data, n_rows, linear->operand.n_in, stride },
  };
  if (config->conv_norm == SEW_CONV_NORM_GROUP) {
    sew_linear_run_rows (linear, arena, windows, config->feature_activation, SEW_NO_RESIDUAL, out);
    return;
  }
  sew_linear_run_rows (linear, arena, windows, SEW_ACTIVATION_LINEAR, SEW_NO_RESIDUAL, out);
  sew_kernels_get ()->layer_norm (out.floats, layer->norm.gain, layer->norm.bias,
                                  layer->norm.epsilon, config->feature_activation, out.floats);
}

/* How many are to be there: the next layer reads whole units of rows, and what is behind them. */
static gsize
count_halves (const SewModelConfig *config, guint index, gsize n_rows)
{
  gsize n_more = SEW_GEMM_ROW_UNIT * config->conv_stride[index + 1]
                 + config->conv_kernel[index + 1];
  return (n_rows + n_more) * config->conv_dim[index] + SEW_GEMM_HALVES_BEHIND;
}

static SewHalves
lay_out_halves (const SewModelConfig *config, guint index, gsize n_rows, float *memory)
{
  gsize width = config->conv_dim[index];
  SewHalves halves = { (guint16 *) (gpointer) memory, n_rows, width, width };
  memset (halves.data + n_rows * width, 0, SEW_GEMM_HALVES_BEHIND * sizeof *halves.data);
  return halves;
}

/* The outputs of even and odd layers take turns. */
typedef struct {
  float *floats[2];
  float *halves[2];
} Buffers;

static Buffers
take_buffers (const SewFeatureExtractor *extractor, const Tile *tile, SewArena *arena)
{
  const SewModelConfig *config = extractor->config;
  gsize n_floats[2] = { 0, 0 }, n_halves[2] = { 0, 0 };
  for (guint i = 0; i + 1 < config->n_conv_layers; i++) {
    gsize n_rows = tile->n_rows[i];
    n_floats[i % 2] = MAX (n_floats[i % 2], n_rows * config->conv_dim[i]);
    if (leaves_halves (extractor, i))
      n_halves[i % 2] = MAX (n_halves[i % 2], count_halves (config, i, n_rows));
  }
  Buffers buffers;
  for (guint i = 0; i < 2; i++) {
    buffers.floats[i] = sew_arena_take (arena, n_floats[i]);
    buffers.halves[i] = sew_arena_take (arena, n_halves[i] / 2 + 1);
  }
  return buffers;
}

typedef struct {
  const SewFeatureExtractor *extractor;
  const SewPreparedLinear *first;
  float *samples;
  SewMatrix out;
  gsize n_frames_a_tile;
  GCancellable *cancellable;
} Call;

static void
run_tile (gpointer data, SewArena *arena, gsize index)
{
  const Call *call = data;
  const SewFeatureExtractor *extractor = call->extractor;
  const SewModelConfig *config = extractor->config;
  guint n_layers = config->n_conv_layers;
  gsize first_frame = index * call->n_frames_a_tile;
  gsize n_frames = MIN (call->n_frames_a_tile, call->out.n_rows - first_frame);
  Tile tile;
  if (g_cancellable_is_cancelled (call->cancellable))
    return;

  plan_tile (config, first_frame, n_frames, &tile);
  gsize start = sew_arena_mark (arena);
  Buffers buffers = take_buffers (extractor, &tile, arena);
  SewRows in = { .floats.data = call->samples + tile.first[0] * config->conv_stride[0] };
  for (guint i = 0; i < n_layers; i++) {
    SewRows out = { .floats = sew_matrix (buffers.floats[i % 2], tile.n_rows[i],
                                          config->conv_dim[i]) };
    if (i == n_layers - 1)
      out.floats = sew_matrix_rows (call->out, first_frame, n_frames);
    if (leaves_halves (extractor, i))
      out.halves = lay_out_halves (config, i, tile.n_rows[i], buffers.halves[i % 2]);
    run_layer (extractor, arena, i == 0 ? call->first : &extractor->layers[i], i, in, out);
    in = out;
  }
  sew_arena_release (arena, start);
}

gboolean
sew_feature_extractor_run (const SewFeatureExtractor *extractor, const SewTeam *team,
                           float *samples, gsize n_samples, SewMatrix out,
                           GCancellable *cancellable)
{
  SewArena *arena = sew_team_get_arena (team);
  gsize mark = sew_arena_mark (arena);
  SewPreparedLinear first = extractor->layers[0];
  if (is_group_normed (extractor))
    prepare_first_layer (extractor, arena, samples, n_samples, &first);
  Call call = { extractor,
                &first,
                samples,
                out,
                sew_crew_get_size (team->crew) > 1 ? TEAM_TILE_FRAMES : TILE_FRAMES,
                cancellable };
  sew_team_run (team, (out.n_rows + call.n_frames_a_tile - 1) / call.n_frames_a_tile, run_tile,
                &call);
  sew_arena_release (arena, mark);
  return !g_cancellable_is_cancelled (cancellable);
}

void
sew_feature_extractor_run_products (const SewFeatureExtractor *extractor, SewArena *arena,
                                    gsize n_frames)
{
  const SewModelConfig *config = extractor->config;
  gsize mark = sew_arena_mark (arena);
  SewPreparedLinear first = extractor->layers[0];
  if (is_group_normed (extractor)) {
    gsize kernel = config->conv_kernel[0];
    float *packed = sew_arena_take (
        arena, sew_gemm_count_packed (SEW_FORMAT_FLOAT32, kernel, config->conv_dim[0]));
    sew_gemm_operand_pack (&first.operand, SEW_FORMAT_FLOAT32, extractor->first_weight, kernel,
                           FALSE, kernel, config->conv_dim[0], packed);
  }
  for (gsize frame = 0; frame < n_frames; frame += TILE_FRAMES) {
    Tile tile;
    plan_tile (config, frame, MIN (TILE_FRAMES, n_frames - frame), &tile);
    for (guint i = 0; i < config->n_conv_layers; i++)
      sew_linear_run_alone (i == 0 ? &first : &extractor->layers[i], arena, tile.n_rows[i],
                            config->conv_stride[i] * extractor->weights->conv_layers[i].conv.n_in);
  }
  sew_arena_release (arena, mark);
}
