/* SPDX-License-Identifier: MIT */
#include "math/onednn.h"

#include <dnnl.h>
#include <omp.h>

#include "math/gemm-private.h"

/* A product is compiled for each number of rows, there is no end of those, and its sums may differ
 * in their last bits. So rows go in blocks of one size, and the last block has some that nobody
 * reads.
 */
#define BLOCK_ROWS 128
#define ALIGNMENT 64

/* What tells products apart. */
typedef struct {
  SewFormat format;
  gsize n_in;
  gsize n_out;
} ShapeKey;

/* Compiled once in a process, and kept: there are a dozen to a model. */
typedef struct {
  ShapeKey key;
  dnnl_primitive_t primitive;
  const dnnl_memory_desc_t *left;
  const dnnl_memory_desc_t *right; /* as oneDNN likes it best */
  const dnnl_memory_desc_t *product;
  const dnnl_memory_desc_t *scratchpad;
} Shape;

static dnnl_engine_t
get_engine (void)
{
  static gsize engine;
  if (g_once_init_enter (&engine)) {
    dnnl_engine_t made = NULL;
    if (dnnl_engine_create (&made, dnnl_cpu, 0) != dnnl_success)
      g_error ("oneDNN has no engine for the CPU");
    g_once_init_leave (&engine, (gsize) made);
  }
  return (dnnl_engine_t) engine;
}

static void
destroy_stream (gpointer stream)
{
  dnnl_stream_destroy (stream);
}

/* One a thread. */
static dnnl_stream_t
get_stream (void)
{
  static GPrivate streams = G_PRIVATE_INIT (destroy_stream);
  dnnl_stream_t stream = g_private_get (&streams);
  if (stream == NULL) {
    if (dnnl_stream_create (&stream, get_engine (), dnnl_stream_default_flags) != dnnl_success)
      g_error ("oneDNN makes no stream");
    g_private_set (&streams, stream);
  }
  return stream;
}

/* The number of OpenMP's threads belongs to the thread that asks for it. */
static int
begin_single_thread (void)
{
  int n_threads = omp_get_max_threads ();
  if (n_threads != 1)
    omp_set_num_threads (1);
  return n_threads;
}

static void
end_single_thread (int n_threads)
{
  if (n_threads != 1)
    omp_set_num_threads (n_threads);
}

/* --- formats --- */

gboolean
sew_onednn_has (SewFormat format)
{
  guint isa = dnnl_get_effective_cpu_isa ();
  switch (format) {
  case SEW_FORMAT_FLOAT32:
    return TRUE;
  case SEW_FORMAT_BF16:
    return (isa & dnnl_cpu_isa_avx512_core_bf16) == dnnl_cpu_isa_avx512_core_bf16;
  case SEW_FORMAT_INT8:
    /* Before that, sums of two products saturate at 16 bits. */
    return (isa & dnnl_cpu_isa_avx512_core_vnni) == dnnl_cpu_isa_avx512_core_vnni
           || (isa & dnnl_cpu_isa_avx2_vnni) == dnnl_cpu_isa_avx2_vnni;
  }
  return FALSE;
}

gsize
sew_onednn_get_value_size (SewFormat format)
{
  switch (format) {
  case SEW_FORMAT_FLOAT32:
    return sizeof (float);
  case SEW_FORMAT_BF16:
    return sizeof (guint16);
  case SEW_FORMAT_INT8:
    return sizeof (gint8);
  }
  return 0;
}

static dnnl_data_type_t
get_left_type (SewFormat format)
{
  switch (format) {
  case SEW_FORMAT_FLOAT32:
    return dnnl_f32;
  case SEW_FORMAT_BF16:
    return dnnl_bf16;
  case SEW_FORMAT_INT8:
    return dnnl_u8;
  }
  return dnnl_data_type_undef;
}

static dnnl_data_type_t
get_right_type (SewFormat format)
{
  return format == SEW_FORMAT_INT8 ? dnnl_s8 : get_left_type (format);
}

static dnnl_memory_desc_t
describe (gsize n_rows, gsize n_columns, dnnl_data_type_t type, dnnl_format_tag_t tag)
{
  dnnl_memory_desc_t description = { 0 };
  dnnl_dims_t dims = { (dnnl_dim_t) n_rows, (dnnl_dim_t) n_columns };
  dnnl_memory_desc_init_by_tag (&description, 2, dims, type, tag);
  return description;
}

/* --- compiled products --- */

static Shape *
make_shape (const ShapeKey *key)
{
  dnnl_memory_desc_t left = describe (BLOCK_ROWS, key->n_in, get_left_type (key->format), dnnl_ab);
  dnnl_memory_desc_t right = describe (key->n_in, key->n_out, get_right_type (key->format),
                                       dnnl_format_tag_any);
  dnnl_memory_desc_t product = describe (
      BLOCK_ROWS, key->n_out, key->format == SEW_FORMAT_INT8 ? dnnl_s32 : dnnl_f32, dnnl_ab);
  dnnl_matmul_desc_t operation;
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_primitive_desc_t description = NULL;
  const_dnnl_primitive_desc_t kept = NULL;
  Shape *shape = g_new0 (Shape, 1);

  shape->key = *key;
  dnnl_primitive_attr_create (&attributes);
  dnnl_primitive_attr_set_scratchpad_mode (attributes, dnnl_scratchpad_mode_user);
  if (dnnl_matmul_desc_init (&operation, &left, &right, NULL, &product) != dnnl_success
      || dnnl_primitive_desc_create (&description, &operation, attributes, get_engine (), NULL)
             != dnnl_success
      || dnnl_primitive_create (&shape->primitive, description) != dnnl_success)
    g_error ("oneDNN has no product for %" G_GSIZE_FORMAT " inputs", key->n_in);
  dnnl_primitive_get_primitive_desc (shape->primitive, &kept);
  shape->left = dnnl_primitive_desc_query_md (kept, dnnl_query_src_md, 0);
  shape->right = dnnl_primitive_desc_query_md (kept, dnnl_query_weights_md, 0);
  shape->product = dnnl_primitive_desc_query_md (kept, dnnl_query_dst_md, 0);
  shape->scratchpad = dnnl_primitive_desc_query_md (kept, dnnl_query_scratchpad_md, 0);
  dnnl_primitive_desc_destroy (description);
  dnnl_primitive_attr_destroy (attributes);
  return shape;
}

static guint
hash_key (gconstpointer data)
{
  const ShapeKey *key = data;
  return (guint) (key->n_in * 31 + key->n_out) * 31 + key->format;
}

static gboolean
keys_are_equal (gconstpointer a, gconstpointer b)
{
  const ShapeKey *first = a, *second = b;
  return first->format == second->format && first->n_in == second->n_in
         && first->n_out == second->n_out;
}

static const Shape *
get_shape (SewFormat format, gsize n_in, gsize n_out)
{
  static GMutex lock;
  static GHashTable *shapes;
  ShapeKey key = { format, n_in, n_out };

  g_mutex_lock (&lock);
  if (shapes == NULL)
    shapes = g_hash_table_new (hash_key, keys_are_equal);
  Shape *shape = g_hash_table_lookup (shapes, &key);
  if (shape == NULL) {
    int n_threads = begin_single_thread ();
    shape = make_shape (&key);
    end_single_thread (n_threads);
    g_hash_table_insert (shapes, &shape->key, shape);
  }
  g_mutex_unlock (&lock);
  return shape;
}

static const Shape *
get_operand_shape (const SewGemmOperand *operand)
{
  return get_shape (operand->format, operand->n_in, operand->n_out);
}

/* --- packing --- */

gsize
sew_onednn_count_packed_bytes (SewFormat format, gsize n_in, gsize n_out)
{
  return dnnl_memory_desc_get_size (get_shape (format, n_in, n_out)->right);
}

static dnnl_memory_t
wrap (const dnnl_memory_desc_t *description, const void *data)
{
  dnnl_memory_t memory = NULL;
  if (dnnl_memory_create (&memory, description, get_engine (), (void *) data) != dnnl_success)
    g_error ("oneDNN: out of memory");
  return memory;
}

void
sew_onednn_pack (SewFormat format, gsize n_in, gsize n_out, const void *rows, void *packed)
{
  const dnnl_memory_desc_t *to = get_shape (format, n_in, n_out)->right;
  dnnl_memory_desc_t from = describe (n_in, n_out, get_right_type (format), dnnl_ba);
  dnnl_primitive_desc_t description = NULL;
  dnnl_primitive_t primitive = NULL;
  int n_threads = begin_single_thread ();
  if (dnnl_reorder_primitive_desc_create (&description, &from, get_engine (), to, get_engine (),
                                          NULL)
          != dnnl_success
      || dnnl_primitive_create (&primitive, description) != dnnl_success)
    g_error ("oneDNN cannot pack weights");
  dnnl_exec_arg_t arguments[] = {
    { DNNL_ARG_FROM, wrap (&from, rows) },
    { DNNL_ARG_TO, wrap (to, packed) },
  };
  dnnl_primitive_execute (primitive, get_stream (), G_N_ELEMENTS (arguments), arguments);
  dnnl_stream_wait (get_stream ());
  for (guint i = 0; i < G_N_ELEMENTS (arguments); i++)
    dnnl_memory_destroy (arguments[i].memory);
  dnnl_primitive_destroy (primitive);
  dnnl_primitive_desc_destroy (description);
  end_single_thread (n_threads);
}

/* --- products --- */

/* In the caller's scratch memory. */
typedef struct {
  float *row_scales; /* [BLOCK_ROWS] */
  float *product;    /* [BLOCK_ROWS][n_out] */
  void *left;        /* [BLOCK_ROWS][n_in] */
  void *scratchpad;
} Scratch;

static gsize
lay_out_scratch (const SewGemmOperand *operand, float *memory, Scratch *layout)
{
  gsize scratchpad_bytes = dnnl_memory_desc_get_size (get_operand_shape (operand)->scratchpad);
  gsize n_product = round_up (BLOCK_ROWS * operand->n_out, ALIGNMENT);
  gsize left_bytes = BLOCK_ROWS * operand->n_in * sew_onednn_get_value_size (operand->format);
  gsize n_left = round_up (left_bytes / sizeof (float), ALIGNMENT);
  if (layout != NULL)
    *layout = (Scratch){
      .row_scales = memory,
      .product = memory + BLOCK_ROWS,
      .left = memory + BLOCK_ROWS + n_product,
      .scratchpad = memory + BLOCK_ROWS + n_product + n_left,
    };
  return BLOCK_ROWS + n_product + n_left + scratchpad_bytes / sizeof (float) + 1;
}

gsize
sew_onednn_count_scratch (const SewGemmOperand *operand, gsize n_rows)
{
  return lay_out_scratch (operand, NULL, NULL);
}

static void
convert_rows (const Scratch *scratch, SewFormat format, SewMatrix rows)
{
  const SewGemmKernels *kernels = sew_kernels_get ()->gemm;
  gsize n = rows.n_columns;
  for (gsize i = 0; i < rows.n_rows; i++) {
    const float *row = sew_matrix_row (rows, i);
    switch (format) {
    case SEW_FORMAT_FLOAT32:
      memcpy ((float *) scratch->left + i * n, row, n * sizeof (float));
      break;
    case SEW_FORMAT_BF16:
      kernels->narrow_to_bf16 (row, n, (guint16 *) scratch->left + i * n);
      break;
    case SEW_FORMAT_INT8:
      scratch->row_scales[i] = kernels->quantize_row_to_bytes (row, n,
                                                               (guint8 *) scratch->left + i * n);
      break;
    }
  }
}

static void
execute (const Shape *shape, const Scratch *scratch, const void *packed)
{
  dnnl_exec_arg_t arguments[] = {
    { DNNL_ARG_SRC, wrap (shape->left, scratch->left) },
    { DNNL_ARG_WEIGHTS, wrap (shape->right, packed) },
    { DNNL_ARG_DST, wrap (shape->product, scratch->product) },
    { DNNL_ARG_SCRATCHPAD, wrap (shape->scratchpad, scratch->scratchpad) },
  };
  int n_threads = begin_single_thread ();
  dnnl_primitive_execute (shape->primitive, get_stream (), G_N_ELEMENTS (arguments), arguments);
  dnnl_stream_wait (get_stream ());
  end_single_thread (n_threads);
  for (guint i = 0; i < G_N_ELEMENTS (arguments); i++)
    dnnl_memory_destroy (arguments[i].memory);
}

static void
run_block (const Shape *shape, const Scratch *scratch, SewMatrix in, const SewGemmOperand *operand,
           const SewEpilogue *epilogue, SewMatrix out)
{
  convert_rows (scratch, operand->format, in);
  execute (shape, scratch, operand->packed);
  if (operand->format == SEW_FORMAT_INT8)
    sew_kernels_get ()->gemm->scale_byte_dots ((gint32 *) (gpointer) scratch->product, in.n_rows,
                                               operand->n_out, operand->n_out, operand->surplus,
                                               scratch->row_scales, operand->scales);
  finish_columns (sew_matrix (scratch->product, in.n_rows, operand->n_out), epilogue, out, 0);
}

void
sew_onednn_run (SewMatrix in, const SewGemmOperand *operand, const SewEpilogue *epilogue,
                float *memory, SewMatrix out)
{
  const Shape *shape = get_operand_shape (operand);
  Scratch scratch;
  lay_out_scratch (operand, memory, &scratch);
  for (gsize row = 0; row < out.n_rows; row += BLOCK_ROWS) {
    gsize n = MIN (BLOCK_ROWS, out.n_rows - row);
    SewEpilogue part = get_row_epilogue (epilogue, row, n);
    run_block (shape, &scratch, sew_matrix_rows (in, row, n), operand, &part,
               sew_matrix_rows (out, row, n));
  }
}
